/** On every page: the design system, the random number of a draw; where there are any, buttons that play a span. */
import "./styles/main.css";
import { fillNonces } from "./nonce";

fillNonces(document);
if (document.querySelector("a[data-play]")) void import("./play").then(({ playHere }) => playHere(document));
