"""Writing down what was said: nothing is drawn, changed or lost that the writer did not mean."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.rig.desk import Desk, EditorPage, open_desk
from tests.rig.server import serving

pytestmark = pytest.mark.journey

GOLDEN = Path(__file__).parents[1] / "golden" / "transcripts"
QUIET_MS = 2_600  # longer than the check and the saving wait
WRONG = "彼時陣我佮阿兄2人,逐工放學就去溪邊、圳溝掠魚仔,嘛毋知影"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One desk for all stories but the one in which the server goes away."""
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def opened(desk: Desk) -> Iterator[EditorPage]:
    """Its server and its browser."""
    with serving(desk.data, workers=0) as address, desk.open(address) as editor:
        editor.page.goto(f"{address}/home")  # a claim is written in one window at a time
        yield editor


@pytest.fixture
def editor(desk: Desk, opened: EditorPage) -> Iterator[EditorPage]:
    """The editor in a window of its own, the first item empty."""
    page = opened.context.new_page()
    page.goto(opened.page.url.replace("/home", f"/transcribe/{desk.claim}#segment-{desk.segments[0]}"))
    editor = EditorPage(page=page, context=opened.context)
    editor.box.focus()
    yield editor
    editor.box.fill("")  # what is not saved would be brought back in the next window
    page.locator("#play").focus()
    editor.state("saved")
    page.close()


def texts(desk: Desk, count: int) -> list[str]:
    """The newest kept texts of the first item."""
    return [row.text for row in desk.history()[:count]]


def asked(page: Page) -> list[str]:
    """Collect what the page asks the rules and the store from now on."""
    seen: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith(("/check", "/transcript")):
            seen.append(request.url.rsplit("/", 1)[-1])

    page.on("request", note)
    return seen


def test_composing_taigi_meets_no_rule_no_shortcut_and_no_loss(editor: EditorPage) -> None:
    page, box = editor.page, editor.box
    keyboard = editor.context.new_cdp_session(page)
    editor.fill("我講,")
    editor.state("saved")
    before = page.locator("#under mark").count()
    assert before > 0
    seen = asked(page)
    editor.caret(3)
    for composed in ("ㄊ", "ㄊㄞ", "ㄊㄞˊ", "台", "台ㄩ", "台語"):
        place = {"selectionStart": len(composed), "selectionEnd": len(composed)}
        keyboard.send("Input.imeSetComposition", {"text": composed, **place})
    for key in ("Tab", "Enter", "Escape", "ArrowDown"):
        pressed = {"key": key, "code": key, "windowsVirtualKeyCode": 229}
        keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **pressed})
    page.wait_for_timeout(QUIET_MS)
    assert seen == []
    assert box.input_value() == "我講,台語"
    assert page.locator("#under mark").count() == 0  # what was found stands elsewhere now
    assert page.evaluate("document.activeElement.id") == "text"
    assert page.locator("#play").get_attribute("aria-pressed") == "false"
    assert editor.row.get_attribute("data-segment") == page.locator("[data-segment]").first.get_attribute(
        "data-segment"
    )
    with page.expect_response(lambda answer: answer.url.endswith("/check")) as answer:
        keyboard.send("Input.insertText", {"text": "台語"})
    editor.checked()
    assert box.input_value() == "我講,台語"
    assert drawn_as_answered(editor, answer.value.json(), "我講,台語")
    editor.state("saved")
    assert seen == ["check", "transcript"]


def test_a_composition_that_is_given_up_leaves_the_text_and_its_check_as_they_were(
    desk: Desk, editor: EditorPage
) -> None:
    keyboard = editor.context.new_cdp_session(editor.page)
    editor.box.press_sequentially("好,")
    editor.caret(1)
    keyboard.send("Input.imeSetComposition", {"text": "ㄊ", "selectionStart": 1, "selectionEnd": 1})
    editor.page.wait_for_timeout(QUIET_MS)
    assert texts(desk, 1) in ([], [""])
    keyboard.send("Input.imeSetComposition", {"text": "", "selectionStart": 0, "selectionEnd": 0})
    editor.checked()
    editor.state("saved")
    assert [editor.box.input_value(), *texts(desk, 1)] == ["好,", "好,"]


