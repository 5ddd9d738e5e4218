/** On the pages of releases: lines to copy, and the progress of what is being built. */
import "./copy";
import { watch } from "./building";

watch(document);
