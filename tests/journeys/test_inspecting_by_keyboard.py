"""A reviewer listens and decides with the keyboard alone: accept, taken back and given again; fix; refuse."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from speechcorpus.store.models import FindingRow, Review
from speechcorpus.store.store import open_store
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.inspecting import Inspecting, buzz, inspecting
from tests.rig.server import serving
from tests.stage import RATE_HZ

pytestmark = pytest.mark.journey


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Inspecting]:
    """Three short items in a data folder of their own."""
    store = open_store(tmp_path / "data")
    store.catalogue.migrate()
    yield inspecting(store, datetime.now(UTC) - timedelta(hours=3), items=3, spoken=buzz(2.0))
    store.catalogue.close()


def test_three_items_are_judged_without_a_mouse(scene: Inspecting, tmp_path: Path) -> None:
    with serving(tmp_path / "data", workers=0) as address, browser(tmp_path / "profile") as context:
        page = context.pages[0]
        _come_in(page, address, scene)
        first = _opened(page, scene)
        _the_picture_is_there(page)
        assert barriers(page) == []
        page.keyboard.press("a")
        expect(page.locator("#held")).to_contain_text("10")
        page.keyboard.press("u")
        expect(page.locator("#undo")).to_have_count(0)
        assert scene.row(first).state == "assigned"
        page.keyboard.press("a")
        page.keyboard.press("n")  # the next item opens: now it is sent

        second = _opened(page, scene, not_=first)
        assert scene.row(first).decision == "accept"
        page.keyboard.press("f")
        page.keyboard.type("請寫「看海」。")
        page.keyboard.press("Control+Enter")
        page.keyboard.press("n")

        third = _opened(page, scene, not_=second)
        assert (scene.row(second).decision, scene.row(second).note) == ("fix", "請寫「看海」。")
        page.keyboard.press("r")  # nothing chosen yet: it brings to what is missing
        expect(page.locator("#held")).to_be_empty()
        page.keyboard.press("2")
        for key in ("Shift+ArrowRight", "[", "Shift+ArrowRight", "ArrowRight", "]"):
            page.keyboard.press(key)
        expect(page.locator("#evidence-span")).to_have_text("1.000–2.100")
        page.keyboard.press("r")
        expect(page.locator("#undo")).to_be_visible()
        page.goto(f"{address}/staff/queue")  # going away sends it too
        _decided(page, scene, third)
    with scene.store.catalogue.read() as session:
        finding = session.scalars(select(FindingRow).where(FindingRow.review_id == third)).one()
    assert finding.code == "noise.third-voice"
    assert (finding.start_sample, finding.end_sample) == (RATE_HZ, 2.1 * RATE_HZ)
    assert scene.row(third).decision == "reject"


def _come_in(page: Page, address: str, scene: Inspecting) -> None:
    page.goto(f"{address}/staff/join#{scene.token(datetime.now(UTC))}")
    page.locator("#join").click()
    page.wait_for_url(f"{address}/staff/home")
    page.goto(f"{address}/staff/queue")
    page.locator("button[accesskey=n]").click()


def _opened(page: Page, scene: Inspecting, *, not_: str = "") -> str:
    """Wait for an item; its review, taken a minute ago: nobody decides faster than they listen."""
    page.wait_for_url(lambda url: "/staff/review/" in url and not url.endswith(not_ or "?"))
    expect(page.locator("#play")).to_be_visible()
    review_id = page.url.rsplit("/", 1)[1]
    with scene.store.catalogue.write() as session:
        row = session.get_one(Review, review_id)
        row.taken_at = datetime.now(UTC) - timedelta(minutes=1)
    return review_id


def _the_picture_is_there(page: Page) -> None:
    """Wave form and spectrogram have been drawn, and the band lies behind the level."""
    drawn = """() => ['wave', 'spec', 'level'].every((id) => {
        const canvas = document.getElementById(id);
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(pixels.data.buffer)).size > (id === 'spec' ? 10 : 2);
    })"""
    page.wait_for_function(drawn)


def _decided(page: Page, scene: Inspecting, review_id: str) -> None:
    for _ in range(100):
        if scene.row(review_id).state == "decided":
            return
        page.wait_for_timeout(100)
    raise AssertionError("the decision was lost with the page")
