"""Agreement between reviewers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.qc.agreement import Asked, agreement, cohen_kappa
from speechcorpus.transcribe.agreement import krippendorff_alpha


def table(both_yes, yes_no, no_yes, both_no, contributors=4):
    """A two by two table as answers, spread over some contributors."""
    pairs = [(True, True)] * both_yes + [(True, False)] * yes_no
    pairs += [(False, True)] * no_yes + [(False, False)] * both_no
    return [Asked(contributor=f"c{n % contributors}", answers=pair) for n, pair in enumerate(pairs)]


def found(asked, seed=1, draws=200):
    return agreement(asked, rng=np.random.default_rng(seed), draws=draws)


def square(rows):
    return [
        (one, other) for one, row in enumerate(rows) for other, count in enumerate(row) for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("rows", "kappa"),
    [
        ([[20, 5], [10, 15]], 0.4),
        ([[45, 15], [25, 15]], 3 / 23),  # the same agreement as the next, and half the kappa
        ([[25, 35], [5, 35]], 7 / 27),
        ([[40, 9], [6, 45]], 0.3492 / 0.4992),  # Feinstein and Cicchetti (1990)
        ([[80, 10], [5, 5]], 7 / 22),
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 23 / 34),  # Fleiss, Table 13.1
    ],
)
def test_kappa_is_what_the_books_say(rows, kappa):
    assert cohen_kappa(square(rows)) == pytest.approx(kappa, abs=1e-12)


def test_where_nearly_everything_is_accepted_kappa_is_low_and_both_agreements_say_why():
    # Feinstein and Cicchetti, "High agreement but low kappa" (1990): 85 % alike in both tables.
    mixed, mostly_yes = found(table(40, 9, 6, 45)), found(table(80, 10, 5, 5))
    assert mixed.same.value == mostly_yes.same.value == 0.85
    assert mixed.kappa.value == pytest.approx(0.6995, abs=5e-5)
    assert mostly_yes.kappa.value == pytest.approx(0.3182, abs=5e-5)
    assert (mostly_yes.positive.value, mostly_yes.negative.value) == (pytest.approx(160 / 175), 0.4)


def test_kappa_is_undefined_when_chance_alone_agrees_wholly():
    one_sided = found(table(50, 0, 0, 0))
    assert (one_sided.kappa.value, one_sided.alpha.value, one_sided.negative.value) == (None, None, None)
    assert (one_sided.same.value, one_sided.positive.value) == (1, 1)
    assert found([]).kappa.value is cohen_kappa([]) is None


@pytest.mark.parametrize(
    ("observers", "alpha"),
    [
        (("0100000010", "1110010000"), 0.095),  # Krippendorff (2011), A
        (("aabbdcccedda", "babbbccceddd"), 0.692),  # B
    ],
)
def test_alpha_is_what_the_published_tables_say(observers, alpha):
    assert krippendorff_alpha(list(zip(*observers, strict=True))) == pytest.approx(alpha, abs=5e-4)


answers = st.lists(st.sampled_from((True, False, None)), max_size=5).map(tuple)
heard = st.lists(st.builds(Asked, contributor=st.sampled_from("abcd"), answers=answers), max_size=12)


@given(heard)
def test_alpha_takes_every_answer_and_gaps_too(asked):
    units = [[answer for answer in each.answers if answer is not None] for each in asked]
    alpha = found(asked, draws=1).alpha.value
    by_hand = krippendorff_alpha(units)
    assert alpha == (None if by_hand is None else pytest.approx(by_hand, abs=1e-12))


@given(heard)
def test_who_is_first_does_not_matter_and_yes_and_no_change_places(asked):
    pairs = [Asked(contributor=each.contributor, answers=each.answers[:2]) for each in asked]
    turned = [Asked(contributor=each.contributor, answers=each.answers[::-1]) for each in pairs]
    inverted = [
        Asked(contributor=e.contributor, answers=tuple(a if a is None else not a for a in e.answers))
        for e in pairs
    ]
    as_it_is, other_way, upside_down = (found(each, draws=1) for each in (pairs, turned, inverted))
    for name in ("kappa", "alpha", "positive", "negative"):
        value = getattr(as_it_is, name).value
        assert getattr(other_way, name).value == pytest.approx(value, nan_ok=True)
    assert upside_down.kappa.value == pytest.approx(as_it_is.kappa.value)
    assert upside_down.positive.value == pytest.approx(as_it_is.negative.value)


def test_alpha_equals_its_peer_on_a_thousand_random_tables_with_gaps():
    peer = pytest.importorskip("krippendorff")
    rng, compared = np.random.default_rng(20261126), 0
    while compared < 1000:
        observers, units = rng.integers(2, 6), rng.integers(2, 12)
        codes = rng.integers(0, rng.integers(2, 6), size=(observers, units)).astype(float)
        codes[rng.random(codes.shape) < rng.uniform(0, 0.6)] = np.nan
        mine = krippendorff_alpha([column[~np.isnan(column)].tolist() for column in codes.T])
        if mine is None:
            continue  # the peer raises there
        theirs = peer.alpha(reliability_data=codes, level_of_measurement="nominal")
        assert mine == pytest.approx(theirs, abs=1e-9)
        compared += 1


def test_intervals_draw_contributors_so_ten_alike_clips_of_one_person_make_nothing_surer():
    once = [Asked(contributor=f"c{n}", answers=(True, n % 4 > 0)) for n in range(40)]
    tenfold = once * 10
    narrow, wide = found(once, draws=2000).same, found(tenfold, draws=2000).same
    assert (narrow.low, narrow.high) == (wide.low, wide.high)
    assert narrow.low < 0.75 < narrow.high


def test_the_same_seed_gives_the_same_interval_and_one_contributor_gives_none():
    asked = table(60, 10, 8, 22, contributors=20)
    assert found(asked, seed=3) == found(asked, seed=3)
    assert found(asked, seed=3) != found(asked, seed=4)
    alone = found(table(60, 10, 8, 22, contributors=1)).alpha
    assert alone.value is not None
    assert (alone.low, alone.high) == (None, None)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng, covered, truth = np.random.default_rng(5), 0, 0.8
    for _ in range(100):
        of_each = rng.beta(8, 2, size=40)  # contributors differ, 0.8 on average
        asked = [
            Asked(contributor=str(person), answers=(True, bool(rng.random() < share)))
            for person, share in enumerate(of_each)
            for _ in range(5)
        ]
        same = agreement(asked, rng=rng, draws=300).same
        covered += same.low <= truth <= same.high
    assert 88 <= covered <= 99
