"""Failure 2: the server is slow, stopped, or killed again and again: recording does not notice."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from speechcorpus.store.models import Sitting as SittingRow
from tests.rig.noise import RATE_HZ
from tests.rig.server import free_port, serving
from tests.rig.sitting import Sitting
from tests.rig.studio import open_studio

pytestmark = pytest.mark.journey

Record = Callable[[str, object], None]


def kills_in_one_take(sitting: Sitting, kills: int, record_property: Record) -> None:
    """Kill the server in mid-take, that often, each time some seconds after it is back."""
    recorder, server = sitting.recorder, sitting.server
    recorder.begin()
    for kill in range(kills):
        recorder.speak(4.7 * kill + 2.5)  # while chunks are under way, after them, and between
        server.kill()
        server.start()
    recorder.stop()
    recorder.network_is_back()
    _, local, master = sitting.arrived()
    found = sitting.studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(master, local.codes)
    record_property("measured", f"{kills} SIGKILL: {found} of {local.codes.size:,}, server copy identical")


def away_in_one_take(sitting: Sitting, seconds: float, record_property: Record) -> None:
    """Stop the server in a take and let it come back so much later."""
    recorder, server = sitting.recorder, sitting.server
    recorder.begin()
    server.kill()
    recorder.speak(seconds)
    recorder.stop()
    server.start()
    recorder.network_is_back()
    _, local, master = sitting.arrived(timeout_s=120)
    found = sitting.studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(master, local.codes)
    record_property("measured", f"away {seconds:g} s: {found} of {local.codes.size:,}, server copy identical")


def test_a_server_killed_again_and_again_in_one_take_changes_nothing(
    sitting: Sitting, record_property: Record
) -> None:
    kills_in_one_take(sitting, 3, record_property)


@pytest.mark.slow
def test_a_server_killed_twenty_times_in_one_take_changes_nothing(
    sitting: Sitting, record_property: Record
) -> None:
    kills_in_one_take(sitting, 20, record_property)


@pytest.mark.slow
def test_a_server_away_for_a_minute_changes_nothing(sitting: Sitting, record_property: Record) -> None:
    away_in_one_take(sitting, 60, record_property)


def test_a_whole_sitting_without_the_server_arrives_byte_for_byte_when_it_is_back(
    tmp_path: Path, record_property: Record
) -> None:
    studio = open_studio(tmp_path)
    port = free_port()
    with ExitStack() as room:
        with serving(studio.data, port=port, workers=0) as address:
            recorder = room.enter_context(studio.recorder(address))
            recorder.state("checking")
        recorder.switch_on()
        recorder.begin()
        recorder.speak(7)  # with the room, longer than the 5 s that the server grants beyond what it saw
        recorder.stop()
        take = recorder.current_take()
        recorder.upload_says("recorder.upload.offline")
        with serving(studio.data, port=port, workers=0):
            recorder.network_is_back()
            recorder.all_safe(2, timeout_s=60)
            local = recorder.local(take)

    with studio.store.catalogue.read() as session:
        assert session.scalars(select(SittingRow.started_offline)).all() == [True]
    found = studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(studio.master(take), local.codes)
    seconds = local.codes.size / RATE_HZ
    record_property("measured", f"server off for the whole sitting: {found} in {seconds:.1f} s, identical")
