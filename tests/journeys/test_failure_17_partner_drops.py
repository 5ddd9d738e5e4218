"""Failure 17: the partner drops and comes back; a call is for hearing only, so both tracks are whole."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speechcorpus.record.alignment import Alignment, align
from speechcorpus.record.track_clock import track_clock
from tests.rig.duo import RATE_HZ, Duo, duo, newest
from tests.rig.noise import Codes

pytestmark = pytest.mark.journey

APART_AT_MOST_MS = 1.0
LOST_AT_MOST_MS = 100
Record = Callable[[str, object], None]


def whole_and_aligned(both: Duo, *takes: str, seconds: float = 0) -> tuple[Alignment, float]:
    """Two takes are whole, the newest unless named; returns how they lie, and by how many ms wrongly."""
    (first, one), (second, other) = both.arrived(*takes, seconds=seconds)
    for codes in (first, second):
        found = both.faults(codes)
        assert found.none, found
    assert one.clock["talk"] == other.clock["talk"]
    assert one.clock["call"] == other.clock["call"]
    found = align(track_clock(one), track_clock(other))
    assert found is not None
    assert found.method == "exchanges"
    off_ms = 1000 * abs(found.offset_s - both.later_s(first, second))
    # Few windows on a machine that does much else: the alignment itself says how far it may be off.
    assert off_ms <= (APART_AT_MOST_MS if seconds else max(APART_AT_MOST_MS, found.uncertainty_ms))
    return found, off_ms


def cut_for(both: Duo, seconds: float) -> None:
    """The connection breaks and no server can be reached; then both find each other again."""
    for side in both.sides:
        side.offline(True)
    both.sides[0].cut()
    for side in both.sides:
        side.call("lost")
    both.sides[0].page.wait_for_timeout(seconds * 1000)
    for side in both.sides:
        side.offline(False)
        side.recorder.network_is_back()
    for side in both.sides:
        side.call("talking")


def test_a_call_cut_in_mid_take_leaves_both_tracks_whole(tmp_path: Path, record_property: Record) -> None:
    with duo(tmp_path) as both:
        both.connect()
        both.begin()
        for side in both.sides:
            side.recorder.speak(5)
        cut_for(both, 5)
        both.sides[0].page.wait_for_timeout(8_000)  # more exchanges: a busy machine answers late
        both.stop(1)  # the talk is one again: either stops it for both
        _, off_ms = whole_and_aligned(both)
    record_property("measured", f"call cut for 5 s: 0 faults on both tracks, aligned to {off_ms:.2f} ms")


@pytest.mark.extended
def test_a_browser_that_is_killed_comes_back_into_the_call(tmp_path: Path, record_property: Record) -> None:
    with duo(tmp_path) as both:
        both.connect()
        both.begin()
        ann, bob = both.sides
        bob.recorder.speak(12)
        delivered = int(bob.page.evaluate("window.rig.delivered()"))
        bob.group.kill()
        ann.call("lost")
        ann.recorder.speak(22)
        ann.page.keyboard.press("Space")
        ann.recorder.state("armed")
        with both.browser(1) as again:
            both.sides = [ann, again]
            again.page.locator("#recovery").wait_for()
            again.page.locator("#keep").click()
            lost_ms = _lost_ms(both, delivered)
            again.switch_on()
            again.page.locator("#call-join").click()  # one tap
            for side in both.sides:
                side.call("talking")
                side.test_headphones()
            _, off_ms = whole_and_aligned(both, newest(ann), _kept(both))
            both.begin(1)
            again.recorder.speak(11)
            both.stop()
            _, then_ms = whole_and_aligned(both)
    said = f"browser killed: {lost_ms:.0f} ms of its track lost, 0 faults, aligned to {off_ms:.2f} ms"
    record_property("measured", f"{said}; after it came back {then_ms:.2f} ms")


@pytest.mark.slow
def test_ten_minutes_with_a_call_cut_for_half_a_minute(tmp_path: Path, record_property: Record) -> None:
    with duo(tmp_path, source_s=90) as both:
        both.connect()
        both.begin()
        for side in both.sides:
            side.recorder.speak(240)
        cut_for(both, 30)
        for side in both.sides:
            side.recorder.speak(600)
        both.stop()
        found, off_ms = whole_and_aligned(both, seconds=600)
    drift = "" if not found.drift_known else f", drift {found.drift_ppm:.1f} ppm"
    record_property("measured", f"10 min, cut for 30 s: 0 faults on both, aligned to {off_ms:.3f} ms{drift}")


def _lost_ms(both: Duo, delivered: int) -> float:
    """What the killed browser kept is one run of the room's sound; returns how much of it is missing."""
    side = both.sides[1]
    side.recorder.nothing_waits()
    take = _kept(both)
    (record,) = [each for each in side.recorder.takes() if each["take"] == take]
    local: Codes = side.recorder.local(take).codes
    assert both.faults(local).none
    assert np.array_equal(both.master(side, take), local)
    kept = int(str(record["first_sitting_sample"])) + local.size
    lost_ms = max(0, delivered - kept) / RATE_HZ * 1000
    assert lost_ms <= LOST_AT_MOST_MS
    return lost_ms


def _kept(both: Duo) -> str:
    """The take that the browser which was killed had begun."""
    mine = [take for take in both.sides[1].recorder.takes() if take["track"] == "main"]
    return str(mine[0]["take"])
