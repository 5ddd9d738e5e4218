"""Two people on two devices, as their hands and eyes meet it: from the first tap to a talk of two tracks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.rig.axe import barriers
from tests.rig.duo import Duo, duo, switch_on

pytestmark = [pytest.mark.journey, pytest.mark.extended]

LANGUAGES = ("zh-Hant", "zh-Hans", "nan-Hant", "en")
PHONE = {"width": 360, "height": 780}
DESK = {"width": 1280, "height": 1240}
RAW_KEYS = r"document.body.innerText.match(/\b(recorder|partner|call|band|variety|error)\.[\w.-]+/g)"
LINES = "甲：你食飽未？\n乙：食飽矣，你咧？\n甲：我嘛食飽矣。"


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Duo]:
    with duo(tmp_path, text=LINES) as both:
        yield both


def look(page: Page) -> None:
    """Nothing keeps anybody out of this page, wide or narrow, and nothing on it is a key instead of words."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.evaluate(RAW_KEYS) is None


def test_two_people_talk_on_two_devices(both: Duo) -> None:
    ann, bob = both.sides
    look(ann.page)
    expect(ann.page.locator("#call-join")).to_be_disabled()  # the microphone comes first
    switch_on(ann, bob)
    expect(bob.page.locator("#skip")).to_have_count(0)  # the claim is the other one's
    ann.page.locator("#call-join").focus()
    ann.page.keyboard.press("Enter")
    ann.call("alone")
    look(ann.page)
    expect(ann.page.locator("#announced")).to_contain_text("c-0002")
    bob.page.locator("#call-join").click()
    for side in both.sides:
        side.call("talking")
    look(ann.page)

    # before the test of the headphones nothing begins, on either side
    ann.page.keyboard.press("Space")
    bob.page.keyboard.press("Space")
    expect(ann.page.locator("#call")).to_have_attribute("data-their", "leak")
    expect(ann.page.locator("#recorder")).to_have_attribute("data-state", "armed")
    ann.test_headphones()
    ann.page.keyboard.press("Space")
    expect(ann.page.locator("#call")).to_contain_text("還不能開始")
    bob.page.locator("#leak-skip").click()  # sound is not allowed over there
    both.ready()

    # a prompted dialogue: the next line by Enter on either side
    both.begin(1)
    expect(ann.page.locator("#lines")).to_contain_text("輪到你說")
    expect(bob.page.locator("#lines")).to_contain_text("輪到 c-0001 說")
    ann.page.keyboard.press("Enter")
    expect(bob.page.locator("#lines")).to_have_attribute("data-line", "1")
    expect(bob.page.locator("#lines")).to_contain_text("輪到你說")
    bob.page.keyboard.press("Enter")
    expect(ann.page.locator("#lines")).to_have_attribute("data-line", "2")
    look(bob.page)
    both.stop(1)
    for codes, manifest in both.arrived():
        assert both.faults(codes).none
        kinds = [event["kind"] for event in manifest.events]
        assert kinds.count("turn") == 3
        assert kinds.count("leak-test") == 1

    # one hangs up: the other one is told, and records alone if they like
    bob.page.locator("#call-leave").click()
    ann.call("alone")
    ann.recorder.record(1)
    bob.page.locator("#call-join").click()
    for side in both.sides:
        side.call("talking")
        expect(side.page.locator("#call")).to_have_attribute("data-leak", "due")  # after each joining anew
    for language in LANGUAGES:
        ann.page.goto(f"{both.server.url}/record/{both.two.claim}?lang={language}")
        ann.page.locator("#call").wait_for()
        look(ann.page)


def test_a_loudspeaker_that_leaks_into_the_microphone_is_found_and_holds_the_talk(tmp_path: Path) -> None:
    with duo(tmp_path) as both:
        ann = both.sides[0]
        switch_on(*both.sides)
        both.sound.control("load-module module-loopback source=ears.monitor sink=room latency_msec=50")
        for side in both.sides:
            side.page.locator("#call-join").click()
        for side in both.sides:
            side.call("talking")
        ann.page.locator("#leak-go").click()
        ann.page.locator('#call[data-leak="failed"]').wait_for()
        expect(ann.page.locator("#leak")).to_contain_text("耳機")
        ann.page.keyboard.press("Space")
        expect(ann.page.locator("#recorder")).to_have_attribute("data-state", "armed")
        look(ann.page)
        both.sound.control("unload-module module-loopback")  # headphones on
        ann.test_headphones()


def test_the_page_of_who_waited_becomes_one_with_a_call(tmp_path: Path) -> None:
    with duo(tmp_path, agreed=False) as both:
        ann = both.sides[0]
        ann.page.locator("#partner-first").wait_for()
        both.two.agree()
        ann.page.locator("#call").wait_for()  # by itself
