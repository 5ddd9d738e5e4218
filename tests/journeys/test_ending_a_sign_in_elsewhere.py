"""Somebody left a browser signed in: they see it on their phone and end it, by keyboard, at once."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from speechcorpus.store.store import Store
from speechcorpus.workflows.people import create_contributor, create_staff
from speechcorpus.workflows.sign_in import invite_contributor, invite_staff
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.hours import Hours, serving_by_the_hour
from tests.rig.passkeys import add_passkey, give_device, show_passkey

pytestmark = pytest.mark.journey

PHONE = {"width": 390, "height": 844}
MOST_STEPS = 40  # of the Tab key


def open_link(page: Page, address: str, home: str) -> None:
    """Sign in as people do who were sent a link."""
    page.goto(address)
    page.locator("#join").click()
    page.wait_for_url(re.compile(home))


def press_by_keyboard(page: Page, wanted: str) -> None:
    """Reach a button with Tab and press it with Enter."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if page.locator(wanted).evaluate("each => each === document.activeElement"):
            page.keyboard.press("Enter")
            return
    pytest.fail(f"no way by keyboard to {wanted}")


def is_let_in(page: Page, address: str) -> bool:
    answer = page.goto(address)
    assert answer is not None
    return answer.status == 200


def own_link(hours: Hours, person: str) -> str:
    return f"{hours.address}/join#{invite_contributor(hours.store, person, now=hours.now())}"


def test_a_speaker_ends_what_they_left_open_from_their_phone(sqlite_store: Store, tmp_path: Path) -> None:
    with (
        serving_by_the_hour(sqlite_store) as hours,
        browser(tmp_path / "desk") as desk,
        browser(tmp_path / "phone", **PHONE) as phone,
    ):
        person = create_contributor(sqlite_store, locale="zh-Hant", now=hours.now())
        left, page, list_ = desk.pages[0], phone.pages[0], f"{hours.address}/sign-ins"
        open_link(page, own_link(hours, person), "/home")
        page.locator('main a[href="/sign-ins"]').click()
        expect(page.locator("[data-sign-in]")).to_have_count(1)
        expect(page.locator("[data-nowhere-else]")).to_be_visible()
        assert barriers(page) == []

        open_link(left, own_link(hours, person), "/home")
        page.reload()
        expect(page.locator("[data-sign-in]")).to_have_count(2)
        expect(page.locator("[data-sign-in]").first).to_contain_text("這個瀏覽器")
        expect(page.locator("[data-sign-in]").nth(1)).to_contain_text("Linux 上的 Chrome")
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        press_by_keyboard(page, "[data-sign-in] button")
        expect(page.locator("[data-nowhere-else]")).to_be_visible()
        assert not is_let_in(left, f"{hours.address}/home")
        assert is_let_in(page, list_)


def test_staff_show_their_key_and_end_all_others(sqlite_store: Store, tmp_path: Path) -> None:
    with (
        serving_by_the_hour(sqlite_store) as hours,
        browser(tmp_path / "lost") as other,
        browser(tmp_path / "here", **PHONE) as context,
    ):
        payer = create_staff(sqlite_store, name="Ia", role="payer", now=hours.now())
        page, lost, keys = context.pages[0], other.pages[0], f"{hours.address}/staff/keys"
        for each in (lost, page):  # nobody has a key yet, so both links open
            link = invite_staff(sqlite_store, payer, now=hours.now())
            open_link(each, f"{hours.address}/staff/join#{link}", "/staff/home")
        page.goto(keys)
        expect(page.locator("[data-sign-in]")).to_have_count(2)
        give_device(page)
        add_passkey(page, hours.address)
        expect(page.locator("[data-sign-in]")).to_have_count(1)  # a new key ends the others by itself
        assert not is_let_in(lost, keys)

        show_passkey(page)
        expect(page.locator(".notice--ok")).to_be_visible()
        password = "hit-liáp n̂g-sim-kam"
        page.locator("#password").fill(password)
        page.locator('form[action="/staff/keys/password"] button').click()
        expect(page.locator("#old-password")).to_be_visible()
        lost.goto(f"{hours.address}/staff/join")
        lost.locator("summary").click()
        lost.locator("#name-in").fill("Ia")
        lost.locator("#password-in").fill(password)
        lost.keyboard.press("Enter")
        lost.wait_for_url(re.compile("/staff/home"))

        hours.pass_by(minutes=11)
        page.goto(keys)
        expect(page.locator("#sign-ins button").first).to_be_disabled()
        assert barriers(page) == []
        show_passkey(page)
        expect(page.locator('form[action$="/end-others"] button')).to_be_enabled()
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        press_by_keyboard(page, 'form[action$="/end-others"] button')
        expect(page.locator("[data-nowhere-else]")).to_be_visible()
        assert not is_let_in(lost, keys)
