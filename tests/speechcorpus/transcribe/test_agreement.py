"""Agreement between transcribers."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.transcribe.agreement import TwoTranscripts, agreement_report, krippendorff_alpha
from speechcorpus.transcribe.alignment import align
from speechcorpus.transcribe.scoring_tokens import characters
from speechcorpus.workflows.fold_tables import fold_for

FOLD = fold_for()


def pair(first, second, speaker="s1", variety="nan-TW", band="A"):
    return TwoTranscripts(speaker=speaker, variety=variety, band=band, first=first, second=second)


def report(pairs, seed=1, resamples=1000):
    rng = np.random.default_rng(seed)
    listed = agreement_report(pairs, FOLD, rng=rng, resamples=resamples)
    return {(group.grouped_by, group.group): group for group in listed}


def alpha_by_definition(units):
    """1 - D_o / D_e with every pair of values written out."""
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    observed = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units) / max(
        len(values), 1
    )
    expected = sum(a != b for a, b in permutations(values, 2))
    if not expected:
        return None
    return 1 - observed / (expected / (len(values) * (len(values) - 1)))


def test_the_published_example_gives_its_published_value():
    # Krippendorff (2011), section C: four observers, missing values, nominal alpha 0.743.
    observers = [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
    units = zip(*(row.split() for row in observers), strict=True)
    alpha = krippendorff_alpha([[value for value in unit if value != "."] for unit in units])
    assert alpha == pytest.approx(0.743, abs=0.0005)


@given(st.lists(st.lists(st.sampled_from("abc-"), max_size=4), max_size=8))
def test_alpha_is_what_its_definition_says(units):
    ours, theirs = krippendorff_alpha(units), alpha_by_definition(units)
    assert ours == (None if theirs is None else pytest.approx(theirs, abs=1e-9))


def test_equal_texts_agree_wholly_and_one_repeated_value_says_nothing():
    assert krippendorff_alpha(["aa", "bb"]) == 1
    assert krippendorff_alpha(["aa", "aa"]) is None
    assert krippendorff_alpha([]) is None


def test_alpha_of_the_report_is_taken_over_aligned_positions_with_gaps_as_a_value():
    texts = [("我是台灣人", "我食臺灣"), ("好，去", "好去啊")]
    columns = [column for a, b in texts for column in align(characters(FOLD(a)), characters(FOLD(b)))]
    whole = report([pair(*each) for each in texts])["all", "all"]
    assert whole.alpha.value == pytest.approx(krippendorff_alpha(columns))
    assert any(None in column for column in columns)


def test_a_report_sums_over_segments_and_names_each_speaker_variety_and_band():
    found = report(
        [
            pair("我去。", "我去。", speaker="s1", band="A"),
            pair("你來啦。", "你來。", speaker="s2", band="B"),
            pair("好", "壞", speaker="s2", variety="cmn-TW", band="B"),
        ]
    )
    assert list(found) == [
        ("all", "all"),
        ("speaker", "s1"),
        ("speaker", "s2"),
        ("variety", "cmn-TW"),
        ("variety", "nan-TW"),
        ("band", "A"),
        ("band", "B"),
    ]
    whole = found["all", "all"]
    assert (whole.segments, whole.speakers) == (3, 2)
    assert whole.cer_symmetric.value == pytest.approx(2 * 2 / (4 + 5 + 2))
    assert whole.punctuation_f1.value == 1
    assert found["variety", "cmn-TW"].punctuation_f1.value is None


def test_the_interval_resamples_speakers_holds_the_value_and_depends_on_the_seed_alone():
    pairs = [
        pair("我去台灣食飯", "我去台灣食飯"[: 6 - wrong], speaker=f"s{wrong}")
        for wrong in (0, 1, 2, 3)
        for _ in range(5)
    ]
    first, again, other = report(pairs), report(pairs), report(pairs, seed=2)
    cer = first["all", "all"].cer_symmetric
    assert first == again
    assert first != other
    assert cer.low < cer.value < cer.high
    assert cer.low >= first["speaker", "s0"].cer_symmetric.value
    assert cer.high <= first["speaker", "s3"].cer_symmetric.value


def test_many_segments_of_one_speaker_give_no_interval():
    lone = report([pair("好", "壞")] * 50)["speaker", "s1"].cer_symmetric
    assert (lone.value, lone.low, lone.high) == (1, None, None)


def test_no_segment_gives_no_group():
    assert report([]) == {}


def test_empty_texts_are_undefined_not_zero():
    whole = report([pair("，", ""), pair("", "", speaker="s2")])["all", "all"]
    assert whole.cer_symmetric.value is None
    assert whole.alpha.value is None
