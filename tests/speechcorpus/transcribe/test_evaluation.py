"""Error rates by group: sums, never means; the order of clips is nothing."""

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.transcribe.error_rates import cer
from speechcorpus.transcribe.evaluation import ScoredClip, evaluate
from tests.examples import many

TEXT = st.text("天地人日月", max_size=6)
ROW = st.tuples(st.sampled_from("abcdefg"), st.sampled_from(["low", "high", None]), TEXT, TEXT, TEXT)
ROWS = st.lists(ROW, max_size=12)


def clip(number, speaker, band, reference, first, second=None):
    return ScoredClip(
        utt_id=f"{speaker}-{number:03d}",
        speaker=speaker,
        groups={"band": band, "speaker": speaker},
        scores={"cer": cer(reference, first, str)},
        other={} if second is None else {"cer": cer(reference, second, str)},
    )


def clips_of(rows):
    return [clip(number, *row) for number, row in enumerate(rows)]


def evaluated(clips, **options):
    groups = evaluate(clips, ["band", "speaker"], resamples=200, **options)
    return {(group.grouped_by, group.name): group for group in groups}


@settings(max_examples=many(100))
@given(rows=ROWS, order=st.randoms(use_true_random=False))
def test_the_order_of_the_clips_changes_nothing(rows, order):
    clips = clips_of(rows)
    shuffled = list(clips)
    order.shuffle(shuffled)
    assert evaluate(clips, ["band", "speaker"], resamples=200) == evaluate(
        shuffled, ["band", "speaker"], resamples=200
    )


@settings(max_examples=many(100))
@given(rows=ROWS)
def test_the_groups_of_a_grouping_add_up_to_the_whole_and_the_whole_is_what_jiwer_counts(rows):
    found = evaluated(clips_of(rows))
    spoken = [row for row in rows if row[2]]
    if not spoken:
        assert all(rate.estimate.value is None for group in found.values() for rate in group.rates)
        return
    (whole,) = found["all", "all"].rates
    theirs = jiwer.process_characters([row[2] for row in spoken], [row[3] for row in spoken])
    counts = whole.score.folded
    assert (counts.hits, counts.substitutions, counts.deletions, counts.insertions) == (
        theirs.hits, theirs.substitutions, theirs.deletions, theirs.insertions,
    )  # fmt: skip
    assert whole.estimate.value == pytest.approx(theirs.cer)
    own = [group for (by, _), group in found.items() if by == "speaker"]
    assert sum(group.clips for group in own) == len(rows)
    assert sum(group.rates[0].score.folded.errors for group in own) == counts.errors


@settings(max_examples=many(100))
@given(rows=ROWS)
def test_a_perfect_recogniser_makes_no_error_anywhere(rows):
    for group in evaluated(clips_of([(*row[:3], row[2], row[2]) for row in rows])).values():
        for rate in group.rates:
            assert rate.score.folded.errors == 0
            assert rate.estimate.value in (0, None)
            assert rate.estimate.high in (0, None)


@settings(max_examples=many(100))
@given(rows=ROWS)
def test_the_difference_is_the_second_rate_less_the_first(rows):
    for group in evaluated(clips_of(rows)).values():
        for rate in group.rates:
            if rate.estimate.value is not None:
                difference = rate.other_estimate.value - rate.estimate.value
                assert rate.difference.value == pytest.approx(difference)


def test_exchanging_the_two_recognisers_turns_the_difference_around():
    rows = [(speaker, "low", "天地人", "天人", "天地日") for speaker in "abcdef"]
    rows += [("a", "low", "日月", "日", "日月"), ("b", "low", "天", "", "天")]
    there = evaluated(clips_of(rows))["all", "all"].rates[0].difference
    back = evaluated(clips_of([(*row[:3], row[4], row[3]) for row in rows]))["all", "all"].rates[0].difference
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))


def test_a_group_that_the_release_does_not_name_is_left_out_of_its_grouping_only():
    found = evaluated(clips_of([("a", None, "天", "天", None), ("b", "low", "天", "地", None)]))
    assert set(found) == {("all", "all"), ("band", "low"), ("speaker", "a"), ("speaker", "b")}
    assert found["band", "low"].rates[0].estimate.value == 1
    assert found["all", "all"].rates[0].estimate.value == 0.5


def test_a_clip_without_a_reference_is_in_no_rate_and_its_insertions_are_told():
    found = evaluated(clips_of([("a", "low", "", "天地", None), ("b", "low", "天", "天", None)]))
    (rate,) = found["all", "all"].rates
    assert rate.estimate.value == 0
    assert (rate.score.empty_references, rate.score.insertions_without_reference) == (1, 2)


def test_no_clip_at_all_has_no_rate():
    (whole,) = evaluate([], ["band"])
    assert (whole.clips, whole.speakers, whole.rates) == (0, 0, ())


def test_groups_stand_in_the_order_that_is_asked_for():
    rows = [("a", "low", "天", "天", None), ("a", "high", "天", "天", None)]
    names = [group.name for group in evaluate(clips_of(rows), ["band"], order=lambda by, name: -len(name))]
    assert names == ["all", "high", "low"]
