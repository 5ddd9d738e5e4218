"""Words that the server does not have yet lie on the writer's own disk."""

import signal
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from speechcorpus.domain.actor import Actor
from speechcorpus.workflows.people import create_contributor
from tests.rig.browser import kill
from tests.rig.desk import Desk, EditorPage, open_desk
from tests.rig.server import free_port, serving

pytestmark = pytest.mark.journey


def test_words_outlive_a_dead_server_and_a_killed_browser(tmp_path: Path) -> None:
    desk, port = open_desk(tmp_path), free_port()
    with ExitStack() as browsing:
        with serving(desk.data, workers=0, port=port) as address:
            editor = browsing.enter_context(desk.open(address))
            editor.fill("我講𪜶。")
            editor.state("saved")
        editor.caret(5)
        editor.page.keyboard.insert_text("這是新的字。")
        editor.state("offline")
        expect(editor.page.locator("#unchecked")).to_be_visible()
        expect(editor.page.locator("#saving")).to_contain_text("收在這個瀏覽器")
        assert kill(desk.profile, signal.SIGKILL) > 0
    with serving(desk.data, workers=0, port=port) as address, desk.open(address) as editor:
        expect(editor.page.locator("#restored")).to_be_visible()
        expect(editor.box).to_have_value("我講𪜶。這是新的字。")
        editor.state("saved")
        editor.checked()
    assert [row.text for row in desk.history()] == ["我講𪜶。這是新的字。", "我講𪜶。"]


def test_words_sent_as_the_page_goes_are_written_on_without_a_quarrel_with_oneself(tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    with serving(desk.data, workers=0) as address, desk.open(address) as editor:
        editor.fill("頭一版。")
        editor.state("saved")
        # the answer is lost: the page goes while its words are on their way
        editor.page.route("**/transcript", lambda route: route.abort() if route.fetch() else None)
        editor.fill("第二版。")
        editor.state("offline")
        assert [row.text for row in desk.history()] == ["第二版。", "頭一版。"]
        editor.page.unroute("**/transcript")
        editor.fill("第三版。")
        editor.state("saved")
        assert [row.text for row in desk.history()] == ["第三版。", "第二版。", "頭一版。"]


def sign_in_beside(editor: EditorPage, desk: Desk, address: str, actor: Actor) -> None:
    """Come by an invite link in another tab of the same browser."""
    tab = editor.context.new_page()
    replace(desk, actor=actor).sign_in(tab, address)
    tab.close()


def test_words_are_saved_after_a_new_sign_in_without_a_reload_and_never_as_somebody_else(
    tmp_path: Path,
) -> None:
    desk = open_desk(tmp_path)
    now = datetime.now(UTC)
    somebody = create_contributor(desk.store, locale="zh-Hant", variety="nan-TW", now=now)
    with serving(desk.data, workers=0) as address, desk.open(address) as editor:
        editor.fill("頭一版。")
        editor.state("saved")
        sign_in_beside(editor, desk, address, desk.actor)
        editor.fill("第二版。")
        editor.state("saved")
        sign_in_beside(editor, desk, address, Actor(role="contributor", id=somebody))
        editor.box.fill("第三版。")
        editor.state("offline")
        expect(editor.page.locator("#saving")).to_contain_text("登入的是另一個人")
        expect(editor.page.locator("#unchecked")).to_be_visible()
        assert [row.text for row in desk.history()] == ["第二版。", "頭一版。"]
        sign_in_beside(editor, desk, address, desk.actor)
        editor.state("saved")
        editor.checked()
    assert [row.text for row in desk.history()] == ["第三版。", "第二版。", "頭一版。"]
