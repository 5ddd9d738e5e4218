"""Two people at two devices: who writes or judges one track sees, reads and hears the other at its time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from speechcorpus.workflows.inspection import draw_item
from speechcorpus.workflows.items import measure_item
from speechcorpus.workflows.sign_in import invite_staff
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.inspecting import queued
from tests.rig.server import serving
from tests.rig.two_tracks import THEIRS, Talk, open_dialogue

pytestmark = [pytest.mark.journey, pytest.mark.extended]

TAPS = """
const Own = GainNode;
window.taps = [];
window.GainNode = class extends Own {
  constructor(context, options) {
    super(context, options);
    const tap = new AnalyserNode(context, { fftSize: 4096 });
    this.connect(tap);
    window.taps.push(tap);
  }
};
window.heard = (at) => {
  const samples = new Float32Array(4096);
  window.taps[at].getFloatTimeDomainData(samples);
  return Math.max(...samples.map(Math.abs));
};
"""  # what comes out of each side, after it was made silent or not
DRAWN = """(name) => {
  const canvas = document.getElementById(name);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size > 1;
}"""
MINE, PARTNER = 0, 1


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    talk = open_dialogue(tmp_path)
    yield talk
    talk.desk.store.catalogue.close()


def loud(page: Page, side: int) -> None:
    page.wait_for_function("side => window.heard(side) > 0.05", arg=side)


def silent(page: Page, side: int) -> None:
    """For a third of a second: longer than a pause between syllables."""
    page.wait_for_function("side => window.heard(side) < 0.001", arg=side)
    for _ in range(6):
        page.wait_for_timeout(60)
        assert page.evaluate(f"window.heard({side})") < 0.001


def test_the_other_track_lies_under_ones_own_and_each_can_be_heard_alone(talk: Talk) -> None:
    desk = talk.desk
    with serving(desk.data, workers=0) as address, browser(desk.profile) as context:
        page = context.pages[0]
        page.add_init_script(TAPS)
        desk.sign_in(page, address)
        page.goto(f"{address}/transcribe/{desk.claim}#segment-{talk.items[1]}")
        expect(page.locator("#beside-state")).to_contain_text("最多差 0.8 毫秒")
        expect(page.locator("[data-beside]")).to_have_count(2)  # the third one is said later
        written = [text for text in THEIRS.values() if text]
        assert page.locator("#said-beside .read--s").all_inner_texts() == written
        expect(page.locator("#marks [data-mark]")).to_have_count(2)  # where both speak
        assert barriers(page) == []

        page.locator(".segs__open").first.click()  # another of mine, and back: the lane stays beside it
        page.locator(".segs__open").nth(0).click()
        page.locator("#text").focus()
        page.keyboard.press("Tab")
        loud(page, MINE)
        page.locator("#text").focus()
        for _ in range(4):
            page.keyboard.press("Control+ArrowRight")
        loud(page, PARTNER)
        page.keyboard.press("Alt+a")
        expect(page.locator("#solo-mine")).to_have_attribute("aria-pressed", "true")
        silent(page, PARTNER)
        page.keyboard.press("Alt+a")
        page.keyboard.press("Alt+Shift+A")
        silent(page, MINE)
        loud(page, PARTNER)


def test_a_reviewer_hears_both_and_reads_what_was_measured_of_them(talk: Talk) -> None:
    store, stage, item = talk.desk.store, talk.laid.stage, talk.items[1]
    measure_item(store, item, stage.later)
    draw_item(store, item, stage.later)
    reviewer, review = stage.reviewer(), queued(stage, item)
    with serving(talk.desk.data, workers=0) as address, browser(talk.desk.profile) as context:
        page = context.pages[0]
        page.add_init_script(TAPS)
        page.goto(f"{address}/staff/join#{invite_staff(store, reviewer.id, now=datetime.now(UTC))}")
        page.locator("#join").click()
        page.wait_for_url(f"{address}/staff/home")
        page.goto(f"{address}/staff/review/{review}")
        page.locator("main form button").first.click()
        page.locator("#wave-beside").wait_for()
        for name in ("wave-beside", "speech-beside"):
            page.wait_for_function(DRAWN, arg=name)
        assert "dialogue.bleed" in page.locator(".x-find").inner_text()
        expect(page.locator("#uncertainty")).to_contain_text("± 0.8")
        assert talk.laid.two.name() not in page.content()  # of whom, nobody learns
        assert barriers(page) == []
        page.keyboard.press("p")
        expect(page.locator("#solo-theirs")).to_have_attribute("aria-pressed", "true")
        for _ in range(4):
            page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Space")
        loud(page, PARTNER)
        silent(page, MINE)
