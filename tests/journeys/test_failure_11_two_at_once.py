"""Failure 11: a second tab, or a second device, records for the same person: the first one is left alone."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]


def test_a_second_tab_and_a_second_device_are_refused_politely(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    studio = open_studio(tmp_path)
    with ExitStack() as room:
        server = room.enter_context(web_server(studio.data))
        first = room.enter_context(studio.recorder(server.url))
        first.switch_on()
        first.nothing_waits()
        first.begin()

        tab = first.page.context.new_page()
        tab.goto(f"{server.url}/record/{studio.claim}")
        tab.locator('#blocked[data-reason="other-tab"]').wait_for()
        tab.close()

        second = room.enter_context(studio.recorder(server.url, tmp_path / "other device"))
        second.switch_on()  # it records, and keeps what it has
        second.upload_says("recorder.upload.other-open")
        second.page.locator("#upload button").click()  # "continue here"
        second.nothing_waits()

        first.speak(4)
        first.stop()
        first.network_is_back()
        first.nothing_waits()
        take = first.current_take()
        local = first.local(take)
        room_of_second = second.takes()[0]

    found = studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(studio.master(take), local.codes)
    assert studio.is_unbroken(studio.master(str(room_of_second["take"])))
    record_property("measured", f"both refused with a way on; first: {found} of {local.codes.size:,}")
