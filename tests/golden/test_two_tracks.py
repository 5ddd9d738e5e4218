"""Two gated tracks with known turns, overlap, leaks and clocks: what is measured is what was made."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.talks import RATE_HZ, Talk, made_talk
from speechcorpus.qc.two_tracks import two_tracks
from speechcorpus.record.alignment import Alignment
from speechcorpus.record.exchanges import Link
from speechcorpus.record.track_clock import Timeline

BLOCK = 5 * RATE_HZ


def blocks(samples, size=BLOCK):
    codes = np.rint(samples * 32767).astype(np.int16)
    return [codes[at : at + size] for at in range(0, codes.size, size)]


def line(made, rate_hz=RATE_HZ):
    return Timeline(rate_hz=rate_hz, frames=made.first.size * rate_hz // RATE_HZ)


def by_walls(made):
    """What clocks say that agree by luck, and know nothing of a drift."""
    return Alignment(
        offset_s=0.0,
        drift_ppm=0.0,
        uncertainty_ms=1000.0,
        method="wall",
        drift_known=False,
        first=line(made),
        second=line(made),
    )


def by_exchanges(made):
    """What clocks say that asked each other for a quarter of an hour; a microphone may yet be late."""
    link = Link(at_us=0.0, ahead_us=0.0, slope=0.0, spread_us=100.0, rtt_us=2000.0, windows=15, exchanges=900)
    return replace(by_walls(made), uncertainty_ms=1.4, method="exchanges", drift_known=True, link=link)


OTHERS = [pytest.param(*each, marks=pytest.mark.slow) for each in ((-15.0, 0.1), (-30.0, 0.3))]


@pytest.mark.parametrize(("bleed_db", "overlap"), [(-15.0, 0.3), (-30.0, 0.1), *OTHERS])
def test_offset_drift_overlap_share_and_leaks_of_two_tracks(bleed_db, overlap):
    talk = Talk(bleed_db=bleed_db, overlap=overlap, late_s=0.03, drift_ppm=40)
    made = made_talk(talk)
    found = two_tracks(blocks(made.first), blocks(made.second), by_walls(made))
    placed, figures = found.settled.alignment, found.figures
    for at_s in (0.0, 30.0, 60.0):
        truth = at_s * (1 + 1e-6 * talk.drift_ppm) + talk.late_s
        assert float(placed.later_s(at_s)) == pytest.approx(truth, abs=0.002)
    assert placed.method == "sound"
    assert found.settled.left_ms < 2
    for measured in (figures.first_bleed_db, figures.second_bleed_db):
        assert measured == pytest.approx(bleed_db, abs=1)
    assert figures.overlap_pct == pytest.approx(made.overlap_pct, abs=2)
    assert figures.share_pct == pytest.approx(made.share_pct, abs=2)


@pytest.mark.parametrize(
    ("talk", "method"),
    [
        (Talk(bleed_db=-20, late_s=0.06, way_s=0.005), "sound"),
        (Talk(bleed_db=-20, late_s=-0.1, one_way=True), "sound"),
        (Talk(bleed_db=-15, way_s=0.15), "exchanges"),
        (Talk(bleed_db=-15, way_s=0.15, one_way=True), "exchanges"),
        (Talk(), "exchanges"),
    ],
    ids=["late-microphone", "heard-before-it-was-said", "both-headphones", "one-headphone", "nothing-shared"],
)
def test_a_leak_through_the_air_mends_the_clocks_and_one_through_the_call_does_not(talk, method):
    made = made_talk(replace(talk, duration_s=40))
    found = two_tracks(blocks(made.first), blocks(made.second), by_exchanges(made))
    placed, figures = found.settled.alignment, found.figures
    assert (placed.method, found.settled.left_ms < 5) == (method, True)
    assert -placed.offset_s == pytest.approx(talk.late_s, abs=0.005)
    assert figures.second_bleed_db == pytest.approx(max(talk.bleed_db, -51), abs=1)
    assert figures.overlap_pct == pytest.approx(
        made.overlap_pct, abs=2
    )  # a leak that comes late is no speech
    assert figures.share_pct == pytest.approx(made.share_pct, abs=2)


def test_how_far_a_microphone_is_turned_up_is_not_how_much_leaks_into_it():
    made = made_talk(Talk(bleed_db=-20, second_gain_db=-14, duration_s=40))
    figures = two_tracks(blocks(made.first), blocks(made.second), by_exchanges(made)).figures
    assert figures.first_bleed_db == pytest.approx(-20, abs=1)
    assert figures.second_bleed_db == pytest.approx(-20, abs=1)


def test_how_blocks_are_read_changes_nothing_and_rates_may_differ():
    made = made_talk(Talk(bleed_db=-15, late_s=0.03, drift_ppm=40, duration_s=40))
    clocks = by_walls(made)
    whole = two_tracks(blocks(made.first), blocks(made.second), clocks)
    assert two_tracks(blocks(made.first, 33_333), blocks(made.second, 7_001), clocks) == whole
    slower = made.second.reshape(-1, 2).mean(axis=1)  # the same at 8 kHz
    other = two_tracks(blocks(made.first), blocks(slower), replace(clocks, second=line(made, 8000)))
    assert other.settled.alignment.offset_s == pytest.approx(whole.settled.alignment.offset_s, abs=0.0005)
    assert other.figures.overlap_pct == pytest.approx(whole.figures.overlap_pct, abs=2)


def test_a_track_that_began_long_before_the_other_is_not_held_in_memory():
    made = made_talk(Talk(bleed_db=-15, late_s=0.03, duration_s=40))
    silence = [np.zeros(BLOCK, dtype=np.int16)] * 60  # five minutes
    here = by_walls(made)
    before = replace(here, offset_s=300.0, first=replace(here.first, frames=here.first.frames + 60 * BLOCK))
    tracemalloc.start()
    found = two_tracks([*silence, *blocks(made.first)], blocks(made.second), before)
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.settled.alignment.offset_s == pytest.approx(300 - 0.03, abs=0.002)
    assert found.figures.overlap_pct == pytest.approx(made.overlap_pct, abs=2)
    assert highest < 20e6  # as float64 the five minutes alone are 38 MB


def test_tracks_that_never_run_together_have_no_figures():
    made = made_talk(Talk(duration_s=6))
    apart = replace(by_exchanges(made), offset_s=60.0)
    figures = two_tracks(blocks(made.first), blocks(made.second), apart).figures
    assert (figures.overlap_pct, figures.share_pct, figures.turn_s, figures.bleed_db) == (None,) * 4
