"""Failure 6: somebody closes the tab as if all were done, with sound that only this device holds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Dialog, Page

from tests.rig.recorder import RecorderPage
from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]


def close(page: Page, *, really: bool) -> list[str]:
    """Close the tab as a person does; answer the browser's question, and return what it asked."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept() if really else dialog.dismiss()

    beside = next(other for other in page.context.pages if other is not page)
    page.on("dialog", answer)
    page.close(run_before_unload=True)
    for _ in range(100):
        if asked or page.is_closed():
            break
        beside.wait_for_timeout(50)
    page.remove_listener("dialog", answer)
    return asked


def test_closing_with_unsent_sound_asks_first_and_the_next_visit_sends_it(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        first = recorder.page
        first.context.new_page()  # or the browser would end with its last tab
        first.bring_to_front()
        recorder.switch_on()
        recorder.nothing_waits()
        server.kill()
        recorder.record(2)
        take = recorder.current_take()
        local = recorder.local(take)
        assert close(first, really=False) == ["beforeunload"]
        assert not first.is_closed()
        assert close(first, really=True) == ["beforeunload"]

        server.start()
        again = RecorderPage(page=first.context.new_page(), contributor=recorder.contributor)
        again.page.goto(f"{server.url}/record/{studio.claim}")
        again.state("checking")
        again.page.locator('#upload[data-waiting="0"]').wait_for(timeout=60_000)
        again.page.wait_for_function("() => document.querySelector('#upload').dataset.safe >= 2")

    found = studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(studio.master(take), local.codes)
    record_property("measured", f"asked; at the next visit {found} of {local.codes.size:,}, identical")
