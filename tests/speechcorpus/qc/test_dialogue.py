"""Two gated voices that leak into each other, overlap, and do not keep the same time."""

import numpy as np
import pytest

from benchmarks.signals import white
from benchmarks.talks import RATE_HZ, TURN_S, Talk, made_talk
from speechcorpus.dsp.voice import voice_activity
from speechcorpus.qc.dialogue import Side, aligned, dialogue, longest_turn_s, most_one_sided_pct
from speechcorpus.qc.sync import SyncFinder

DURATION_S = 60


def made(*, bleed_db: float, overlap: float, offset_s: float, drift_ppm: float, seed: int):
    talk = Talk(bleed_db=bleed_db, overlap=overlap, late_s=offset_s, drift_ppm=drift_ppm, seed=seed)
    found = made_talk(talk)
    return found.first, found.second, found.speaks


def side(samples: np.ndarray) -> Side:
    z = np.square(samples).reshape(-1, 320).mean(axis=1)
    return Side(z=z, speech=voice_activity(samples, RATE_HZ))


def sync_of(first, second, block_s: float = 5.0):
    finder, block = SyncFinder(RATE_HZ), round(block_s * RATE_HZ)
    for start in range(0, first.size, block):
        finder.push(first[start : start + block], second[start : start + block])
    return finder.finish()


@pytest.mark.parametrize(
    ("bleed_db", "overlap", "offset_s", "drift_ppm"),
    [(-15, 0.1, 0.03, 40), (-15, 0.3, -0.03, -40), (-30, 0.3, 0.03, 40), (-30, 0.1, 0.0, 0)],
)
def test_overlap_share_bleed_and_time_of_two_tracks_are_measured(bleed_db, overlap, offset_s, drift_ppm):
    first, second, (a, b) = made(
        bleed_db=bleed_db, overlap=overlap, offset_s=offset_s, drift_ppm=drift_ppm, seed=1
    )
    sync = sync_of(first, second)
    assert sync is not None
    assert 1000 * sync.offset_s == pytest.approx(1000 * offset_s, abs=0.5)
    assert sync.drift_ppm == pytest.approx(drift_ppm, abs=10)
    found = dialogue(side(first), side(second), sync)
    assert found.bleed_db == pytest.approx(bleed_db, abs=2)
    assert found.overlap_pct == pytest.approx(100 * (a & b).sum() / (a | b).sum(), abs=2)
    assert found.share_pct == pytest.approx(100 * a.sum() / (a.sum() + b.sum()), abs=2)
    assert found.turn_s == pytest.approx(TURN_S * (1 + overlap), abs=0.3)
    drifted_ms = abs(offset_s + drift_ppm * 1e-6 * DURATION_S) * 1000
    assert found.sync_offset_ms == pytest.approx(drifted_ms, abs=2)
    assert found.drift_ppm == sync.drift_ppm


def test_how_samples_arrive_does_not_move_the_offset():
    first, second, _ = made(bleed_db=-15, overlap=0.1, offset_s=0.03, drift_ppm=40, seed=2)
    assert sync_of(first, second, block_s=1.37).offset_s == pytest.approx(sync_of(first, second).offset_s)


def test_tracks_that_share_no_sound_say_nothing_about_their_time():
    one, two = (white(level_dbfs=-40, duration_s=30, rate_hz=RATE_HZ, seed=seed) for seed in (1, 2))
    assert sync_of(one, two) is None
    first, second, _ = made(bleed_db=-200, overlap=0.1, offset_s=0.0, drift_ppm=0, seed=3)
    assert sync_of(first, second) is None
    found = dialogue(side(first), side(second), None)
    assert (found.sync_offset_ms, found.drift_ppm) == (None, None)
    assert found.bleed_db < -35  # the room's noise, and less


def test_silence_on_both_sides_has_no_shares():
    silent = Side(z=np.zeros(100), speech=np.zeros(100, dtype=bool))
    found = dialogue(silent, silent, None)
    assert (found.overlap_pct, found.share_pct, found.turn_s, found.bleed_db) == (None, None, None, None)


def test_the_share_is_that_of_the_most_one_sided_ten_minutes():
    hops = np.arange(30 * 60 * 50)
    minutes = hops // 3000
    first = (minutes % 2 == 0) | ((minutes >= 10) & (minutes < 20))
    assert most_one_sided_pct(first, ~first) == pytest.approx(100)
    assert most_one_sided_pct(hops % 100 < 50, hops % 100 >= 50) == pytest.approx(50)


def test_a_turn_goes_on_over_short_replies_and_ends_with_a_long_one_or_a_long_pause():
    own, other = np.zeros(3000, dtype=bool), np.zeros(3000, dtype=bool)
    own[:1000] = own[1050:2000] = True
    assert longest_turn_s(own, other) == 40.0
    other[1005:1045] = True
    assert longest_turn_s(own, other) == 40.0
    own[1000:1050], other[1000:1050] = False, True
    assert longest_turn_s(own, other) == 20.0
    other[:] = False
    own[1000:1151] = False
    assert longest_turn_s(own, other) == 20.0


def test_tracks_are_cut_to_what_both_heard():
    long, short = (Side(z=np.arange(n, dtype=float), speech=np.zeros(n, dtype=bool)) for n in (100, 80))
    one, two = aligned(long, short, 0.1)
    assert (one.z[0], two.z[0], one.z.size, two.z.size) == (0, 5, 75, 75)
    one, two = aligned(long, short, -0.1)
    assert (one.z[0], two.z[0], one.z.size) == (5, 0, 80)
