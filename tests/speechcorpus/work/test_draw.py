"""The draw itself: odds, independence of arrival, and that every change of its record is seen."""

import json
import random
from collections import Counter
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.work.draw import (
    beacon_of,
    commit_of,
    drawn,
    key_of,
    least_covered,
    root_of,
    sorted_roll,
    ticket_of,
    weight_of,
)
from speechcorpus.work.draw_record import SCHEMA, Entry, verify_draw

# The 99th percentile of χ² with 49 degrees of freedom: above it 50 equal chances are not believed
CHI2_49_AT_1_PCT = 74.92


def entered(rng, people, round_id="r"):
    """Tickets in the order of arrival; the first one is a bot's, at millisecond 1."""
    return [ticket_of(round_id, f"c-{n}", rng.randbytes(16)) for n in range(people)]


def ranks_by_arrival(rng, people):
    tickets = entered(rng, people)
    ranking = drawn(rng.randbytes(32), sorted_roll((ticket, 1) for ticket in tickets))
    place = {ticket: rank for rank, ticket in enumerate(ranking)}
    return [place[ticket] for ticket in tickets]


def odds_are_equal(draws, *, seed):
    rng, first, squares, people = random.Random(seed), Counter(), 0.0, 50
    for _ in range(draws):
        ranks = ranks_by_arrival(rng, people)
        first[ranks.index(0)] += 1
        squares += sum((arrival - rank) ** 2 for arrival, rank in enumerate(ranks))
    expected = draws / people
    chi2 = sum((first[n] - expected) ** 2 / expected for n in range(people))
    rho = 1 - 6 * squares / (draws * people * (people**2 - 1))  # Spearman, averaged over the draws
    return chi2, rho, first[0] / draws


def heavier_wins(draws, *, seed):
    """How often a ticket of weight 4 beats one of weight 1."""
    rng, won = random.Random(seed), 0
    for _ in range(draws):
        light, heavy = entered(rng, 2)
        won += drawn(rng.randbytes(32), sorted_roll([(light, 1), (heavy, 4)]))[0] == heavy
    return won


def test_who_comes_first_is_as_likely_drawn_as_who_comes_last():
    chi2, rho, bot = odds_are_equal(600, seed=7)
    assert chi2 < CHI2_49_AT_1_PCT
    assert abs(rho) < 0.05
    assert abs(bot - 0.02) < 3 * sqrt(0.02 * 0.98 / 600)


def test_four_chances_win_four_times_as_often_as_one():
    draws = 2000
    assert abs(heavier_wins(draws, seed=3) - 0.8 * draws) < 3 * sqrt(draws * 0.8 * 0.2)


@pytest.mark.slow
def test_in_ten_thousand_draws_a_bot_gains_nothing():
    chi2, rho, bot = odds_are_equal(10_000, seed=11)
    assert abs(bot - 0.02) < 3 * sqrt(0.02 * 0.98 / 10_000)
    assert chi2 < CHI2_49_AT_1_PCT
    assert abs(rho) < 0.05
    won = heavier_wins(10_000, seed=13)
    assert abs(won - 8000) < 3 * sqrt(10_000 * 0.8 * 0.2)


def test_losses_add_a_chance_each_up_to_three():
    assert [weight_of(n) for n in range(6)] == [1, 2, 3, 4, 4, 4]


def test_the_numbers_of_one_draw_are_known_on_paper():
    """Written down once by another program (sha256sum and openssl), so that no version of ours may differ."""
    assert commit_of(bytes(32), "r1") == COMMIT_ON_PAPER
    roll = sorted_roll([("00" * 32, 1), ("ff" * 32, 2)])
    assert root_of(roll) == ROOT_ON_PAPER
    assert key_of(beacon_of(bytes(range(32)), root_of(roll)), "00" * 32, 1).hex() == KEY_ON_PAPER


@given(
    people=st.lists(st.tuples(st.binary(min_size=16, max_size=16), st.integers(1, 4)), max_size=12),
    seed=st.binary(min_size=32, max_size=32),
)
def test_the_ranking_depends_on_no_order_of_entries(people, seed):
    entries = [(ticket_of("r", f"c-{n}", nonce), weight) for n, (nonce, weight) in enumerate(people)]
    ranking = drawn(seed, sorted_roll(entries))
    assert ranking == drawn(seed, sorted_roll(reversed(entries)))
    assert sorted(ranking) == sorted(ticket for ticket, _ in entries)


