"""An operator looks after the house with the keyboard alone: how it stands, and a job that was given up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from recorder_web.tls import keep_certificates
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Job
from speechcorpus.store.store import Store
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.sign_in import invite_staff
from speechcorpus.workflows.upkeep import note_upkeep
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.build import serving_builds

pytestmark = pytest.mark.journey

MOST_STEPS = 40  # of the Tab key, past the menu


def house_in_need(store: Store, now: datetime) -> str:
    """Somebody waits for an hour, and one job was given up; its id."""
    with store.catalogue.write() as session:
        enqueue(session, "draw_item", {"segment_id": "s"}, now=now - timedelta(hours=3))
        note_upkeep(session, "backup", {"faults": 0}, now=now - timedelta(hours=5))
        dead = session.get_one(Job, enqueue(session, "cut_clip", {"segment_id": "s"}, now=now))
        dead.state, dead.attempts, dead.finished_at = "dead", 5, now
        dead.error = "OSError: no space left"
    keep_certificates(store.data_dir / "tls", names=[], addresses=[], now=now)
    return dead.id


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it is reached, as somebody without a mouse does."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            return
    pytest.fail(f"no way by keyboard to {wanted}")


def test_a_job_that_was_given_up_is_tried_again_without_a_mouse(sqlite_store: Store, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    dead = house_in_need(sqlite_store, now)
    operator = create_staff(sqlite_store, name="O", role="operator", now=now)
    token = invite_staff(sqlite_store, operator, now=now)
    with (
        serving_builds(tmp_path, sqlite_store, https_port=8443) as served,
        browser(tmp_path / "profile", None, width=360, height=780) as context,
    ):
        page = context.pages[0]
        page.goto(f"{served.address}/staff/join?lang=en#{token}")
        page.locator("#join").wait_for()
        tab_to(page, page.locator("#join"))
        page.keyboard.press("Enter")
        page.wait_for_url(f"{served.address}/staff/home")
        tab_to(page, page.locator('main a[href="/staff/operation"]').first)
        page.keyboard.press("Enter")
        stands = page.locator(".stats")
        for told in ("Longest wait", "3 h", "1 in the queue", "Given up", "Free space", "5 h ago"):
            expect(stands).to_contain_text(told)
        expect(page.locator("main")).to_contain_text("days left")  # of the certificate for phones
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        tab_to(page, page.get_by_role("button", name=f"Try again cut_clip {dead[:8]}"))
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("Nothing was given up")
    with sqlite_store.catalogue.read() as session:
        assert session.get_one(Job, dead).state == "queued"
