"""The editor for people who see, hear and move differently: axe on every state, keys alone, words to hear."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.rig.axe import barriers
from tests.rig.desk import Desk, EditorPage, open_desk
from tests.rig.server import serving

pytestmark = pytest.mark.journey

LANGUAGES = ("zh-Hans", "nan-Hant", "en")
KEY_OF_A_SENTENCE = r"/\b(transcribe|finding|recorder)\.[\w.-]+/"
WRONG = "買2斤蚵仔,嘛毋知影、厝"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 1000}


@contextmanager
def writing(folder: Path) -> Iterator[tuple[Desk, EditorPage]]:
    desk = open_desk(folder)
    with serving(desk.data, workers=0) as address, desk.open(address) as editor:
        yield desk, editor


def test_every_state_of_the_editor_is_open_to_everybody(tmp_path: Path) -> None:
    with writing(tmp_path) as (desk, editor):
        page = editor.page
        found = {"empty": barriers(page)}
        editor.fill(WRONG)
        editor.state("saved")
        for size in (DESK, PHONE):
            for scheme in ("light", "dark"):
                page.set_viewport_size(size)  # type: ignore[arg-type]
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.wait_for_timeout(200)
                found[f"problems {size['width']} {scheme}"] = barriers(page)
                width = page.evaluate("document.documentElement.scrollWidth")
                assert width <= size["width"], "nothing is wider than the window"
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light")
        page.locator("#fix-safe").click()
        editor.checked()
        found["fixed"] = barriers(page)
        page.locator("#history").click()
        page.locator(".revision").first.wait_for()
        found["history"] = barriers(page)
        page.keyboard.press("Escape")
        page.locator("#set-keys").click()
        page.locator('[data-action="play"]').click()
        page.keyboard.press("k")
        found["keys"] = barriers(page)
        page.keyboard.press("F9")
        page.keyboard.press("Escape")
        desk.write(0, "別位寫的。", desk.history()[0].number)
        editor.fill("家己寫的。")
        editor.state("conflict")
        found["conflict"] = barriers(page)
        assert {state: ways for state, ways in found.items() if ways} == {}


def test_ears_hear_rule_and_reason_at_the_place_and_errors_differ_by_more_than_colour(tmp_path: Path) -> None:
    with writing(tmp_path) as (_, editor):
        page = editor.page
        editor.fill(WRONG)
        heard = page.locator("#marked").text_content() or ""
        assert heard.startswith("買2（要改，NUM-DIGIT：「2」")
        assert "提醒，PUN-TAIL" in heard
        expect(editor.box).to_have_attribute("aria-invalid", "true")
        expect(editor.box).to_have_accessible_description("3 處要改 1 處提醒")
        editor.caret(0)
        page.keyboard.press("Alt+ArrowDown")
        expect(page.locator("#announced")).to_contain_text("NUM-DIGIT")
        assert editor.selection() == (1, 2)
        page.keyboard.press("Alt+ArrowUp")
        expect(page.locator("#announced")).to_contain_text("PUN-TAIL")
        style = "mark => getComputedStyle(mark).textDecorationStyle"
        lines = {kind: page.locator(f".viol--{kind}").first.evaluate(style) for kind in ("error", "warn")}
        assert lines == {"error": "wavy", "warn": "dashed"}


def test_a_whole_claim_is_written_with_keys_alone_in_every_language(tmp_path: Path) -> None:
    with writing(tmp_path) as (desk, editor):
        page = editor.page
        for language in LANGUAGES:
            page.goto(f"{page.url.split('?')[0].split('#')[0]}?lang={language}")
            page.locator(".segs__open").first.wait_for()
            missing = page.evaluate(
                r"document.body.innerText.match(/\b(transcribe|finding|recorder)\.[\w.-]+/g)"
            )
            assert missing is None
        editor.box.focus()
        if editor.row.get_attribute("data-segment") != desk.segments[0]:
            page.keyboard.press("Control+Shift+Enter")
        page.keyboard.insert_text("頭一句。")
        page.keyboard.press("Control+Enter")
        expect(editor.row).to_have_attribute("data-segment", desk.segments[1])
        expect(editor.box).to_be_focused()
        page.keyboard.insert_text("第二句。")
        page.keyboard.press("Escape")
        editor.state("saved")
        expect(page.locator("[data-saving]:not([data-saving=saved])")).to_have_count(0)
        assert [desk.history(n)[0].text for n in (0, 1)] == ["頭一句。", "第二句。"]
