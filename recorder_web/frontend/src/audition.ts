/** The audition page: it follows the measuring of what was spoken, and is anew when one comes back to it. */
import { watch } from "./building";

watch(document);
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
