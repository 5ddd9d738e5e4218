"""Failure 16: the machine sleeps in mid-take, or its wall clock is set: a gap is marked, a step is none."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.rig.loops import lateness
from tests.rig.server import web_server
from tests.rig.sitting import Sitting
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]

TOLERANCE_MS = 100
Record = Callable[[str, object], None]


def slept(folder: Path, seconds: float, record_property: Record) -> None:
    """Stop the whole browser for so long in a take, and look for the gap."""
    studio = open_studio(folder)
    with web_server(studio.data) as server, studio.group(server.url) as (recorder, group):
        recorder.switch_on()
        recorder.begin()
        recorder.speak(4)
        take = str(recorder.takes()[-1]["take"])
        with lateness() as late_ms:
            group.send(signal.SIGSTOP)
            began_s = time.monotonic()
            time.sleep(seconds)
            asleep_ms = (time.monotonic() - began_s) * 1000
            group.send(signal.SIGCONT)
            recorder.state("broken")  # one take, one clock: it ended, and is kept
        recorder.nothing_waits()
        local = recorder.local(take)

    markers = local.manifest["markers"]
    assert isinstance(markers, list)
    gaps = [marker for marker in markers if marker["kind"] == "gap"]
    assert [gap["at_sample"] for gap in gaps] == [gaps[0]["at_sample"]], gaps
    found = studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(studio.master(take), local.codes)
    off_ms = sum(gap["lost_ms"] for gap in gaps) - asleep_ms
    record_property("measured", f"{seconds:g} s asleep: gap {off_ms:+.0f} ms off; before it {found}")
    assert abs(off_ms) <= TOLERANCE_MS + 2 * max(late_ms)  # going to sleep and waking were as late


def test_a_sleep_in_mid_take_is_a_marked_gap(tmp_path: Path, record_property: Record) -> None:
    slept(tmp_path, 5, record_property)


@pytest.mark.slow
def test_a_sleep_of_half_a_minute_is_a_marked_gap(tmp_path: Path, record_property: Record) -> None:
    slept(tmp_path, 30, record_property)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_wall_clock_that_is_set_in_mid_take_raises_no_alarm(
    sitting: Sitting, hours: int, record_property: Record
) -> None:
    recorder = sitting.recorder
    recorder.begin()
    recorder.speak(3)
    recorder.page.evaluate("window.rig.alarms.length = 0")
    recorder.take_worker.evaluate(
        "ms => { const now = Date.now; Date.now = () => now() + ms; }", hours * 3_600_000
    )
    recorder.speak(7)
    alarms = recorder.page.evaluate("window.rig.alarms.map(({ kind }) => kind)")
    recorder.stop()
    _, local, master = sitting.arrived()

    markers, events = local.manifest["markers"], local.manifest["events"]
    assert isinstance(markers, list)
    assert isinstance(events, list)
    assert "gap" not in {marker["kind"] for marker in markers}
    assert "clock" not in {event["kind"] for event in events}
    assert "clock" not in alarms
    found = sitting.studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(master, local.codes)
    record_property("measured", f"wall clock {hours:+d} h: no alarm, {found}")
