"""Choosing prompts: what is useful first, the same for the same seed, never what adds nothing."""

import csv
import math
import random
from collections import Counter

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import SittingError
from speechcorpus.record.prompt_coverage import coverage, jensen_shannon_distance
from speechcorpus.record.prompts import Candidate, select_prompts, share_prompts, unit_targets
from speechcorpus.workflows.prompt_units import syllables

UNITS = st.sampled_from("abcdefgh")
PROMPTS = st.lists(st.lists(UNITS, min_size=1, max_size=6), min_size=1, max_size=12).map(
    lambda texts: [Candidate(id=f"p{n:02}", units=tuple(units)) for n, units in enumerate(texts)]
)
COUNTS = st.dictionaries(UNITS, st.integers(0, 4))


def in_plain_greed(candidates, accepted, targets, count, per):
    """The definition, without a heap: look at every prompt again before each choice."""
    spoken, left, chosen = Counter(accepted), {one.id: one for one in candidates}, []
    for _ in range(count):
        worth = {
            name: math.fsum(
                max(0, math.log1p(targets.get(u, 0)) - math.log1p(spoken[u])) for u in set(one.units)
            )
            / (len(one.units) if per == "syllable" else 1)
            for name, one in left.items()
        }
        best = min(worth, key=lambda name: (-worth[name], name), default=None)
        if best is None or worth[best] <= 0:
            break
        spoken.update(left.pop(best).units)
        chosen.append(best)
    return chosen


@given(PROMPTS, COUNTS, COUNTS, st.integers(1, 12), st.sampled_from(["syllable", "prompt"]))
def test_the_lazy_heap_chooses_what_plain_greed_chooses(candidates, accepted, targets, count, per):
    found = select_prompts(candidates, accepted=accepted, targets=targets, count=count, per=per)
    assert [one.prompt_id for one in found] == in_plain_greed(candidates, accepted, targets, count, per)


