"""Failure 15: a sign-in that ends in mid-take: recording goes on, and arrives under its own person only."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page
from sqlalchemy import select, update

from speechcorpus.store.models import LoginSession, Take
from speechcorpus.workflows.people import create_contributor
from speechcorpus.workflows.sign_in import invite_contributor
from tests.rig.recorder import RecorderPage
from tests.rig.server import web_server
from tests.rig.studio import Studio, open_studio

pytestmark = pytest.mark.journey


def revoke(studio: Studio) -> None:
    """End every sign-in, as an operator or the calendar does."""
    with studio.store.catalogue.write() as session:
        session.execute(update(LoginSession).values(revoked_at=datetime.now(UTC)))


def sign_in_beside(recorder: RecorderPage, studio: Studio, address: str, contributor_id: str) -> None:
    """Open an invite link in a second tab, as the recorder's notice asks for."""
    with recorder.page.context.expect_page() as opened:
        recorder.page.locator('#upload a[href="/join"]').click()
    tab: Page = opened.value
    token = invite_contributor(studio.store, contributor_id, now=datetime.now(UTC))
    tab.goto("about:blank")  # another fragment alone would not load the page again
    tab.goto(f"{address}/join#{token}")
    tab.locator("#join").click()
    tab.wait_for_url(f"{address}/home")
    tab.close()
    recorder.page.bring_to_front()
    recorder.page.locator("#upload a").evaluate_all("links => links.forEach((link) => link.blur())")


def takes_there(studio: Studio) -> int:
    """Return how many takes the server knows."""
    with studio.store.catalogue.read() as session:
        return len(session.scalars(select(Take.id)).all())


def test_a_sign_in_that_ends_in_mid_take_loses_nothing_and_sends_nothing_as_somebody_else(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    studio = open_studio(tmp_path)
    with ExitStack() as room:
        address = room.enter_context(web_server(studio.data)).url
        recorder = room.enter_context(studio.recorder(address))
        recorder.switch_on()
        recorder.all_safe(1)
        recorder.begin()
        revoke(studio)
        recorder.speak(6)
        recorder.stop()
        take = recorder.current_take()
        recorder.upload_says("recorder.upload.sign-in")

        now = datetime.now(UTC)
        somebody_else = create_contributor(studio.store, locale="zh-Hant", variety="nan-TW", now=now)
        sign_in_beside(recorder, studio, address, somebody_else)
        recorder.upload_says("recorder.upload.other-account")
        assert takes_there(studio) == 1  # the room, from before

        recorder.next()
        recorder.record(2)  # recording does not care
        sign_in_beside(recorder, studio, address, studio.actor.id)
        recorder.all_safe(3, timeout_s=60)
        local = recorder.local(take)

    found = studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(studio.master(take), local.codes)
    record_property("measured", f"{found} of {local.codes.size:,}; nothing sent as somebody else")
