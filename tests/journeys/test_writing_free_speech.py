"""A take of free speech at the desk: cut, joined, moved and taken back, without a word lost."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from speechcorpus.workflows.segment_edits import undo_edit
from speechcorpus.workflows.views.recording import editor_view
from speechcorpus.workflows.views.take_segments import TakeSegments, segments_of_take
from tests.rig.axe import barriers
from tests.rig.desk import Desk, EditorPage, open_talk
from tests.rig.server import serving
from tests.stage import RATE_HZ

pytestmark = pytest.mark.journey

TEXT = "伊講真好，咱來去看海。"
FIRST, SECOND = "伊講真好，", "咱來去看海。"


@pytest.fixture
def desk(tmp_path: Path, shared: Path) -> Desk:
    return open_talk(tmp_path, shared)


@pytest.fixture
def editor(desk: Desk) -> Iterator[EditorPage]:
    with serving(desk.data, workers=0) as address, desk.open(address, width=1280, height=1000) as editor:
        editor.page.set_default_timeout(10_000)
        editor.page.locator("#split").wait_for()
        editor.page.locator("#edge-end").wait_for()
        yield editor


def take(desk: Desk) -> TakeSegments:
    """The take as the server has it."""
    view = editor_view(desk.store, desk.actor, desk.claim)
    return segments_of_take(desk.store, desk.actor, view.segments[0].take_id)


def undo_elsewhere(desk: Desk) -> None:
    """Take back the last cut on another device."""
    state = take(desk)
    undo_edit(desk.store, desk.actor, state.take_id, state.undoable or 0, now=datetime.now(UTC))


def texts(desk: Desk) -> list[str]:
    return [state.part.text for state in take(desk).segments]


def edges(desk: Desk) -> list[tuple[float, float]]:
    return [
        (round(part.start_sample / RATE_HZ, 2), round(part.end_sample / RATE_HZ, 2))
        for part in (state.part for state in take(desk).segments)
    ]


def told(editor: EditorPage, words: str) -> None:
    expect(editor.page.locator("#told")).to_contain_text(words)


def cursor(editor: EditorPage, at_s: float) -> None:
    """Put the cursor there with keys."""
    for _ in range(round(at_s)):
        editor.page.keyboard.press("Control+ArrowRight")


def cut(editor: EditorPage) -> None:
    """Write a text and cut it at 8 s, where somebody pauses, unsaved words and all."""
    editor.box.fill(TEXT)
    editor.caret(len(FIRST))
    cursor(editor, 9)
    editor.page.keyboard.press("Alt+x")
    told(editor, "切開了")


def test_a_segment_is_cut_at_both_cursors_and_joined_again_with_keys_alone(
    desk: Desk, editor: EditorPage
) -> None:
    page = editor.page
    ((start, end),) = edges(desk)
    cut(editor)
    assert texts(desk) == [FIRST, SECOND]
    (first, second) = edges(desk)
    assert (first[0], second[1]) == (start, end)
    assert first[1] == second[0] == pytest.approx(start + 9, abs=0.35)  # the quiet place nearby
    expect(editor.box).to_have_value(FIRST)
    expect(editor.box).to_be_focused()
    expect(page.locator("[data-segment]")).to_have_count(2)
    expect(page.locator(".page-head__progress span").first).to_have_text("寫好 2 句，共 2 句")
    page.keyboard.press("Alt+j")
    told(editor, "接起來了")
    assert texts(desk) == [TEXT]
    assert edges(desk) == [(start, end)]
    page.keyboard.press("Alt+z")
    told(editor, "復原了")
    assert texts(desk) == [FIRST, SECOND]
    page.locator("#cut-undo").click()
    expect(page.locator("[data-segment]")).to_have_count(1)
    assert texts(desk) == [TEXT]
    assert edges(desk) == [(start, end)]


def test_edges_move_by_keys_and_by_pointer_and_speech_that_falls_out_is_pointed_at(
    desk: Desk, editor: EditorPage
) -> None:
    page = editor.page
    editor.box.fill(TEXT)
    ((start, end),) = edges(desk)
    handle = page.locator("#edge-end")
    handle.focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    told(editor, "移好了")
    assert edges(desk) == [(start, pytest.approx(end - 1.95, abs=0.011))]
    expect(handle).to_have_attribute("aria-valuenow", f"{edges(desk)[0][1]:.2f}")
    warned = page.locator("#unwritten")
    expect(warned).to_contain_text("有 1 處聽起來有人說話")
    assert texts(desk) == [TEXT]
    box = handle.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 12, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 40, steps=5)
    page.mouse.up()
    expect(warned).to_have_count(0)
    assert edges(desk)[0][1] > end - 0.5
    page.locator("#cut-undo").click()
    expect(warned).to_have_count(1)


def test_another_speaker_has_a_lane_and_a_segment_is_opened_from_the_time_line(
    desk: Desk, editor: EditorPage
) -> None:
    page = editor.page
    cut(editor)
    page.keyboard.press("Control+Enter")
    expect(editor.box).to_have_value(SECOND)
    page.locator("#lane").select_option("other-1")
    told(editor, "換好說話的人了")
    assert [state.part.speaker for state in take(desk).segments] == [None, "other-1"]
    expect(page.locator(".tl--lane")).to_have_attribute("aria-label", "我")
    expect(page.locator("[data-who]")).to_have_text(["我", "另一位 1"])
    page.locator(".tl-part").click()
    expect(editor.box).to_have_value(FIRST)
    expect(page.locator(".tl--lane")).to_have_attribute("aria-label", "另一位 1")
    expect(page.locator("#merge")).to_have_attribute("aria-disabled", "true")


def test_what_was_cut_elsewhere_is_shown_and_nothing_written_is_lost(desk: Desk, editor: EditorPage) -> None:
    page = editor.page
    cut(editor)
    undo_elsewhere(desk)
    cursor(editor, 4)
    editor.caret(2)
    page.keyboard.press("Alt+x")
    told(editor, "剛剛在別處改過")
    expect(page.locator("[data-segment]")).to_have_count(1)
    expect(editor.box).to_have_value(TEXT)
    assert texts(desk) == [TEXT]


def test_words_whose_segment_went_elsewhere_are_shown_and_put_where_they_belong(
    desk: Desk, editor: EditorPage
) -> None:
    page = editor.page
    cut(editor)
    page.keyboard.press("Control+Enter")
    expect(editor.box).to_have_value(SECOND)
    page.route("**/transcript", lambda route: route.abort())
    editor.box.fill("猶未囥的字。")
    editor.state("offline")
    undo_elsewhere(desk)
    page.unroute("**/transcript")
    page.reload()
    lost = page.locator("[data-lost]")
    expect(lost).to_contain_text("猶未囥的字。")
    expect(editor.box).to_have_value(TEXT)
    assert barriers(page) == []
    page.locator("[data-lost-put]").click()
    expect(editor.box).to_have_value(f"{TEXT}猶未囥的字。")
    expect(lost).to_have_count(0)
    editor.state("saved")
    assert texts(desk) == [f"{TEXT}猶未囥的字。"]
    page.reload()
    expect(editor.box).to_have_value(f"{TEXT}猶未囥的字。")
    expect(lost).to_have_count(0)


def test_a_cut_outside_or_without_the_server_changes_nothing_and_says_so(
    desk: Desk, editor: EditorPage
) -> None:
    page = editor.page
    editor.box.fill(TEXT)
    page.keyboard.press("Alt+x")  # the cursor is at the very start
    told(editor, "要在這一段裡面切")
    cursor(editor, 4)
    page.route("**/split", lambda route: route.abort())
    page.keyboard.press("Alt+x")
    told(editor, "伺服器沒有回應")
    assert texts(desk) == [TEXT]
    expect(editor.box).to_have_value(TEXT)
    expect(editor.box).to_be_editable()


def test_the_time_line_is_open_to_everybody_at_every_width_and_in_every_language(
    editor: EditorPage,
) -> None:
    page = editor.page
    cut(editor)
    page.locator("#add-laugh").click()
    told(editor, "加上了")
    page.locator("#lane").select_option("other-1")
    told(editor, "換好說話的人了")
    found = {}
    for language in ("zh-Hant", "zh-Hans", "nan-Hant", "en"):
        page.goto(f"{page.url.split('?')[0].split('#')[0]}?lang={language}")
        page.locator(".tl--lane").wait_for()
        missing = page.evaluate(r"document.body.innerText.match(/\b(transcribe|draft|error)\.[\w.-]+/g)")
        assert missing is None
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            page.wait_for_timeout(150)
            found[f"{language} {width}"] = barriers(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert {state: ways for state, ways in found.items() if ways} == {}
