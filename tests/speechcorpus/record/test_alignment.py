"""Two tracks on one clock: laid side by side by exchanges, through jitter, loss, reloads, breaks and gaps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.two_clocks import FAR, ONE_HOST, RATE_HZ, Conditions, made_talk
from speechcorpus.record.alignment import Alignment, align
from speechcorpus.record.exchanges import Exchange, epochs, exchanges_of, link_of
from speechcorpus.record.track_clock import Timeline

QUICK = {"packet_s": 0.1}  # as many packets as a test needs


def errors_ms(one, other, found):
    """How far the alignment is off, wherever both takes run."""
    samples = np.linspace(0, one.frames, 1500)
    truth = other.places(one.spoken_s(samples))
    both = (truth >= 0) & (truth <= other.frames)
    assert both.any()
    return 1000 * (found.to_other(samples) - truth)[both] / RATE_HZ


def worst_ms(conditions, seed=1):
    one, others = made_talk(replace(conditions, **QUICK), seed=seed)
    found = [(other, align(one.tells(), other.tells())) for other in others]
    assert all(each is not None and each.method == "exchanges" for _, each in found)
    return max(float(np.abs(errors_ms(one, other, each)).max()) for other, each in found)


@pytest.mark.parametrize(
    "conditions",
    [
        replace(FAR, way_ms=(35.0, 10.0)),
        replace(FAR, crystal_ppm=-50.0, clock_ppm=80.0, loss=0.5),
        replace(FAR, reloaded_at_s=1800.0),
        replace(FAR, reloaded_at_s=1500.0, names_pages=False, asked_by="first"),
        replace(FAR, broken_at_s=2900.0, way_ms=(25.0, 10.0), gap=(700.0, 0.8), asked_by="second"),
    ],
    ids=["uneven", "fast", "reloaded", "unnamed", "broken-and-gap"],
)
def test_over_an_hour_of_drift_jitter_and_loss_no_sample_is_20_ms_off(conditions):
    assert worst_ms(conditions) <= 20


def test_on_one_host_no_sample_is_a_millisecond_off():
    assert worst_ms(replace(ONE_HOST, duration_s=600.0)) <= 1
    assert worst_ms(replace(ONE_HOST, duration_s=30.0)) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_the_bar_of_an_hour_holds_whatever_chance_brings(seed):
    rng = np.random.default_rng(seed)
    conditions = replace(
        FAR,
        crystal_ppm=float(rng.uniform(-100, 100)),
        clock_ppm=float(rng.uniform(-100, 100)),
        way_ms=(float(rng.uniform(5, 35)), float(rng.uniform(5, 35))),
        loss=float(rng.uniform(0, 0.6)),
        reloaded_at_s=float(rng.uniform(400, 3200)) if seed % 2 else None,
        names_pages=bool(seed % 3),
        gap=(float(rng.uniform(100, 3500)), 0.5) if seed % 4 == 0 else None,
    )
    assert worst_ms(conditions, seed) <= 20


@settings(max_examples=12)
@given(
    crystal_ppm=st.floats(-100, 100),
    clock_ppm=st.floats(-100, 100),
    way_ms=st.tuples(st.floats(0.1, 60), st.floats(0.1, 60)),
    jitter_ms=st.floats(0, 200),
    later_s=st.floats(0, 150),
    seed=st.integers(0, 10_000),
)
def test_an_alignment_is_no_further_off_than_it_says(
    crystal_ppm, clock_ppm, way_ms, jitter_ms, later_s, seed
):
    conditions = Conditions(
        duration_s=200.0,
        packet_s=0.1,
        later_s=later_s,
        crystal_ppm=crystal_ppm,
        clock_ppm=clock_ppm,
        way_ms=way_ms,
        jitter_ms=jitter_ms,
    )
    one, (other,) = made_talk(conditions, seed=seed)
    found = align(one.tells(), other.tells())
    assert found is not None
    assert np.abs(errors_ms(one, other, found)).max() <= found.uncertainty_ms


@settings(max_examples=6)
@given(seed=st.integers(0, 10_000), asked_by=st.sampled_from(["first", "second", "both"]))
def test_seen_from_the_other_side_it_is_the_same_alignment(seed, asked_by):
    one, (other,) = made_talk(replace(FAR, duration_s=400.0, asked_by=asked_by, **QUICK), seed=seed)
    here, there = align(one.tells(), other.tells()), align(other.tells(), one.tells())
    samples = np.linspace(0, one.frames, 50)
    assert here.to_other(samples) == pytest.approx(here.turned().to_own(samples), abs=0.01)
    # the two fits differ in what they take the slope over: a few parts of what the clocks scatter
    assert here.to_other(samples) == pytest.approx(there.to_own(samples), abs=RATE_HZ * 0.002)


timelines = st.builds(
    lambda frames, cuts: Timeline(
        rate_hz=16_000,
        frames=frames,
        cuts=tuple(sorted({at for at, _ in cuts})),
        lost_s=tuple(np.cumsum([lost for _, lost in dict(cuts).items()]).tolist()),
    ),
    st.integers(1, 10**9),
    st.lists(st.tuples(st.integers(0, 10**9), st.floats(0, 2)), max_size=4),
)


@given(
    first=timelines,
    second=timelines,
    offset_s=st.floats(-4000, 4000),
    drift_ppm=st.floats(-300, 300),
    sample=st.integers(0, 10**9),
)
def test_there_and_back_is_the_same_sample_but_inside_what_was_lost(
    first, second, offset_s, drift_ppm, sample
):
    found = Alignment(
        offset_s=offset_s,
        drift_ppm=drift_ppm,
        uncertainty_ms=1.0,
        method="exchanges",
        first=first,
        second=second,
    )
    there = found.to_other(sample)
    back = float(found.to_own(there))
    in_a_gap = any(abs(float(there) - cut) < 1e-3 for cut in second.cuts)
    assert in_a_gap or back == pytest.approx(sample, abs=0.01)
    later = float(found.to_other(sample + 16_000))
    assert later >= float(there)


def test_without_exchanges_the_wall_clocks_must_do_and_say_how_little_they_know():
    one, (other,) = made_talk(replace(FAR, duration_s=120.0, loss=1.0, **QUICK), seed=1)
    found = align(one.tells(), other.tells())
    assert (found.method, found.drift_known, found.uncertainty_ms > 1000) == ("wall", False, True)
    off_ms = np.abs(errors_ms(one, other, found)).max()
    assert off_ms == pytest.approx(1000 * FAR.wall_off_s, abs=60)


def test_exchanges_with_a_page_that_is_gone_are_not_those_of_the_page_that_came_after_it():
    one, (before, after) = made_talk(replace(FAR, duration_s=900.0, reloaded_at_s=400.0, **QUICK), seed=3)
    alone = replace(FAR, duration_s=900.0, reloaded_at_s=400.0, asked_by="first", **QUICK)
    assert [len(epoch) > 50 for epoch in epochs(one.tells().exchanges)] == [True, True]
    one, (before, after) = made_talk(alone, seed=3)
    swapped = replace(after.tells(), page="b")  # what if it said it was the page before?
    assert abs(align(one.tells(), swapped).offset_s - align(one.tells(), after.tells()).offset_s) > 60
    assert np.abs(errors_ms(one, before, align(one.tells(), before.tells()))).max() < 20


def test_one_exchange_that_is_nonsense_does_not_cut_the_others_in_two():
    asked = [Exchange(own_us=1e6 * n, other_us=1e6 * n + 5e6, rtt_us=800) for n in range(40)]
    asked.insert(20, Exchange(own_us=20.5e6, other_us=9e9, rtt_us=100))
    assert sorted(map(len, epochs(asked))) == [1, 40]
    assert link_of(max(epochs(asked), key=len)).to_other(0) == 5e6


def asked_at(own_us):
    return {"sample": 0, **{f"t{number}_us": str(round(own_us) + 100 * number) for number in range(4)}}


def test_a_minute_of_one_exchange_is_no_minute_and_more_minutes_than_a_take_has_are_not_fitted():
    asked = exchanges_of({"exchanges": [asked_at(61e6 * number) for number in range(20_000)]})
    assert link_of(asked[:600]).windows == 200
    assert link_of(asked).windows == 300  # 6,666 would be 22 million pairs
    assert [link_of(asked[:count]).windows for count in (2, 5, 10)] == [1, 1, 3]  # all tell what they can


def test_of_an_endless_list_of_exchanges_those_about_the_time_of_the_take_are_held_against_it():
    one, (other,) = made_talk(replace(ONE_HOST, duration_s=120.0, **QUICK), seed=1)
    endless = [asked_at(61e6 * number - 1e11) for number in range(4000)]
    bad = replace(one, clock={**one.clock, "exchanges": [*one.clock["exchanges"], *endless]}).tells()
    assert 0 <= len(bad.exchanges) - len(one.tells().exchanges) <= 10
    assert np.abs(errors_ms(one, other, align(bad, other.tells()))).max() <= 1


KEYS = ["windows", "exchanges", "sample", "count", "p5_us", "wall_ms", "page", "talk"]
KEYS += [f"t{number}_us" for number in range(4)]
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.from_regex(r"-?\d{1,18}", fullmatch=True),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=8,
        )
    ),
    max_leaves=30,
)
texts = st.integers(-(10**17), 10**17).map(str)
hostile_windows = st.lists(
    st.fixed_dictionaries({"sample": st.integers(0, 10**9), "count": st.integers(1, 900), "p5_us": texts})
    | st.fixed_dictionaries(
        {"sample": st.integers(0, 10**9), "count": st.just(1), "p5_us": texts, "wall_ms": texts}
    ),
    max_size=12,
)
hostile_exchanges = st.lists(
    st.fixed_dictionaries({"t0_us": texts, "t1_us": texts, "t2_us": texts, "t3_us": texts}), max_size=12
)


@settings(max_examples=40)
@given(
    windows=anything | hostile_windows,
    exchanges=anything | hostile_exchanges,
    page=anything,
    gap=st.none() | st.tuples(st.floats(1, 50), st.floats(0, 2)),
)
def test_evidence_in_any_shape_gives_an_alignment_of_finite_numbers_or_none(windows, exchanges, page, gap):
    one, (other,) = made_talk(replace(FAR, duration_s=70.0, gap=gap, packet_s=0.25), seed=1)
    bad = replace(one, clock={"windows": windows, "exchanges": exchanges, "page": page})
    half = replace(one, clock={**one.clock, "exchanges": exchanges})
    for first, second in ((bad, other), (other, bad), (half, other), (bad, bad)):
        found = align(first.tells(), second.tells())
        if found is not None:
            assert np.isfinite([found.offset_s, found.drift_ppm, found.uncertainty_ms]).all()
            assert np.isfinite(found.to_other([0, 10**6])).all()
    assert all(each.rtt_us >= 0 for each in exchanges_of({"exchanges": exchanges}))
