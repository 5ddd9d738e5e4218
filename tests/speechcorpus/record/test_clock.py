from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.record.clock import Window, arrivals, fit_clock, windows_of

RATE_HZ = 48_000
PACKET = 480


def windows(*, seconds=120, ppm=0.0, jitter_ms=3.0, seed=0, lost_ms=(), started_us=0, claimed_hz=RATE_HZ):
    """What a browser keeps of packets that arrive late by chance: the 5th percentile of each ten seconds.

    `lost_ms` is (second, how much): sound that never came, so that all later packets carry earlier counts.
    """
    samples = np.arange(0, seconds * claimed_hz, PACKET)
    arrival_ms = samples / claimed_hz * 1000 * (1 + ppm / 1e6)
    for at_s, lost in lost_ms:
        arrival_ms = arrival_ms + lost * (samples / claimed_hz >= at_s)
    arrival_ms = arrival_ms + np.random.default_rng(seed).exponential(jitter_ms, samples.size)
    late_us = 1000 * (arrival_ms - samples / claimed_hz * 1000) + started_us
    found, first = [], 0
    for at in range(samples.size):
        if arrival_ms[at] - arrival_ms[first] >= 10_000 or at == samples.size - 1:
            edge = round(float(np.percentile(late_us[first : at + 1], 5)))
            found.append(Window(sample=int(samples[first]), count=at + 1 - first, p5_us=edge))
            first = at + 1
    return found


@settings(max_examples=30)
@given(ppm=st.floats(-500, 500), jitter_ms=st.floats(0, 8), seed=st.integers(0, 1000))
def test_the_rate_of_a_crystal_is_found_through_packets_that_come_late(ppm, jitter_ms, seed):
    fit = fit_clock(windows(ppm=ppm, jitter_ms=jitter_ms, seed=seed), rate_hz=RATE_HZ)
    assert fit.ppm == pytest.approx(ppm, abs=4)
    assert fit.rate_hz(RATE_HZ) == pytest.approx(RATE_HZ / (1 + ppm / 1e6), abs=0.2)


@settings(max_examples=30)
@given(
    at_s=st.integers(5, 175),
    lost=st.floats(20, 5000),
    ppm=st.floats(-300, 300),
    seed=st.integers(0, 1000),
)
def test_sound_that_was_lost_is_a_step_and_no_slope(at_s, lost, ppm, seed):
    found = windows(seconds=180, ppm=ppm, seed=seed, lost_ms=[(at_s, lost)])
    fit = fit_clock(found, rate_hz=RATE_HZ, gaps=[at_s * RATE_HZ])
    assert fit.ppm == pytest.approx(ppm, abs=6)


@settings(max_examples=20)
@given(started_us=st.integers(0, 2 * 10**15), ppm=st.floats(-200, 200))
def test_when_the_machine_was_switched_on_changes_the_offset_only(started_us, ppm):
    here, there = windows(ppm=ppm), windows(ppm=ppm, started_us=started_us)
    one, other = fit_clock(here, rate_hz=RATE_HZ), fit_clock(there, rate_hz=RATE_HZ)
    assert other.ppm == pytest.approx(one.ppm, abs=0.5)
    assert other.offset_us - one.offset_us == pytest.approx(started_us, abs=40)


@settings(max_examples=20)
@given(st.permutations(range(12)))
def test_windows_out_of_order_tell_nothing(order):
    found = windows(jitter_ms=0)
    fit = fit_clock([found[at] for at in order], rate_hz=RATE_HZ)
    assert (fit.ppm is None) == (list(order) != sorted(order))


@pytest.mark.parametrize(
    ("ppm", "says"),
    [
        (0, "agrees"),
        (150, "agrees"),
        (-150, "agrees"),
        (400, "differs"),
        (-15_000, "differs"),
        (25_000, "held"),
    ],
)
def test_a_crystal_agrees_a_bad_one_is_shown_and_another_rate_is_held(ppm, says):
    assert fit_clock(windows(ppm=ppm), rate_hz=RATE_HZ).says == says


def test_44100_delivered_as_48000_is_another_rate():
    fit = fit_clock(windows(ppm=1e6 * (48_000 / 44_100 - 1)), rate_hz=48_000)
    assert fit.rate_hz(48_000) == pytest.approx(44_100, abs=10)
    assert fit.says == "held"


@pytest.mark.parametrize("ppm", [-1_000_000, -3_000_000])
def test_a_clock_that_stands_or_runs_back_is_held_and_breaks_nothing(ppm):
    found = [Window(sample=480_000 * n, count=1000, p5_us=10 * ppm * n) for n in range(8)]
    fit = fit_clock(found, rate_hz=RATE_HZ)
    assert (fit.ppm, fit.rate_hz(RATE_HZ), fit.says) == (ppm, 0.0, "held")


def test_where_the_line_lies_is_told_by_the_packet_that_was_late_the_least():
    busy = [
        Window(sample=480_000 * n, count=1000, p5_us=1300, lowest=(480_000 * n + 96, 20)) for n in range(7)
    ]
    found = arrivals(busy, fit_clock(busy, rate_hz=RATE_HZ), rate_hz=RATE_HZ)
    assert (found.at_us(0), found.at_us(48_000)) == (20, 1_000_020)
    few = [replace(window, lowest=(window.sample, 20 + 400 * (n > 0))) for n, window in enumerate(busy[:3])]
    assert arrivals(few, fit_clock(few, rate_hz=RATE_HZ), rate_hz=RATE_HZ).at_us(0) == 20
    unsaid = [replace(window, lowest=None) for window in busy]
    assert arrivals(unsaid, fit_clock(unsaid, rate_hz=RATE_HZ), rate_hz=RATE_HZ).at_us(0) == 1300


def test_under_a_minute_nobody_can_tell_and_the_slope_is_nought():
    fit = fit_clock(windows(seconds=50, ppm=90_000), rate_hz=RATE_HZ)
    assert (fit.ppm, fit.slope, fit.says) == (None, 0, "agrees")
    assert fit_clock([], rate_hz=RATE_HZ).windows == 0


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["windows", "sample", "count", "p5_us", "x"]), inner, max_size=4
            )
        ),
        max_leaves=20,
    )
)
def test_evidence_in_any_shape_is_read_or_passed_over(anything):
    found = windows_of({"windows": anything})
    assert fit_clock(found, rate_hz=RATE_HZ).windows <= len(found)
