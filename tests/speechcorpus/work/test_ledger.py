"""Money moves in balanced postings; a claim split into pieces owes what it owes whole."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.errors import LedgerError
from speechcorpus.work import ledger as book
from speechcorpus.work.ledger import Entry, Posting, balances, minutes_minor, owed_for
from tests.examples import many

P, C = "taigi", "c-1"
COLUMNS = (f"funding:{P}", f"project_budget:{P}", f"reserved:{P}", f"owed:{C}", f"paying:{C}", f"paid:{C}")


def line(number: int, name: str) -> Posting:
    minor = {"record": 1500, "transcribe": 1000}[name]
    return book.accrue(P, C, minor, claim="claim", item=f"item-{number}", line=name)


def example() -> list[tuple[list[Posting], tuple[int, ...]]]:
    """The postings of each row of the example of `fair-work.md` §7, and what stands in its columns."""
    fine = [line(number, name) for number in range(1, 59) for name in ("record", "transcribe")]
    flat = {"claim": None, "item": "audition:1", "line": "audition"}
    return [
        ([book.fund(P, 1_000_000, reference="bank 1")], (-1_000_000, 1_000_000, 0, 0, 0, 0)),
        ([book.reserve(P, 10_000, **flat)], (0, -10_000, 10_000, 0, 0, 0)),
        ([book.accrue(P, C, 10_000, **flat)], (0, 0, -10_000, 10_000, 0, 0)),
        ([book.reserve(P, 60 * (1500 + 1000), claim="claim")], (0, -150_000, 150_000, 0, 0, 0)),
        ([*fine, line(59, "record")], (0, 0, -146_500, 146_500, 0, 0)),
        ([line(60, "record"), line(60, "transcribe")], (0, 0, -2_500, 2_500, 0, 0)),
        (
            [book.unreserve(P, 1000, claim="claim", item="item-59", line="transcribe")],
            (0, 1000, -1000, 0, 0, 0),
        ),
        ([book.approve(P, {C: 159_000}, batch="b:1")], (0, 0, 0, -159_000, 159_000, 0)),
        ([book.settle(P, C, 159_000, batch="b:1")], (0, 0, 0, 0, -159_000, 159_000)),
    ]


def test_the_worked_example_comes_out_to_the_last_unit() -> None:
    for postings, columns in example():
        moved = balances(postings)
        assert tuple(moved.get(account, 0) for account in COLUMNS) == columns
    total = balances(posting for postings, _ in example() for posting in postings)
    assert total == {COLUMNS[0]: -1_000_000, COLUMNS[1]: 841_000, COLUMNS[5]: 159_000}
    assert sum(total.values()) == 0


@pytest.mark.parametrize("minor", [0, -5, 1.5, True, "7"])
def test_what_is_no_positive_whole_amount_is_refused(minor: int) -> None:
    with pytest.raises(LedgerError, match="is no amount of minor units") as caught:
        book.reserve(P, minor, claim="claim")
    assert caught.value.code == "ledger.amount"


@pytest.mark.parametrize("amounts", [(), (5,), (5, -4), (-1, -1, 3)])
def test_a_posting_that_does_not_balance_is_refused(amounts: tuple[int, ...]) -> None:
    entries = tuple(Entry(account="a", minor=minor) for minor in amounts)
    with pytest.raises(LedgerError, match="not to 0") as caught:
        Posting(kind="reverse", project=P, entries=entries)
    assert caught.value.code == "ledger.unbalanced"


def test_a_payment_that_failed_is_owed_again() -> None:
    accrued = [book.fund(P, 50, reference="b"), book.reserve(P, 50, claim="k"), line(1, "record")]
    sent = [book.approve(P, {C: 1500}, batch="b:1"), book.fail(P, C, 1500, batch="b:1")]
    assert balances([*accrued, *sent]) == balances(accrued)


def test_taking_back_leaves_every_account_as_it_was() -> None:
    posting = book.approve(P, {C: 7, "c-2": 9}, batch="b:1")
    assert balances([posting, book.mirrored(P, posting.entries)]) == {}


seconds = st.fractions(min_value=0, max_value=4000, max_denominator=96_000)


@settings(max_examples=many(200))
@given(price=st.integers(1, 10**7), pieces=st.lists(seconds, max_size=30), order=st.randoms())
def test_any_split_of_a_claim_owes_the_same_total(price, pieces, order) -> None:
    order.shuffle(pieces)
    before, owed = Fraction(), []
    for piece in pieces:
        owed.append(owed_for(price, before=before, seconds=piece))
        before += piece
    assert all(minor >= 0 for minor in owed)
    assert sum(owed) == minutes_minor(price, sum(pieces, Fraction()))


@settings(max_examples=many(200))
@given(price=st.integers(1, 10**7), ends=st.lists(st.integers(0, 10**9), min_size=2, max_size=30))
def test_rounding_favours_the_person_by_less_than_one_unit_a_claim(price, ends) -> None:
    ends, rate_hz, owed = sorted(ends), 48_000, 0
    for start, end in pairwise(ends):
        before = Fraction(start - ends[0], rate_hz)
        owed += owed_for(price, before=before, seconds=Fraction(end - start, rate_hz))
    exact = Fraction(price * (ends[-1] - ends[0]), 60 * rate_hz)
    assert exact <= owed < exact + 1
