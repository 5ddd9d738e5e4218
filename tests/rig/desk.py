"""What a writer's story begins with: recorded items of one claim, a server, a browser at the editor."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import BrowserContext, Locator, Page, Response, expect

from speechcorpus.store.store import open_store
from speechcorpus.workflows.transcripts import RevisionView, revisions, save_transcript
from speechcorpus.workflows.views.recording import editor_view
from tests.monologue import sentences, talk
from tests.rig.browser import browser
from tests.rig.place import Place
from tests.stage import RATE_HZ, Stage, set_stage

PROMPTS = ("p0", "p1", "p2", "p3")


def _is_check_of(answer: Response, text: str) -> bool:
    """Say whether an answer is about this text, not about one that stood there before."""
    return answer.url.endswith("/check") and answer.request.post_data_json["text"] == text


@dataclass(frozen=True, kw_only=True)
class Desk(Place):
    """Where somebody writes down what was said."""

    stage: Stage

    @property
    def segments(self) -> Sequence[str]:
        """The items, in the order in which they are shown."""
        view = editor_view(self.store, self.actor, self.claim)
        return [segment.segment_id for segment in view.segments]

    def history(self, at: int = 0) -> Sequence[RevisionView]:
        """The kept texts of an item, newest first."""
        return revisions(self.store, self.actor, self.segments[at])

    def write(self, at: int, text: str, base: int) -> None:
        """Save a text from somewhere else."""
        now = datetime.now(UTC)
        save_transcript(self.store, self.actor, self.segments[at], text, base, now=now)

    @contextmanager
    def open(self, address: str, **size: int) -> Iterator["EditorPage"]:
        """Come by an invite link and open the editor, in a window of a width and a height."""
        with browser(self.profile) as context:
            page = context.pages[0]
            if size:
                page.set_viewport_size({"width": size["width"], "height": size["height"]})
            self.sign_in(page, address)
            page.goto(f"{address}/transcribe/{self.claim}")
            yield EditorPage(page=page, context=context)


@dataclass(frozen=True, kw_only=True)
class EditorPage:
    """Hands on the editor."""

    page: Page
    context: BrowserContext

    @property
    def box(self) -> Locator:
        """The text box of the segment in hand."""
        return self.page.locator("#text")

    @property
    def row(self) -> Locator:
        """The segment in hand."""
        return self.page.locator('[aria-current="true"][data-segment]')

    def fill(self, text: str) -> dict[str, Any]:
        """Write a text at once, and return what the server said of it."""
        with self.page.expect_response(lambda answer: _is_check_of(answer, text)) as asked:
            self.box.fill(text)
        self.checked()
        answer: dict[str, Any] = asked.value.json()
        return answer

    def checked(self) -> None:
        """Wait until what is drawn is what was answered to the newest words."""
        expect(self.row).to_have_attribute("data-checking", "done")

    def state(self, saving: str) -> None:
        """Wait for a state of saving."""
        expect(self.row).to_have_attribute("data-saving", saving, timeout=60_000)

    def caret(self, at: int, to: int | None = None) -> None:
        """Put the caret, or select."""
        self.box.evaluate(
            "(box, [from, to]) => { box.focus(); box.setSelectionRange(from, to); }", [at, to or at]
        )

    def selection(self) -> tuple[int, int]:
        """Where the caret or the selection is, in UTF-16 units."""
        start, end = self.box.evaluate("box => [box.selectionStart, box.selectionEnd]")
        return int(start), int(end)

    def drawn(self) -> list[dict[str, Any]]:
        """What is underlined: for each violation its place in the text that is drawn."""
        found: list[dict[str, Any]] = self.page.evaluate(DRAWN)
        return found


DRAWN = """() => {
  const found = [];
  let at = 0;
  for (const node of document.getElementById("under").childNodes) {
    const length = node.nodeType === Node.COMMENT_NODE ? 0 : node.textContent.length;
    for (const n of (node.dataset?.violations ?? "").split(" ").filter(Boolean)) {
      found[n] ??= { from: at, to: at, error: false };
      found[n].to = at + length;
      found[n].error ||= node.classList.contains("viol--error");
    }
    at += length;
  }
  return found;
}"""


def open_desk(folder: Path, *, items: int = 2) -> Desk:
    """Set everything up in an empty folder: that many recorded lines, nothing written yet."""
    stage = _stage(folder, items)
    recorder = stage.recorder()
    for number, prompt in enumerate(PROMPTS[:items]):
        recorder.record(murmur(3.0 + number, seed=number), prompt=prompt).finish()
    claim = recorder.claim or ""
    return Desk(folder=folder, store=stage.store, actor=recorder.actor, claim=claim, stage=stage)


def open_talk(folder: Path, shared: Path) -> Desk:
    """Set up a take of free speech: real sentences with pauses, listened to and cut."""
    stage = _stage(folder, 2)
    talked = talk(stage, sentences(shared, 1, 2, 3, 4))
    claim = talked.recorder.claim or ""
    return Desk(folder=folder, store=stage.store, actor=talked.actor, claim=claim, stage=stage)


def _stage(folder: Path, items: int) -> Stage:
    now = datetime.now(UTC) - timedelta(minutes=20)
    store = open_store(folder / "data", None)
    store.catalogue.migrate()
    return set_stage(store, now, items_per_task=items)


def murmur(seconds: float, *, seed: int) -> bytes:
    """PCM of noise in syllables, with pauses: something to see and to hear."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    syllables = np.clip(np.sin(2 * np.pi * 4.5 * time), 0, 1) * (np.sin(2 * np.pi * 0.4 * time + seed) > -0.5)
    samples = rng.normal(0, 0.12, time.size) * syllables + rng.normal(0, 0.002, time.size)
    codes: bytes = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    return codes
