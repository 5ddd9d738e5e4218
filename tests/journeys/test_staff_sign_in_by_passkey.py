"""Staff come the first time by a link and from then on by a passkey, in a real browser with a real key."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from speechcorpus.store.store import Store
from speechcorpus.workflows import people
from speechcorpus.workflows.sign_in import invite_staff
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.hours import serving_by_the_hour
from tests.rig.passkeys import add_passkey, give_device, show_passkey
from tests.stage import set_stage

pytestmark = pytest.mark.journey
WORDS = "hit-liáp n̂g-sim-kam"


def test_a_passkey_lets_staff_in_and_says_that_it_is_them(sqlite_store: Store, tmp_path: Path) -> None:
    with serving_by_the_hour(sqlite_store) as hours, browser(tmp_path / "profile") as context:
        stage = set_stage(sqlite_store, hours.now())
        payer = people.create_staff(stage.store, name="Ia", role="payer", now=stage.now)
        page = context.pages[0]
        give_device(page)
        page.goto(f"{hours.address}/staff/join#{invite_staff(stage.store, payer, now=hours.now())}")
        page.locator("#join").click()
        page.wait_for_url(re.compile("/staff/home"))
        page.locator('.notice a[href="/staff/keys"]').click()
        add_passkey(page, hours.address)
        assert barriers(page) == []

        page.locator('form[action="/staff/sign-out"] button').click()
        page.goto(f"{hours.address}/staff/join")
        assert barriers(page) == []
        show_passkey(page)
        page.wait_for_url(re.compile("/staff/home"))
        expect(page.locator('.notice a[href="/staff/keys"]')).to_have_count(0)

        hours.pass_by(minutes=11)
        page.goto(f"{hours.address}/staff/payouts")
        page.locator('a[href^="/staff/keys?back=payouts"]').first.click()
        assert barriers(page) == []
        show_passkey(page)
        page.wait_for_url(re.compile("/staff/payouts"))
        expect(page.locator('a[href^="/staff/keys?back=payouts"]')).to_have_count(0)

        page.goto(f"{hours.address}/staff/keys")
        page.locator("#password").fill(WORDS)
        page.locator('form[action="/staff/keys/password"] button').click()
        expect(page.locator('form[action="/staff/keys/password/remove"]')).to_be_visible()
        page.locator("form[action$='/remove'] .btn--danger").first.click()
        expect(page.locator("[data-key]")).to_have_count(0)
        page.locator('form[action="/staff/sign-out"] button').click()
        page.goto(f"{hours.address}/staff/join")
        show_passkey(page)
        expect(page.locator('[data-passkey] [role="status"]')).to_contain_text("key.unknown")
        page.locator("summary").click()
        page.locator("#name-in").fill("Ia")
        page.locator("#password-in").fill(WORDS)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/staff/home"))
