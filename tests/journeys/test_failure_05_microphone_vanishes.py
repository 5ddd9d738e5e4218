"""Failure 5: the microphone falls silent or is pulled out, and no event says so."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.rig.pulse import SoundServer
from tests.rig.recorder import RecorderPage
from tests.rig.server import web_server
from tests.rig.studio import Studio, open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]

Record = Callable[[str, object], None]
RATE_HZ = 48_000
TOLD_AFTER_S = 0.5
WATCH_TIMERS = """() => {
  let last = performance.now();
  window.late_ms = 0; // how much a busy machine held up a timer of 50 ms
  setInterval(() => {
    const now = performance.now();
    window.late_ms = Math.max(window.late_ms, now - last - 50);
    last = now;
  }, 50);
}"""


@contextmanager
def recording(folder: Path, sound: SoundServer) -> Iterator[tuple[Studio, RecorderPage]]:
    """A take that runs, from a microphone of our own sound server."""
    studio = open_studio(folder, rate_hz=RATE_HZ)
    with web_server(studio.data) as server, studio.heard(server.url, sound) as recorder:
        recorder.switch_on()
        recorder.begin()
        yield studio, recorder


def told_after_s(recorder: RecorderPage, fault: Callable[[], object], kind: str) -> float:
    """Let the fault happen and wait for an alarm; returns how long it took, on the page's own clock."""
    recorder.page.evaluate(WATCH_TIMERS)
    recorder.page.evaluate("window.rig.alarms.length = 0")
    began_ms = recorder.page.evaluate("Date.now()")
    fault()
    found = f"() => window.rig.alarms.find(({{ kind }}) => kind === '{kind}')"
    alarm = recorder.page.wait_for_function(found, timeout=60_000).json_value()
    late_ms = recorder.page.evaluate("window.late_ms")
    after_s = float((alarm["at_ms"] - began_ms) / 1000)
    assert after_s <= TOLD_AFTER_S + late_ms / 1000
    return after_s


def kept(studio: Studio, recorder: RecorderPage) -> tuple[str, dict[str, object]]:
    """Wait for the take that broke off; returns what its samples are, and its manifest."""
    recorder.nothing_waits()
    take = str(recorder.takes()[-1]["take"])
    local = recorder.local(take)
    assert np.array_equal(studio.master(take), local.codes)
    whole = np.trim_zeros(local.codes, "b")  # a device that is going delivers zeros
    found = studio.faults(whole)
    assert found.none, found
    return f"{found} of {whole.size:,} before it", local.manifest


def test_a_microphone_that_falls_asleep_is_told_and_the_take_is_kept(
    tmp_path: Path, sound: SoundServer, record_property: Record
) -> None:
    with recording(tmp_path, sound) as (studio, recorder):
        recorder.speak(4)
        after_s = told_after_s(recorder, lambda: sound.suspend(True), "stall")
        recorder.state("broken")
        sound.suspend(False)
        found, manifest = kept(studio, recorder)
        recorder.page.locator("#start").click()  # and there is a way on
        recorder.state("armed", timeout_s=60)

    record_property("measured", f"asleep: told after {after_s:.2f} s; {found}")
    capture = manifest["capture"]
    assert isinstance(capture, dict)
    assert capture["ended_by"] == "stall"


def test_a_microphone_that_is_pulled_out_is_told_and_the_take_is_kept(
    tmp_path: Path, sound: SoundServer, record_property: Record
) -> None:
    with recording(tmp_path, sound) as (studio, recorder):
        recorder.speak(2)
        sound.unplug()
        recorder.state("broken")
        assert recorder.page.locator("#start").is_visible()
        found, manifest = kept(studio, recorder)

    capture = manifest["capture"]
    assert isinstance(capture, dict)
    assert capture["ended_by"] in ("device", "stall")
    record_property("measured", f"pulled out: take ended and kept; {found}")


def test_a_short_sleep_of_the_microphone_is_a_gap_of_its_true_length(
    tmp_path: Path, sound: SoundServer, record_property: Record
) -> None:
    with recording(tmp_path, sound) as (studio, recorder):
        recorder.speak(4)
        sound.suspend(True)
        time.sleep(0.5)
        sound.suspend(False)
        recorder.speak(7)
        recorder.stop()
        recorder.nothing_waits()
        take = recorder.current_take()
        local = recorder.local(take)

    gaps = [marker for marker in local.manifest["markers"] if marker["kind"] == "gap"]  # type: ignore[attr-defined]
    missing_ms = studio.faults(local.codes).lost / RATE_HZ * 1000
    marked_ms = sum(gap["lost_ms"] for gap in gaps)
    record_property("measured", f"short sleep: {missing_ms:.0f} ms missing, marked as {marked_ms} ms")
    assert len(gaps) == 1
    assert marked_ms == pytest.approx(missing_ms, abs=50)
    assert np.array_equal(studio.master(take), local.codes)