@given(st.integers(0, 5), st.integers(1, 6), st.integers(0, 5), st.integers(1, 6))
def test_what_lacks_most_is_given_out_first(done_low, all_low, done_high, all_high):
    low, high = ("low", "read"), ("high", "read")
    covered = {low: (min(done_low, all_low), all_low), high: (min(done_high, all_high), all_high)}
    cell, _ = least_covered({low: ["a"], high: ["b"]}, covered, lambda cell: True)
    shares = {cell: done * all_low * all_high // every for cell, (done, every) in covered.items()}
    assert shares[cell] == min(shares.values())


def record(people=5, seed=bytes(range(32)), **changes):
    rng = random.Random(1)
    roll = sorted_roll((ticket, n % 4 + 1) for n, ticket in enumerate(entered(rng, people)))
    ranking = drawn(seed, roll)
    return {
        "schema": SCHEMA,
        "round": "r",
        "project": "taigi",
        "state": "drawn",
        "commit": commit_of(seed, "r"),
        "seed": seed.hex(),
        "roll": [list(row) for row in roll],
        "root": root_of(roll),
        "ranking": list(ranking),
        "offered": list(ranking[:2]),
        "reason": None,
        **changes,
    }


def fault_of(document, **asked):
    return verify_draw(canonical_json(document), **asked).fault


def test_a_true_record_holds_against_what_was_seen_before():
    true = record()
    check = verify_draw(json.dumps(true), commit=true["commit"], root=true["root"])
    assert (check.valid, check.why) == (True, None)


def test_a_person_finds_their_own_rank_with_what_they_kept():
    rng = random.Random(1)
    nonces = [rng.randbytes(16) for _ in range(5)]
    true = record()
    for n, nonce in enumerate(nonces):
        check = verify_draw(json.dumps(true), entry=Entry(contributor_ref=f"c-{n}", nonce=nonce.hex()))
        assert true["ranking"][check.rank - 1] == ticket_of("r", f"c-{n}", nonce)
    stranger = Entry(contributor_ref="c-9", nonce=nonces[0].hex())
    assert fault_of(true, entry=stranger) == "ticket"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"seed": "00" * 32}, "commit"),
        ({"seed": "00"}, "commit"),
        ({"seed": None}, "undrawn"),
        ({"commit": "00" * 32}, "commit"),
        ({"root": "00" * 32}, "roll"),
        ({"roll": None}, "roll"),
        ({"round": "other"}, "commit"),
        ({"ranking": None}, "ranking"),
        ({"more": 1}, "schema"),
        ({"schema": "speechcorpus-draw/2"}, "schema"),
    ],
)
def test_every_changed_field_is_named(changes, fault):
    assert fault_of(record() | changes) == fault


def change(roll, kind):
    match kind:
        case "weight":
            roll[1][1] = roll[1][1] % 4 + 1
        case "missing":
            del roll[2]
        case "added":
            roll.append(["ff" * 32, 1])
        case "unsorted":
            roll.reverse()
        case "twice":
            roll.insert(1, roll[0])
        case "heavy":
            roll[0][1] = 5
        case "boolean":
            roll[0][1] = True
        case "upper":
            roll[0][0] = roll[0][0].upper()


@pytest.mark.parametrize(
    "kind", ["weight", "missing", "added", "unsorted", "twice", "heavy", "boolean", "upper"]
)
def test_a_changed_roll_is_seen_also_when_its_root_was_made_again(kind):
    true, false = record(), record()
    change(false["roll"], kind)
    assert fault_of(false) == "roll"
    false["root"] = root_of([tuple(row) for row in false["roll"]])
    assert fault_of(false) in ("roll", "ranking")
    if kind in ("weight", "missing", "added"):
        false["ranking"] = list(drawn(bytes(range(32)), [tuple(row) for row in false["roll"]]))
        false["offered"] = false["ranking"][:2]
        assert fault_of(false) is None  # made up whole: only what was seen before tells
        assert fault_of(false, root=true["root"]) == "roll"


def test_a_record_made_up_whole_with_another_seed_is_seen_by_its_commit():
    assert fault_of(record(seed=bytes(32)), commit=record()["commit"]) == "commit"


def test_offers_out_of_the_order_of_ranks_are_seen():
    true = record()
    assert fault_of(record(offered=true["ranking"][:2][::-1])) == "offered"
    assert fault_of(record(offered=["ff" * 32])) == "offered"


def test_a_cancelled_round_proves_its_seed_alone():
    none = {"roll": None, "root": None, "ranking": None, "offered": None}
    assert fault_of(record(state="cancelled", reason="too few", **none)) is None
    assert fault_of(record(state="cancelled", **none | {"root": "00" * 32})) == "roll"


def test_what_cannot_be_read_in_one_way_is_no_record():
    with pytest.raises(SpeechCorpusError, match="stands twice") as refused:
        verify_draw('{"schema": 1, "schema": 1}')
    assert refused.value.code == "canonical.duplicate-key"


# printf '[["0…0",1],["f…f",2]]' | sha256sum; then openssl dgst -sha256 -mac HMAC twice
ROOT_ON_PAPER = "1f2d1d925be826ed8295c105eafbdcd17e2494b8e5068607c58cfcf2964575b6"
KEY_ON_PAPER = "d309b2927f808224db2dd0985971c95ecf3f4fbbc0f1da1c3a9b72cbee7b367a"
COMMIT_ON_PAPER = "48252d1162f871981376a35316cea14ef3de9bbcadf44fbf60d7aece1970fe35"
