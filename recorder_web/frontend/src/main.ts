/** On every page: the design system, and buttons that play a span. */
import "./styles/main.css";
import "./play.ts";
