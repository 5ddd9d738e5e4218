/**
 * Plays exactly one span: `<a data-play href="…/audio#t=12.4,15.0">`.
 *
 * The link alone opens the sound at its place (media fragment); with this script it plays here and stops at
 * the end of the span to the frame of the screen, since `timeupdate` may come a quarter of a second late.
 * Where it is goes to the row around it, `<tr data-heard>`, as `--heard`: 0 to 1, for whatever draws the sound.
 */

const sound = new Audio();
let playing: HTMLAnchorElement | null = null;
let ends = Infinity;

function span(hash: string): [number, number] {
  const [start, end] = hash.replace(/^#t=/, "").split(",").map(Number);
  return [Number.isFinite(start) ? (start as number) : 0, Number.isFinite(end) ? (end as number) : Infinity];
}

function tell(heard: number | null): void {
  playing?.closest<HTMLElement>("[data-heard]")?.style.setProperty("--heard", heard === null ? null : String(heard));
}

function stop(): void {
  sound.pause();
  playing?.setAttribute("aria-pressed", "false");
  tell(null);
  playing = null;
}

function watch(): void {
  if (!playing) return;
  tell(sound.currentTime / sound.duration || 0);
  if (sound.ended || sound.currentTime >= ends) stop();
  else requestAnimationFrame(watch);
}

async function play(link: HTMLAnchorElement): Promise<void> {
  const again = playing === link;
  stop();
  if (again) return;
  const address = new URL(link.href);
  const [start, end] = span(address.hash);
  address.hash = "";
  if (sound.src !== address.href) sound.src = address.href;
  sound.currentTime = start;
  ends = end;
  playing = link;
  link.setAttribute("aria-pressed", "true");
  await sound.play();
  watch();
}

/** Let the links of this page play: pressed, or with Enter or Space, as buttons are. */
export function playHere(page: Document): void {
  page.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest<HTMLAnchorElement>("a[data-play]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    play(link).catch(() => location.assign(link.href));
  });
  page.addEventListener("keydown", (event) => {
    const link = event.target as HTMLElement;
    if (event.key !== " " || !link.matches("a[data-play]")) return; // Enter is a click already
    event.preventDefault();
    if (!event.repeat) link.click();
  });
  for (const link of page.querySelectorAll("a[data-play]")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-pressed", "false");
  }
}
