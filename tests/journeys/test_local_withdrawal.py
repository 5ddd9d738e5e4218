"""After consent is withdrawn nothing is sent, and only the person decides what happens to what lies here."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select, update

from speechcorpus.store.models import Contributor, Take
from speechcorpus.store.store import Store
from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]


def takes_there(store: Store) -> int:
    """Return how many takes the server knows."""
    with store.catalogue.read() as session:
        return session.scalar(select(func.count(Take.id))) or 0


def test_withdrawing_stops_the_queue_and_deletes_nothing_before_two_presses(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        page = recorder.page
        recorder.switch_on()
        recorder.nothing_waits()
        with studio.store.catalogue.write() as session:
            session.execute(
                update(Contributor).where(Contributor.id == studio.actor.id).values(state="withdrawn")
            )
        recorder.record(2)
        recorder.upload_says("recorder.upload.withdrawn")
        assert takes_there(studio.store) == 1  # the room, from before
        page.locator("#delete").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert len(recorder.takes()) == 2  # one press deletes nothing
        page.locator("#delete").click()
        page.wait_for_url(f"{server.url}/**", wait_until="commit")
        page.wait_for_function("() => document.getElementById('upload') === null")
        assert recorder.takes() == []
