"""Help that is offered and never filled in: Hàn-jī for a romanised word, and a recogniser's draft."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from speechcorpus.store.models import DraftRow
from speechcorpus.workflows.projects import import_prompts
from speechcorpus.workflows.recogniser import ENVIRONMENT
from tests.rig.axe import barriers
from tests.rig.desk import Desk, EditorPage, open_desk
from tests.rig.server import serving

pytestmark = pytest.mark.journey

READINGS = {"台語真媠。": "Tâi-gí tsin suí.", "𪜶講台語。": "In kóng Tâi-gí."}
DRAFT = "𪜶有講台語。"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = open_desk(tmp_path)
    one = {"kind": "read", "variety": "nan-TW", "licence": "CC0-1.0"}
    rows = [
        {**one, "id": f"r{n}", "text": text, "reading": reading}
        for n, (text, reading) in enumerate(READINGS.items())
    ]
    stage = desk.stage
    import_prompts(stage.store, stage.manager, stage.project_id, rows, stage.now)
    return desk


@pytest.fixture
def editor(desk: Desk) -> Iterator[EditorPage]:
    with serving(desk.data, workers=0) as address, desk.open(address, width=1280, height=1000) as editor:
        editor.page.set_default_timeout(10_000)
        editor.box.wait_for()
        yield editor


def test_a_romanised_word_is_written_in_han_with_keys_and_taken_back_in_one_step(
    editor: EditorPage,
) -> None:
    page = editor.page
    editor.fill("𪜶講tai5-gi2真好。")
    editor.caret(6)  # inside the word
    page.keyboard.press("Alt+h")
    card = page.locator("#han-card")
    expect(card.locator(".choice").first).to_contain_text("台語")
    expect(card.locator('[aria-pressed="true"], :focus')).to_have_count(0)  # nothing is chosen beforehand
    expect(editor.box).to_be_focused()
    assert barriers(page) == []
    page.keyboard.press("Alt+1")
    expect(editor.box).to_have_value("𪜶講台語真好。")
    expect(card).to_have_count(0)
    assert editor.selection() == (5, 5)
    page.keyboard.press("Control+z")
    expect(editor.box).to_have_value("𪜶講tai5-gi2真好。")


def test_a_list_goes_when_the_text_changes_and_what_nobody_wrote_is_said(editor: EditorPage) -> None:
    page = editor.page
    editor.fill("講tai5-gi2")
    editor.caret(3)
    page.locator("#find-han").click()
    page.locator("#han-card").wait_for()
    editor.box.press("End")
    page.keyboard.insert_text("。")
    expect(page.locator("#han-card")).to_have_count(0)
    page.keyboard.press("Alt+1")  # no list is in hand
    expect(editor.box).to_have_value("講tai5-gi2。")
    editor.fill("講khok8-khok8")
    editor.caret(3)
    page.keyboard.press("Alt+h")
    expect(page.locator("#no-han")).to_contain_text("還沒有人這樣寫過")
    editor.fill("講")
    page.keyboard.press("Alt+h")
    expect(page.locator("#no-han")).to_contain_text("先選一個羅馬字的詞")
    expect(page.locator("#ask-draft")).to_have_count(0)  # this house has no recogniser


def settle(desk: Desk, **facts: str) -> None:
    """What a worker would leave."""
    with desk.store.catalogue.write() as session:
        row = session.scalars(select(DraftRow)).one()
        for name, value in facts.items():
            setattr(row, name, value)
        row.finished_at = datetime.now(UTC)


def test_a_draft_is_asked_for_waited_for_shown_beside_and_used_as_one_step(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("faster_whisper")
    (tmp_path / "taigi").mkdir()
    monkeypatch.setenv(ENVIRONMENT, f"faster-whisper:{tmp_path / 'taigi'}")
    with serving(desk.data, workers=0) as address, desk.open(address, width=1280, height=1000) as editor:
        page = editor.page
        page.set_default_timeout(10_000)
        editor.fill("我家己寫的。")
        editor.state("saved")
        draft = page.locator("#draft")
        page.locator("#ask-draft").click()
        expect(draft).to_contain_text("電腦在寫")
        found = {"waiting": barriers(page)}
        settle(desk, state="failed", error_code="recogniser.timeout")
        expect(draft).to_contain_text("請照聽到的自己寫", timeout=60_000)
        draft.get_by_role("button").click()
        expect(draft).to_have_attribute("data-state", "queued")
        settle(desk, state="ready", text=DRAFT, engine="engine 1")
        expect(page.locator("#draft-text")).to_have_text(DRAFT, timeout=60_000)
        expect(editor.box).to_have_value("我家己寫的。")  # it never enters by itself
        found["ready"] = barriers(page)
        page.locator("#use-draft").click()
        expect(editor.box).to_have_value(DRAFT)
        page.keyboard.press("Control+z")
        expect(editor.box).to_have_value("我家己寫的。")
        editor.state("saved")
        page.reload()
        page.locator(".segs__open").first.click()
        expect(page.locator("#draft-text")).to_have_text(DRAFT)
        assert {state: ways for state, ways in found.items() if ways} == {}