SLOWLY = """() => {
  const ask = window.fetch;
  const later = (answer) => new Promise((go) => setTimeout(() => go(answer), 700));
  window.fetch = (...what) => ask(...what).then(later);
}"""


def test_an_answer_that_comes_while_one_composes_is_not_drawn(editor: EditorPage) -> None:
    page, keyboard = editor.page, editor.context.new_cdp_session(editor.page)
    page.evaluate(SLOWLY)
    with page.expect_request("**/check"):
        editor.box.press_sequentially("好,")
    keyboard.send("Input.imeSetComposition", {"text": "ㄊ", "selectionStart": 1, "selectionEnd": 1})
    page.wait_for_timeout(1_500)
    assert (page.locator("#under mark").count(), page.locator("#fix-card").count()) == (0, 0)
    keyboard.send("Input.insertText", {"text": "台"})
    editor.checked()
    assert editor.box.input_value() == "好,台"
    assert page.locator("#under mark").count() > 0


def golden_lines() -> list[str]:
    """Golden texts with a character beyond the first plane."""
    lines = set()
    for path in GOLDEN.glob("*.tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) for cell in row]
        lines |= {cell for cell in cells if any(character > "\uffff" for character in cell)}
    return sorted(text for text in lines if "\\" not in text)


def drawn_as_answered(editor: EditorPage, answer: dict[str, Any], text: str) -> bool:
    """Compare the page with an answer of the server: every rule, place and way out, and nothing else."""
    page, found = editor.page, answer["violations"]
    for violation, drawn in zip(found, editor.drawn(), strict=True):
        start, end = violation["start_utf16"], violation["end_utf16"]
        if start < end:
            assert (drawn["from"], drawn["to"]) == (start, end), violation
        else:  # a mark that is missing is shown under the character before it
            assert drawn["from"] < drawn["to"] == max(start, drawn["to"] if start == 0 else 0), violation
        assert drawn["error"] or violation["severity"] == "warning" or len(found) > 1, violation
    shown = "".join(page.locator("#under").all_text_contents()).removesuffix("\u200b")
    assert shown == text == editor.box.input_value()
    if not found:
        return page.locator("#fix-card, .viol-list li, #fix-safe").count() == 0
    first = int(re.findall(r"\d+", page.locator("#fix-card .chip").inner_text())[0]) - 1
    for number in [*range(first, len(found)), *range(first)]:
        violation = found[number]
        assert page.locator("#fix-card").get_attribute("data-rule") == violation["rule"], number
        ways = [button.get_attribute("data-choice") for button in page.locator(".choice[data-choice]").all()]
        assert ways == (violation["candidates"] if violation["fix"] == "ask" else [])
        assert page.locator("#fix-one").count() == (violation["fix"] == "safe")
        assert violation["rule"] in (page.locator("#marked").text_content() or "")
        if len(found) > 1:
            page.locator("#skip").click()
            following = (number + 1) % len(found) + 1
            expect(page.locator("#fix-card .chip")).to_have_text(re.compile(rf"^\D*{following}\D"))
    return True


def test_the_editor_draws_exactly_what_check_returned(editor: EditorPage) -> None:
    lines = golden_lines()
    assert len(lines) >= 5
    for text in lines:
        editor.box.fill("")
        editor.page.wait_for_timeout(10)
        answer = editor.fill(text)
        assert drawn_as_answered(editor, answer, text)
        under, over = (
            editor.page.locator(place).evaluate("box => box.getBoundingClientRect().height")
            for place in ("#under", "#text")
        )
        assert under == pytest.approx(over, abs=1)  # lines break alike


def test_a_fix_is_one_step_back_keeps_the_caret_and_says_what_it_did(editor: EditorPage) -> None:
    page, box = editor.page, editor.box
    editor.fill(WRONG)
    editor.caret(12)
    page.locator("#fix-safe").click()
    fixed = WRONG.replace(",", "，")
    expect(box).to_have_value(fixed)
    assert editor.selection() == (12, 12)
    expect(page.locator("#made")).to_contain_text(", → ， ×2")
    page.keyboard.press("Control+z")
    expect(box).to_have_value(WRONG)
    page.keyboard.press("Control+Shift+z")
    expect(box).to_have_value(fixed)
    page.keyboard.press("Control+z")
    editor.checked()
    page.locator('[data-rule="PUN-HALF"] button').first.click()  # the same safe fix at both places
    expect(box).to_have_value(fixed)
    page.locator("#undo").click()
    expect(box).to_have_value(WRONG)


def test_only_the_listener_chooses_a_reading(editor: EditorPage) -> None:
    page, box = editor.page, editor.box
    answer = editor.fill("買2斤蚵仔。")
    choices = page.locator(".choice")
    readings = next(v["candidates"] for v in answer["violations"] if v["rule"] == "NUM-DIGIT")
    assert len(readings) > 1
    assert page.locator("#fix-safe").count() == 0
    expect(page.locator(".choice[aria-pressed], .choice:focus")).to_have_count(0)
    editor.caret(6)
    page.keyboard.press("Alt+2")
    expect(box).to_have_value(f"買{readings[1]}斤蚵仔。")
    expect(choices).to_have_count(0)
    assert editor.selection() == (6, 6)


@pytest.mark.parametrize("one", ["𪜶", "i\u030d", "o\u0358"])
def test_a_character_goes_in_one_step_backwards_and_forwards(editor: EditorPage, one: str) -> None:
    editor.fill(f"食{one}飯")
    for key, caret in (("Backspace", 1 + len(one)), ("Delete", 1)):
        editor.caret(caret)
        editor.page.keyboard.press(key)
        expect(editor.box).to_have_value("食飯")
        assert editor.selection() == (1, 1)
        editor.page.keyboard.press("Control+z")
        expect(editor.box).to_have_value(f"食{one}飯")


PASTE = """async () => {
  const parts = { "text/html": "<b>台</b>語<i>,</i>", "text/plain": "台語," };
  const blobs = Object.entries(parts).map(([type, text]) => [type, new Blob([text], { type })]);
  await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
}"""


def test_what_is_pasted_is_plain_text_and_is_checked(editor: EditorPage) -> None:
    editor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    editor.box.focus()
    editor.page.evaluate(PASTE)
    editor.page.keyboard.press("Control+v")
    expect(editor.box).to_have_value("台語,")
    editor.checked()
    expect(editor.page.locator("#fix-card, .viol-list")).to_contain_text(["PUN-HALF"])
    editor.page.keyboard.press("Enter")
    expect(editor.box).to_have_value("台語,")  # a transcript is one line


def test_words_are_saved_when_writing_rests_and_when_the_box_is_left(desk: Desk, editor: EditorPage) -> None:
    seen = asked(editor.page)
    editor.box.press_sequentially("今仔日", delay=60)
    assert "transcript" not in seen
    editor.state("saved")
    assert texts(desk, 1) == ["今仔日"]
    editor.box.press_sequentially("好。")
    editor.page.keyboard.press("Escape")  # away from the box: saved at once, nothing thrown away
    editor.state("saved")
    assert texts(desk, 2) == ["今仔日好。", "今仔日"]
    expect(editor.box).to_have_value("今仔日好。")
    editor.page.keyboard.press("Tab")
    assert editor.page.evaluate("document.activeElement.id") not in ("text", "play")


@pytest.mark.parametrize("whose", ["mine", "theirs"])
def test_when_two_write_both_are_shown_and_both_stay(desk: Desk, editor: EditorPage, whose: str) -> None:
    editor.fill("頭一版。")
    editor.state("saved")
    desk.write(0, "別位寫的。", desk.history()[0].number)
    editor.fill("家己寫的。")
    editor.state("conflict")
    page = editor.page
    expect(page.locator("#conflict-mine")).to_have_text("家己寫的。")
    expect(page.locator("#conflict-theirs")).to_have_text("別位寫的。")
    page.locator(f'[data-whose="{whose}"]').click()
    kept = {"mine": "家己寫的。", "theirs": "別位寫的。"}[whose]
    expect(editor.box).to_have_value(kept)
    editor.state("saved")
    assert texts(desk, 1) == [kept]
    assert {"家己寫的。", "別位寫的。", "頭一版。"} <= set(texts(desk, 4))


def test_an_earlier_text_can_be_put_back_and_taken_away_again(desk: Desk, editor: EditorPage) -> None:
    for text in ("頭一版。", "第二版。"):
        editor.fill(text)
        editor.page.locator("#play").focus()
        editor.state("saved")
    editor.page.locator("#history").click()
    rows = editor.page.locator(".revision")
    expect(rows.locator("p:nth-child(2)").first).to_have_text("第二版。")
    rows.nth(1).locator("button").click()
    expect(editor.box).to_have_value("頭一版。")
    for _ in range(50):  # "saved" is also what was shown before the save began
        if len(texts(desk, 3)) == 3:
            break
        editor.page.wait_for_timeout(100)
    editor.state("saved")
    assert texts(desk, 3) == ["頭一版。", "第二版。", "頭一版。"]
    editor.box.focus()
    editor.page.keyboard.press("Control+z")
    expect(editor.box).to_have_value("第二版。")


def test_a_fix_offers_no_way_back_once_another_segment_was_in_hand(editor: EditorPage) -> None:
    page, box = editor.page, editor.box
    editor.fill(WRONG)
    page.locator("#fix-safe").click()
    expect(page.locator("#undo")).to_be_visible()
    box.focus()
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Shift+Enter")
    expect(box).to_have_value(WRONG.replace(",", "，"))
    expect(page.locator("#made")).to_have_count(0)  # another text box, without a memory of the fix


def test_a_second_window_of_a_claim_waits_for_the_first_and_shows_what_was_written_there(
    desk: Desk, editor: EditorPage
) -> None:
    editor.fill("頭一頁寫的。")
    other = editor.context.new_page()
    other.goto(editor.page.url)
    expect(other.locator("#other-tab")).to_contain_text("另一個分頁")
    expect(other.locator("#text")).to_have_count(0)
    editor.page.locator("#play").focus()
    editor.state("saved")
    url = editor.page.url
    editor.page.goto("about:blank")
    expect(other.locator("#text")).to_have_value("頭一頁寫的。")
    other.close()
    editor.page.goto(url)
    expect(editor.box).to_have_value("頭一頁寫的。")


def test_keys_are_set_as_one_likes_but_never_a_letter(editor: EditorPage) -> None:
    page = editor.page
    page.locator("#set-keys").click()
    play = page.locator('[data-action="play"]')
    play.click()
    for key in ("k", "Escape"):
        page.keyboard.press(key)
        expect(page.locator("#key-refused")).not_to_be_empty()
    page.keyboard.press("F8")
    expect(play).to_contain_text("F8")
    page.keyboard.press("Escape")
    page.reload()
    editor.box.focus()
    page.keyboard.press("F8")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")  # plays no longer, so it leads on
    assert page.evaluate("document.activeElement.id") != "text"
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")
    page.locator("#set-keys").click()
    page.locator("#usual-keys").click()
    expect(play).to_contain_text("Tab")


def test_the_place_of_a_problem_is_heard_slowly_and_then_stops(editor: EditorPage) -> None:
    page = editor.page
    editor.fill("食3碗飯。")
    page.locator(".segmented button", has_text="0.5").click()
    page.locator("#listen").click()
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false", timeout=60_000)
    expect(page.locator("#loop")).to_have_attribute("aria-pressed", "true")
    assert 0.2 < float(page.locator("#now").text_content() or "") < 3.0
