"""Two people with a device each: the holder chooses so, the second one reads what that means and begins."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from speechcorpus.store.store import open_store
from speechcorpus.workflows.consent_texts import keep_consent_texts
from tests.dialogue import Pair, pair
from tests.recorder_web.house import CONSENT, consent_change
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.place import Place
from tests.rig.server import serving
from tests.stage import set_stage

pytestmark = [pytest.mark.journey, pytest.mark.extended]

LANGUAGES = ("en", "nan-Hant", "zh-Hans", "zh-Hant")
SIZES = ({"width": 1280, "height": 900}, {"width": 390, "height": 844})
RAW_KEYS = r"document.body.innerText.match(/\b(partner|band|variety|error|check)\.[\w.-]+/g)"


@pytest.fixture
def two(tmp_path: Path) -> Pair:
    store = open_store(tmp_path / "data", None)
    store.catalogue.migrate()
    return pair(set_stage(store, datetime.now(UTC), **consent_change(keep_consent_texts(store, CONSENT))))


@pytest.fixture
def address(two: Pair, tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "data", workers=0) as address:
        yield address


def place(two: Pair, folder: Path, who: str) -> Place:
    return Place(folder=folder / who, store=two.stage.store, actor=getattr(two, who), claim=two.claim)


def look(page: Page, name: str) -> None:
    """At both sizes nothing keeps anybody out, nothing is cut off, nothing is a key instead of words."""
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.evaluate(RAW_KEYS) is None
        if folder := os.environ.get("SPEECHCORPUS_PICTURES"):
            page.screenshot(path=f"{folder}/{name}-{size['width']}.png", full_page=True)


def test_both_choose_and_agree_and_come_to_a_recorder_of_their_own(
    two: Pair, tmp_path: Path, address: str
) -> None:
    first, second = place(two, tmp_path, "holder"), place(two, tmp_path, "partner")
    with browser(first.profile) as one, browser(second.profile) as other:
        page, theirs = one.pages[0], other.pages[0]
        first.sign_in(page, address)
        page.goto(f"{address}/claims/{two.claim}/partner")
        look(page, "seat-empty")
        page.locator('input[name="devices"][value="two"]').focus()
        page.keyboard.press("Space")
        page.locator("#invite").click()
        link = page.locator("input[readonly]").input_value()
        expect(page.locator('input[value="two"]')).to_be_checked()
        look(page, "seat-link")
        second.sign_in(theirs, address)
        for language in LANGUAGES:
            theirs.goto(f"{link}?lang={language}")
            look(theirs, f"invitation-{language}")
        for purpose in theirs.locator("input[required]").all():
            purpose.check()
        theirs.locator("#agree").click()
        theirs.locator("#agreed").wait_for()
        look(theirs, "agreed")
        page.goto(f"{address}/claims/{two.claim}/partner")
        page.locator("#who").wait_for()
        look(page, "seat-taken")
        theirs.goto(f"{address}/home")
        look(theirs, "home")
        theirs.locator(f'#together ~ ul a[href="/record/{two.claim}"]').click()
        theirs.wait_for_url(f"{address}/record/{two.claim}")
