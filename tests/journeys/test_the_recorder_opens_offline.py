"""The recorder opens again while the server is away, for the one who opened it and for nobody else."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from recorder_web.server import listening_socket
from speechcorpus.workflows.people import create_contributor
from speechcorpus.workflows.sign_in import invite_contributor
from tests.rig.server import Server, web_server
from tests.rig.shell import CONTROLLED, kept, until, until_kept
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]


def is_gone(server: Server) -> int:
    """SIGKILL, and nobody listens at its port any more; returns the port."""
    port = server.address[1]
    server.kill()
    server.listening.close()
    return port


def is_back(server: Server, port: int) -> None:
    """The server at its old port."""
    server.listening = listening_socket("127.0.0.1", port)
    server.start()


def test_reloaded_without_the_server_it_records_and_sends_when_the_server_is_back(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        page = recorder.page
        until(page, CONTROLLED)
        until_kept(page, f"/record/{studio.claim}")
        port = is_gone(server)
        page.reload()
        recorder.state("checking")
        recorder.switch_on()
        recorder.record(6)
        take = recorder.current_take()
        recorder.upload_says("recorder.upload.offline")
        is_back(server, port)
        recorder.network_is_back()
        recorder.all_safe(2, timeout_s=60)
        local = recorder.local(take)
        page.locator('form[action="/sign-out"] button').click()
        page.wait_for_url(f"{server.url}/")
        assert kept(page) == []
    assert studio.is_unbroken(local.codes)
    assert np.array_equal(studio.master(take), local.codes)


def test_other_pages_say_what_is_safe_and_lead_back_to_the_recorder(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        page, url = recorder.page, server.url
        until(page, CONTROLLED)
        until_kept(page, "/offline")
        page.goto(f"{url}/record")
        page.wait_for_url(f"{url}/record/{studio.claim}")
        is_gone(server)
        page.goto(f"{url}/home")
        expect(page.locator("h1")).to_have_text("連不上伺服器")
        page.locator('main a[href="/record"]').click()
        page.wait_for_url(f"{url}/record/{studio.claim}")
        recorder.state("checking")


def test_whoever_signs_out_leaves_no_page_behind_even_if_the_server_does_not_hear_it(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        page, url = recorder.page, server.url
        until(page, CONTROLLED)
        until_kept(page, f"/record/{studio.claim}")
        port = is_gone(server)
        with page.expect_event("requestfailed"):
            page.locator('form[action="/sign-out"] button').click()
        is_back(server, port)
        page.goto(f"{url}/healthz")
        assert kept(page) == []


def test_another_person_at_the_same_device_finds_nothing_of_the_first(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    now = datetime.now(UTC)
    other = create_contributor(studio.store, locale="zh-Hant", variety="nan-TW", now=now)
    token = invite_contributor(studio.store, other, now=now)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        page, url = recorder.page, server.url
        until(page, CONTROLLED)
        until_kept(page, f"/record/{studio.claim}")
        page.goto(f"{url}/join#{token}")
        page.locator("#join").click()
        page.wait_for_url(f"{url}/home")
        assert kept(page) == []
        assert page.goto(f"{url}/record/{studio.claim}").status == 404
        is_gone(server)
        with pytest.raises(Exception, match=r"ERR_FAILED|ERR_CONNECTION_REFUSED"):
            page.goto(f"{url}/record/{studio.claim}")
