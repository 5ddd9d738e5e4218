"""The ML team looks through the samples of a release and hears them with the keyboard alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recorder_web.i18n import LOCALES
from speechcorpus.workflows.sign_in import invite_staff
from tests.recorder_web.released import CORPUS, draw_clips, member_of_ml, release_twice
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.server import serving

pytestmark = pytest.mark.journey

PLACE = f"/releases/{CORPUS}/1.0.1"
WATCH = """() => {
  window.heard = [];
  const row = document.querySelector("[data-heard]");
  const pressed = () => row.querySelector("a").getAttribute("aria-pressed");
  const note = () => window.heard.push([pressed(), row.style.getPropertyValue("--heard")]);
  new MutationObserver(note).observe(row, { attributes: true, subtree: true });
}"""


@pytest.fixture
def data(sqlite_template: Path, tmp_path: Path) -> Path:
    """A house with two published versions whose clips have been drawn."""
    released = release_twice(sqlite_template, tmp_path, datetime.now(UTC))
    house = released.house(tmp_path / "own")
    draw_clips(house.store)
    token = invite_staff(house.store, member_of_ml(house).id, now=datetime.now(UTC))
    (tmp_path / "token").write_text(token)
    house.store.catalogue.close()
    return house.store.data_dir


def test_samples_are_seen_and_heard_without_a_mouse_at_any_width(data: Path, tmp_path: Path) -> None:
    with serving(data, workers=0) as address, browser(tmp_path / "profile") as context:
        page = context.pages[0]
        page.goto(f"{address}/staff/join#{(tmp_path / 'token').read_text()}")
        page.locator("#join").click()
        page.wait_for_url(f"{address}/staff/home")
        page.goto(f"{address}{PLACE}/samples")
        clips = page.locator("[data-heard]").count()
        assert clips > 10
        expect(page.locator("tr:has([data-play]) svg.x-mini")).to_have_count(clips)
        _hear_by(page, "Space")
        _hear_by(page, "Enter")
        for locale in LOCALES:
            _look(page, f"{address}{PLACE}/samples?lang={locale}")
        _look(page, f"{address}{PLACE}/")


def _hear_by(page: Page, key: str) -> None:
    """Play the first clip to its end: the head goes over its wave form and is gone afterwards."""
    page.evaluate(WATCH)
    top = page.evaluate("scrollY")
    page.locator("[data-play]").first.press(key)
    page.wait_for_function("() => window.heard.some(([pressed]) => pressed === 'true')")
    page.wait_for_function("() => window.heard.length > 2 && window.heard.at(-1).join() === 'false,'")
    places = [float(at) for pressed, at in page.evaluate("window.heard") if pressed == "true" and at]
    assert places == sorted(places)
    assert places[-1] > 0.5
    assert page.evaluate("scrollY") == top  # the page did not move under whoever listens


def _look(page: Page, place: str) -> None:
    """Hold a page to WCAG at the width of a desk and of a phone; nothing is wider than the window."""
    page.goto(place)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shown = page.locator("svg.x-mini").first.bounding_box()
        assert shown is not None
        assert shown["width"] >= 100
