/** On every page: the design system, buttons that play a span, the random number of a draw. */
import "./styles/main.css";
import "./play.ts";
import { fillNonces } from "./nonce";

fillNonces(document);
