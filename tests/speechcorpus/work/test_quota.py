"""What is set aside for a claim is the most it can come to."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.terms import AuditionPrice, PriceLine, PriceTerms
from speechcorpus.work.ledger import owed_for
from speechcorpus.work.quota import Quota, most_owed, quota_of_items
from tests.examples import many


def price(record: PriceLine, transcribe: PriceLine) -> PriceTerms:
    return PriceTerms(
        currency="TWD",
        exponent=2,
        record=record,
        transcribe=transcribe,
        audition=AuditionPrice(minor=10_000, max_min=10, tries=2),
        floor_hourly_minor=19_600,
        estimate_min_per_item=Decimal("1.2"),
        budget_minor=1_000_000,
        pay_within_d=7,
    )


BY_ITEM = PriceLine(unit="item", minor=1500), PriceLine(unit="item", minor=1000)


def test_sixty_items_of_the_example_reserve_150_000() -> None:
    assert most_owed(price(*BY_ITEM), quota_of_items(60, Decimal("1.2"))) == 150_000


@settings(max_examples=many(200))
@given(
    minor=st.integers(1, 10**6),
    shares=st.lists(st.integers(1, 100), min_size=1, max_size=20),
    total_s=st.fractions(min_value=1, max_value=7200, max_denominator=48_000),
)
def test_pieces_within_the_quota_never_owe_more_than_was_set_aside(minor, shares, total_s) -> None:
    by_minute = PriceLine(unit="minute", minor=minor)
    before, owed = Fraction(), 0
    for share in shares:
        piece = total_s * share / sum(shares)
        owed += owed_for(minor, before=before, seconds=piece)
        before += piece
    held = most_owed(price(by_minute, BY_ITEM[1]), Quota(items=len(shares), seconds=total_s))
    assert owed + 1000 * len(shares) <= held
