"""What is heard beside the words: events on the time line, set, moved and removed by pointer and by keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from speechcorpus.domain.event import Event
from speechcorpus.workflows.events import events_of_segment
from tests.rig.axe import barriers
from tests.rig.desk import Desk, EditorPage, open_desk
from tests.rig.server import serving
from tests.stage import RATE_HZ

pytestmark = pytest.mark.journey

ADDED = "加上了："


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return open_desk(tmp_path)


@pytest.fixture
def editor(desk: Desk) -> Iterator[EditorPage]:
    with serving(desk.data, workers=0) as address, desk.open(address, width=1280, height=1000) as editor:
        editor.box.wait_for()
        yield editor


def kept(desk: Desk, at: int = 0) -> list[Event]:
    """The events of an item as the server has them."""
    return [kept.event for kept in events_of_segment(desk.store, desk.actor, desk.segments[at])]


def spans(desk: Desk) -> list[tuple[str, float, float]]:
    """Their kinds and edges in seconds."""
    return [
        (event.kind, round(event.start_sample / RATE_HZ, 1), round(event.end_sample / RATE_HZ, 1))
        for event in kept(desk)
    ]


def told(editor: EditorPage, words: str) -> None:
    expect(editor.page.locator("#told")).to_contain_text(words)


def click_at(editor: EditorPage, share: float) -> None:
    """Put the cursor at a share of the wave form."""
    box = editor.page.locator("#wave").bounding_box()
    assert box is not None
    editor.page.mouse.click(box["x"] + share * box["width"], box["y"] + 20)


def test_an_event_is_set_at_the_cursor_or_over_a_dragged_span_and_comes_back_with_the_page(
    desk: Desk, editor: EditorPage
) -> None:
    page = editor.page
    click_at(editor, 0.4)  # of 3 s
    page.locator("#add-laugh").click()
    told(editor, f"{ADDED}笑聲，1.2–1.7 秒")
    box = page.locator("#wave").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 30, steps=4)
    page.mouse.up()
    page.locator("#other-kind").select_option("code-switch")
    page.locator("#add-other").click()
    told(editor, f"{ADDED}換語言，1.8–2.4 秒")
    assert spans(desk) == [("laugh", 1.2, 1.7), ("code-switch", 1.8, 2.4)]
    assert kept(desk)[1].language == "cmn-TW"
    page.reload()
    expect(page.locator("#marks button")).to_have_count(2)
    assert barriers(page) == []


def test_keys_alone_set_a_span_change_its_kind_and_edges_and_remove_it(
    desk: Desk, editor: EditorPage
) -> None:
    page = editor.page
    editor.box.focus()
    page.keyboard.press("Alt+m")  # at 0 s
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Alt+m")
    page.locator("#add-noise").press("Enter")
    told(editor, f"{ADDED}雜音，0.0–1.0 秒")
    for _ in range(3):  # unclear, breath, cough: keys come faster than answers
        page.locator("#mark-kind").press("ArrowDown")
    told(editor, "咳嗽，0.0–1.0 秒")
    page.locator("#mark-to").fill("1.5")
    page.locator("#mark-to").press("Enter")
    told(editor, "咳嗽，0.0–1.5 秒")
    assert spans(desk) == [("cough", 0.0, 1.5)]
    page.locator("#marks button").press("Delete")
    told(editor, "移除了：咳嗽")
    assert spans(desk) == []
    expect(page.locator("#add-laugh")).to_be_focused()


def test_an_event_beyond_the_recording_is_refused_in_words_and_nothing_changes(
    desk: Desk, editor: EditorPage
) -> None:
    page = editor.page
    page.locator("#add-laugh").click()
    told(editor, ADDED)
    page.locator("#mark-to").fill("99")
    page.locator("#mark-to").press("Enter")
    told(editor, "事件不能超出錄音")
    assert spans(desk) == [("laugh", 0.0, 0.5)]
    expect(page.locator("#mark-to")).to_have_value("0.50")


def test_a_note_in_the_text_moves_to_the_time_line_and_back_as_one_step(
    desk: Desk, editor: EditorPage
) -> None:
    page = editor.page
    editor.fill("伊講（笑聲）真好。")
    click_at(editor, 0.5)
    editor.caret(3)
    page.keyboard.press("Alt+1")
    expect(editor.box).to_have_value("伊講真好。")
    told(editor, f"{ADDED}笑聲，1.5–2.0 秒")
    assert spans(desk) == [("laugh", 1.5, 2.0)]
    page.locator("#undo").click()
    expect(editor.box).to_have_value("伊講（笑聲）真好。")
    told(editor, "移除了：笑聲")
    assert spans(desk) == []
    editor.box.focus()
    page.keyboard.press("Control+Shift+z")
    expect(editor.box).to_have_value("伊講真好。")
    told(editor, ADDED)
    assert spans(desk) == [("laugh", 1.5, 2.0)]
    page.keyboard.press("Control+z")
    told(editor, "移除了：笑聲")
    editor.checked()
    page.keyboard.press("Alt+2")  # only out of the text
    expect(editor.box).to_have_value("伊講真好。")
    assert spans(desk) == []


def test_too_much_that_is_unclear_is_said_quietly_and_is_no_problem(desk: Desk, editor: EditorPage) -> None:
    page = editor.page
    editor.fill("伊講真好。")
    hint = page.locator("#unclear")
    click_at(editor, 0.2)
    page.locator("#add-unintelligible").click()
    told(editor, ADDED)
    editor.checked()
    expect(hint).to_have_count(0)  # half a second
    page.locator("#mark-to").fill("2.5")
    page.locator("#mark-to").press("Enter")
    expect(hint).to_contain_text("音節聽不清楚（最多 3 個）")
    assert barriers(page) == []
    page.locator("#mark-remove").click()
    expect(hint).to_have_count(0)


def test_without_the_server_a_note_stays_in_the_text(desk: Desk, editor: EditorPage) -> None:
    page = editor.page
    editor.fill("伊講（笑聲）真好。")
    editor.state("saved")
    page.route("**/events/*", lambda route: route.abort())
    page.locator("#to-event").click()
    told(editor, "伺服器沒有回應")
    expect(editor.box).to_have_value("伊講（笑聲）真好。")
    assert spans(desk) == []


def test_marks_fit_a_phone_in_light_and_dark(editor: EditorPage) -> None:
    page = editor.page
    for kind in ("laugh", "noise", "unintelligible"):
        page.locator(f"#add-{kind}").click()  # all at 0 s: one under the other
        told(editor, ADDED)
    found = {}
    for width in (390, 1280):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 844})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.wait_for_timeout(150)
            found[f"{width} {scheme}"] = barriers(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert {state: ways for state, ways in found.items() if ways} == {}
    tops = page.locator("#marks button").evaluate_all("all => all.map(one => one.offsetParent.offsetTop)")
    assert len(set(tops)) == len(tops) == 3
