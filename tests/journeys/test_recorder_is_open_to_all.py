"""The recorder for people who see, hear or move otherwise: axe on every state, keys alone, words to hear."""

from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.rig.axe import barriers
from tests.rig.noise import write_source
from tests.rig.room import calibrate, steps
from tests.rig.server import serving, web_server
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]

DESK, PHONE = {"width": 1280, "height": 1000}, {"width": 360, "height": 740}
LANGUAGES = ("zh-Hant", "zh-Hans", "nan-Hant", "en")
RAW_KEYS = r"document.body.innerText.match(/\b(recorder|band|variety)\.[\w.-]+/g)"


def look(page: Page, found: dict[str, list[str]], state: str) -> None:
    """What keeps somebody out of this state, on a desk and on a small phone."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.wait_for_timeout(100)
        found[f"{state} {size['width']}"] = barriers(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], f"{state}: nothing is wider than the window"


def listen(page: Page) -> None:
    """Write down from now on what is told to those who do not see the page."""
    page.evaluate(
        """() => {
          const place = document.getElementById("announced");
          window.told = [[Date.now(), place.textContent]];
          const note = () => told.push([Date.now(), place.textContent]);
          new MutationObserver(note).observe(place, { childList: true });
        }"""
    )


def announced(page: Page, text: str) -> None:
    """Wait until something was told."""
    page.wait_for_function("text => told.some(([, words]) => words.includes(text))", arg=text, timeout=60_000)


def pauses_s(page: Page) -> list[float]:
    """How long it was from each announcement to the next one."""
    times: list[float] = page.evaluate("told.slice(1).map(([at_ms]) => at_ms / 1000)")
    return [later - earlier for earlier, later in pairwise(times)]


def test_every_state_of_a_calibrated_room_is_open_to_everybody_and_told(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    write_source(studio.microphone, steps((22, 37), (14, 46)))
    found: dict[str, list[str]] = {}
    with serving(studio.data, workers=0) as address, studio.recorder(address) as recorder:
        page = recorder.page
        calibrate(studio, page)
        look(page, found, "checking")
        listen(page)
        page.locator("#start").click()
        page.locator("#room-tone").wait_for()
        found["room tone"] = barriers(page)
        recorder.state("armed", timeout_s=60)
        announced(page, "夠安靜，可以錄")
        expect(page.locator(".gauge .g-unit")).to_contain_text("dB(A)")
        expect(page.locator(".gauge__figures dd").last).to_have_text("40 dB(A) 以下")
        recorder.begin()
        found["recording"] = barriers(page)
        expect(page.locator('.gauge[data-state="out"]')).to_be_visible(timeout=60_000)
        expect(page.locator(".gauge__say")).to_contain_text("再安靜")
        recorder.state("paused")
        announced(page, "先停一下，都留住了")
        look(page, found, "paused")
        page.locator('.gauge[data-state="back"] .gate__steps').wait_for(timeout=60_000)
        found["back in range"] = barriers(page)
        recorder.state("armed")
        assert min(pauses_s(page)) > 1.5, "never faster than every two seconds"
    assert {state: ways for state, ways in found.items() if ways} == {}


def test_every_state_without_a_calibration_is_open_to_everybody_and_told(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    found: dict[str, list[str]] = {}
    with serving(studio.data, workers=0) as address, studio.recorder(address) as recorder:
        page = recorder.page
        listen(page)
        recorder.switch_on()
        announced(page, "這支麥克風還沒校正")
        expect(page.locator(".gauge .g-value")).to_have_text("?")
        assert "dB(A) 以下" not in (page.locator(".gauge__figures").text_content() or "")
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            look(page, found, f"armed {scheme}")
        recorder.record(1)
        page.locator("#skip").or_(page.locator("#next")).first.wait_for()
        page.keyboard.press("Enter")
        page.keyboard.press("s")
        page.locator("#skip-sheet[open]").wait_for()
        page.get_by_label("其他").check()
        look(page, found, "asked why")
        page.keyboard.press("Escape")
        expect(page.locator("#skip-sheet[open]")).to_have_count(0)
        page.keyboard.press("b")
        announced(page, "休息中")
        look(page, found, "resting")
        page.keyboard.press("b")
        page.context.set_offline(True)
        recorder.record(1)
        recorder.upload_says("recorder.upload.offline")
        announced(page, "伺服器沒有回應")
        look(page, found, "server away")
        page.context.set_offline(False)
        page.evaluate("rig.track.stop()")
        recorder.state("broken", timeout_s=60)
        announced(page, "麥克風沒有聲音")
        look(page, found, "broken")
        page.keyboard.press("Space")
        recorder.state("armed", timeout_s=60)
        other = page.context.new_page()
        other.goto(page.url)
        other.locator("#blocked").wait_for()
        look(other, found, "blocked")
        other.close()
    assert {state: ways for state, ways in found.items() if ways} == {}


def test_a_full_device_and_a_killed_browser_are_open_to_everybody(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    found: dict[str, list[str]] = {}
    with web_server(studio.data) as server:
        with studio.group(server.url) as (recorder, browser):
            page = recorder.page
            recorder.switch_on()
            recorder.begin()
            quota = page.evaluate("async () => (await navigator.storage.estimate()).usage") + 200_000
            tools = page.context.new_cdp_session(page)
            tools.send("Storage.overrideQuotaForOrigin", {"origin": server.url, "quotaSize": quota})
            recorder.state("full", timeout_s=60)
            look(page, found, "full")
            tools.send("Storage.overrideQuotaForOrigin", {"origin": server.url})
            page.locator("#start").click()
            recorder.state("armed", timeout_s=60)
            recorder.begin()
            recorder.speak(1)
            browser.kill()
        with studio.recorder(server.url) as recorder:
            listen(recorder.page)
            recorder.page.locator("#recovery").wait_for()
            announced(recorder.page, "找到沒送完的錄音")
            look(recorder.page, found, "recovering")
            recorder.page.locator("#discard").click()
            look(recorder.page, found, "asking once")
    assert {state: ways for state, ways in found.items() if ways} == {}


def test_a_claim_is_recorded_with_keys_alone_in_every_language(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    found: dict[str, list[str]] = {}
    with serving(studio.data, workers=0) as address, studio.recorder(address) as recorder:
        page = recorder.page
        for language in LANGUAGES:
            page.goto(f"{address}/record/{studio.claim}?lang={language}")
            page.locator("#start").wait_for()
            look(page, found, language)
            assert page.evaluate(RAW_KEYS) is None
            page.keyboard.press("s")
            page.locator("#skip-sheet[open]").wait_for()
            assert page.evaluate(RAW_KEYS) is None
            page.keyboard.press("Escape")
        reach(page, "start")
        page.keyboard.press("Enter")
        recorder.state("armed", timeout_s=60)
        recorder.record(1)
        page.keyboard.press("Enter")
        expect(page.locator("#progress")).to_contain_text("1 recorded, 1 to go")
        recorder.record(1)
        page.keyboard.press("Backspace")
        page.locator('.recbar__state[data-live="true"]').wait_for()
        page.keyboard.press("Space")
        recorder.state("armed")
        assert page.evaluate(RAW_KEYS) is None
        reach(page, "previous")
        reach(page, "rest")
        assert [take["track"] for take in recorder.takes()] == ["room", "main", "main", "main"]
    assert {state: ways for state, ways in found.items() if ways} == {}


def reach(page: Page, name: str) -> None:
    """Tab until something has the focus, which can be seen."""
    page.evaluate("document.activeElement.blur()")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == name:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{name} shows that it has the focus"
            return
    raise AssertionError(f"{name} cannot be reached with Tab")