@given(PROMPTS, COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(candidates, targets, rng):
    shuffled = rng.sample(candidates, len(candidates))
    asked = {"accepted": {}, "targets": targets, "count": 9}
    assert select_prompts(candidates, **asked) == select_prompts(shuffled, **asked)


@given(PROMPTS, st.integers(0, 2**32))
def test_speakers_share_without_a_prompt_twice_and_the_same_for_a_seed(candidates, seed):
    speakers = {"c-0001": {candidates[0].id}, "c-0002": set(), "c-0003": set()}
    asked = {"accepted": {}, "targets": dict.fromkeys("abcdefgh", 9.0), "count": 3, "seed": seed}
    shared = share_prompts(candidates, speakers, **asked)
    ids = [choice.prompt_id for choices in shared.values() for choice in choices]
    assert len(ids) == len(set(ids))
    assert candidates[0].id not in [choice.prompt_id for choice in shared["c-0001"]]
    assert share_prompts(candidates, dict(reversed(speakers.items())), **asked) == shared


def test_the_seed_draws_who_chooses_first():
    candidates = [Candidate(id="best", units=("a", "b")), Candidate(id="next", units=("a",))]
    asked = {"accepted": {}, "targets": {"a": 9, "b": 9}, "count": 1, "per": "prompt"}
    shared = [share_prompts(candidates, {"x": (), "y": ()}, seed=seed, **asked) for seed in range(20)]
    assert {one["x"][0].prompt_id for one in shared} == {"best", "next"}


def test_equal_gains_go_by_the_id_and_what_was_accepted_is_worth_less():
    candidates = [Candidate(id=name, units=(unit,)) for name, unit in (("b", "x"), ("a", "y"), ("c", "z"))]
    wanted = dict.fromkeys("xyz", 1.0)
    chosen = select_prompts(candidates, accepted={"y": 1}, targets=wanted, count=9)
    assert [one.prompt_id for one in chosen] == ["b", "c"]


def test_a_unit_given_back_is_worth_choosing_again():
    candidates = [Candidate(id="a", units=("x",))]
    asked = {"targets": {"x": 1.0}, "count": 1}
    assert select_prompts(candidates, accepted={"x": 1}, **asked) == ()
    assert select_prompts(candidates, accepted={"x": 0}, **asked)[0].new_units == ("x",)


def test_a_candidate_without_units_and_one_given_twice_are_refused():
    with pytest.raises(SittingError, match="prompt a has no unit"):
        Candidate(id="a", units=())
    twice = [Candidate(id="a", units=("x",))] * 2
    with pytest.raises(SittingError, match="prompt a is a candidate twice"):
        select_prompts(twice, accepted={}, targets={}, count=1)


@given(COUNTS, COUNTS)
def test_the_distance_is_symmetric_and_between_0_and_1(one, other):
    found = jensen_shannon_distance(one, other)
    assert found == jensen_shannon_distance(other, one)
    if not sum(one.values()) or not sum(other.values()):
        assert found is None
    else:
        assert 0 <= found <= 1
        assert jensen_shannon_distance(one, one) == 0


def test_the_distance_is_that_of_a_hand_computed_pair():
    # M = (3/4, 1/4): ½·log2(4/3) + ½·(½·log2(2/3) + ½·log2(2)) = 0.3113 bit
    assert jensen_shannon_distance({"a": 1}, {"a": 1, "b": 1}) == pytest.approx(math.sqrt(0.311278), abs=1e-6)


def test_missing_types_come_rarest_first_and_types_outside_are_counted_apart():
    found = coverage({"a": 2, "z": 1}, {"a": 5, "b": 9, "c": 1, "d": 1, "e": 0})
    assert (found.types, found.covered, found.units, found.outside) == (4, 1, 3, 1)
    assert [(one.unit, one.in_reference) for one in found.missing] == [("c", 1), ("d", 1), ("b", 9)]


@pytest.fixture(scope="module")
def sentences(shared):
    """Whole sentences of 6 to 25 characters from the dictionary, with the units of their readings."""
    path = shared / "text_real" / "moe_twblg_example_sentences.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    whole = [row for row in rows if regex.fullmatch(r".{5,24}[。？！]", row["例句"])]
    return [Candidate(id=f"s{int(row['例句編號']):05}", units=syllables(row["例句標音"])) for row in whole]


def covered(sentences, count, per):
    reference = Counter(unit for one in sentences for unit in one.units)
    chosen = select_prompts(sentences, accepted={}, targets=unit_targets(reference), count=count, per=per)
    return len(chosen), sum(len(one.new_units) for one in chosen) / len(reference)


def test_greedy_choice_covers_the_dictionary_as_measured(sentences):
    assert len(sentences) == 9198
    assert covered(sentences, 100, "prompt")[1] == pytest.approx(0.430, abs=0.001)
    # 1,549 of 1,950 types; `hoō` and `hùe` in the readings are misspelt, thus no types of their own
    assert covered(sentences, 400, "prompt")[1] == pytest.approx(0.792, abs=0.003)
    count, share = covered(sentences, 9198, "prompt")
    assert (count <= 806, share) == (True, 1.0)


def test_a_choice_by_the_syllable_covers_more_in_the_same_speaking_time(sentences):
    """The figures by prompts above are of `per="prompt"`: by the syllable it takes more, shorter prompts."""
    wanted = unit_targets(Counter(unit for one in sentences for unit in one.units))
    whole = {
        per: select_prompts(sentences, accepted={}, targets=wanted, count=9198, per=per)
        for per in ("syllable", "prompt")
    }
    spoken = {per: sum(one.syllables for one in chosen) for per, chosen in whole.items()}
    assert len(whole["syllable"]) > len(whole["prompt"])
    assert spoken["syllable"] < spoken["prompt"]


def test_chance_covers_half_of_it(sentences):
    types = len({unit for one in sentences for unit in one.units})
    for count, expected in ((100, 0.221), (400, 0.452)):
        drawn = [random.Random(seed).sample(sentences, count) for seed in range(20)]
        shares = [len({unit for one in some for unit in one.units}) / types for some in drawn]
        assert sum(shares) / len(shares) == pytest.approx(expected, abs=0.015)
