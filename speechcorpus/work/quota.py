"""How much a claim can come to owe at most: known, and set aside, before anybody works."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from speechcorpus.domain.terms import PriceLine, PriceTerms
from speechcorpus.work.ledger import SECONDS_PER_MINUTE, minutes_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a claim asks for at most: items, and how long they are together."""

    items: int
    seconds: Fraction


def quota_of_items(items: int, estimate_min_per_item: Decimal) -> Quota:
    """Return the quota of prompts that are read, or of speech whose length nobody asked for.

    Examples
    --------
    >>> quota_of_items(60, Decimal("1.2")).seconds
    Fraction(4320, 1)
    """
    return Quota(items=items, seconds=Fraction(estimate_min_per_item) * items * SECONDS_PER_MINUTE)


def most_owed(price: PriceTerms, quota: Quota) -> int:
    """Return the most that both lines of a claim can come to, in minor units.

    Examples
    --------
    60 items of 1,500 and 1,000 each, as in `fair-work.md` §7:

    >>> from speechcorpus.domain.terms import AuditionPrice
    >>> by_item = PriceLine(unit="item", minor=1500), PriceLine(unit="item", minor=1000)
    >>> price = PriceTerms(currency="TWD", exponent=2, record=by_item[0], transcribe=by_item[1],
    ...     audition=AuditionPrice(minor=10_000, max_min=10, tries=2), floor_hourly_minor=19_600,
    ...     estimate_min_per_item=Decimal("1.2"), budget_minor=1_000_000, pay_within_d=7)
    >>> most_owed(price, quota_of_items(60, price.estimate_min_per_item))
    150000
    """
    return _most(price.record, quota) + _most(price.transcribe, quota)


def _most(line: PriceLine, quota: Quota) -> int:
    return line.minor * quota.items if line.unit == "item" else minutes_minor(line.minor, quota.seconds)
