"""How long work takes, from what a server saw of it, and what it comes to an hour (`fair-work.md` §4).

Active time leaves out what nobody works in: gaps of more than five minutes in a sitting, an editor in which
nothing was typed for a minute. Where a device sent late, the sound itself says how long somebody sat there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Final, Literal

from speechcorpus.domain.terms import PriceTerms

LONGEST_GAP: Final = timedelta(minutes=5)
AFTER_INPUT: Final = timedelta(seconds=60)
ENOUGH_CLAIMS: Final = 20
ENOUGH_PEOPLE: Final = 5
MINUTES_PER_HOUR: Final = 60
SECONDS_PER_MINUTE: Final = 60
Basis = Literal["measured", "auditions", "declared"]
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingSigns:
    """When something of a sitting was heard of: opened, sound, a take, a verdict, closed; and its sound."""

    sitting: str  # its id
    moments: tuple[datetime, ...]
    sound_s: Fraction  # of all its takes, the ones recorded again among them


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTiming:
    """One finished claim: its active time, and what of it was accepted."""

    person: str
    active_s: int
    accepted: int  # items
    sound_s: Fraction  # of the accepted items

    @property
    def minutes_per_item(self) -> Fraction | None:
        """Active minutes for each accepted item; None if none was: no number of minutes earns anything."""
        return Fraction(self.active_s, SECONDS_PER_MINUTE * self.accepted) if self.accepted else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyRate:
    """What is said before a claim: minutes for each accepted item, and what they come to an hour."""

    basis: Basis  # all but `measured` is an estimate
    claims: int  # how many it rests on
    people: int
    per_item_minor: int | None  # None: paid by the minute, and nothing is known of its length
    p50_min: Decimal | None
    p90_min: Decimal | None
    hourly_minor: int | None  # half earn this much at least
    slow_hourly_minor: int | None  # on a slow day; None: not known

    @property
    def is_estimate(self) -> bool:
        """Whether it is to be labelled an estimate."""
        return self.basis != "measured"


def active_s(sittings: Iterable[SittingSigns], inputs: Sequence[datetime]) -> int:
    """Return the seconds somebody worked: at the microphone, or at the editor; never counted twice.

    Parameters
    ----------
    inputs : when something was typed; each counts for the minute after it

    Examples
    --------
    >>> from datetime import UTC
    >>> at = lambda minute: datetime(2026, 1, 1, 9, minute, tzinfo=UTC)
    >>> moments = (at(0), at(4), at(14), at(15))
    >>> sitting = SittingSigns(sitting="s", moments=moments, sound_s=Fraction(90))
    >>> active_s([sitting], [at(14), at(30)])
    360
    """
    listed = list(sittings)
    at_the_microphone = [stretch for sitting in listed for stretch in _stretches(sitting.moments)]
    typed = [(moment, moment + AFTER_INPUT) for moment in inputs]
    # what was recorded without a connection is heard of late and all at once
    unseen_s = sum(max(Fraction(0), each.sound_s - _seconds(_stretches(each.moments))) for each in listed)
    return round(_seconds([*at_the_microphone, *typed]) + unseen_s)


def _stretches(moments: Iterable[datetime]) -> list[Stretch]:
    ordered = sorted(moments)
    return [(first, second) for first, second in pairwise(ordered) if second - first <= LONGEST_GAP]


def _seconds(stretches: Iterable[Stretch]) -> Fraction:
    """Return the length of everything covered by at least one stretch."""
    total, reached = timedelta(), None
    for begin, end in sorted(stretches):
        start = begin if reached is None else max(begin, reached)
        total += max(end - start, timedelta())
        reached = end if reached is None else max(end, reached)
    return Fraction(total // timedelta(microseconds=1), 1_000_000)


def percentile(values: Sequence[Fraction | None], percent: int) -> Fraction | None:
    """Return the smallest value that this share of all does not exceed; None is more than any number.

    Examples
    --------
    >>> numbers = [Fraction(n) for n in (4, 1, 3, 2)]
    >>> [int(percentile(numbers, each)) for each in (25, 50, 90)], percentile([*numbers, None], 90)
    ([1, 2, 4], None)
    """
    ordered = sorted(values, key=lambda value: (value is None, value or 0))
    return ordered[max(ceil(Fraction(percent * len(ordered), 100)), 1) - 1]


def hourly_rate(
    price: PriceTerms, measured: Sequence[ClaimTiming], auditions: Sequence[ClaimTiming]
) -> HourlyRate:
    """Return what an hour of this work comes to at this price.

    Measured claims count once there are 20 from 5 people, before that auditions of 5 people, before that what
    the project declares.
    """
    if has_enough(measured):
        return _from_timings(price, measured, "measured")
    if len({each.person for each in auditions}) >= ENOUGH_PEOPLE:
        return _from_timings(price, auditions, "auditions")
    return _declared(price)


def has_enough(measured: Sequence[ClaimTiming]) -> bool:
    """Say whether so many claims of so many people were measured that their figures mean something."""
    return len(measured) >= ENOUGH_CLAIMS and len({each.person for each in measured}) >= ENOUGH_PEOPLE


def slowest_quarter_minor(price: PriceTerms, measured: Sequence[ClaimTiming]) -> int | None:
    """Return what a quarter of the measured claims earns an hour at most (p25); None if too few are known."""
    if not has_enough(measured):
        return None
    minutes = percentile([each.minutes_per_item for each in measured], 75)
    return _hourly(_per_item(price, measured), minutes) or 0


def is_below_floor(price: PriceTerms, measured: Sequence[ClaimTiming]) -> bool:
    """Say whether measured work pays a quarter of its people less than the floor: `pay.below-floor`."""
    quarter = slowest_quarter_minor(price, measured)
    return quarter is not None and quarter < price.floor_hourly_minor


def _from_timings(price: PriceTerms, timings: Sequence[ClaimTiming], basis: Basis) -> HourlyRate:
    per_item = _per_item(price, timings)
    minutes = [each.minutes_per_item for each in timings]
    half, slow = percentile(minutes, 50), percentile(minutes, 90)
    return HourlyRate(
        basis=basis,
        claims=len(timings),
        people=len({each.person for each in timings}),
        per_item_minor=None if per_item is None else int(per_item),
        p50_min=_shown(half),
        p90_min=_shown(slow),
        hourly_minor=_hourly(per_item, half),
        slow_hourly_minor=_hourly(per_item, slow),
    )


def _declared(price: PriceTerms) -> HourlyRate:
    by_item = price.record.unit == price.transcribe.unit == "item"
    per_item = Fraction(price.record.minor + price.transcribe.minor) if by_item else None
    return HourlyRate(
        basis="declared",
        claims=0,
        people=0,
        per_item_minor=None if per_item is None else int(per_item),
        p50_min=price.estimate_min_per_item,
        p90_min=None,
        hourly_minor=_hourly(per_item, Fraction(price.estimate_min_per_item)),
        slow_hourly_minor=None,
    )


def _per_item(price: PriceTerms, timings: Sequence[ClaimTiming]) -> Fraction | None:
    """Return what an accepted item pays; a line by the minute by how long accepted items are on average."""
    items = sum(each.accepted for each in timings)
    if not items:
        return None
    minutes = sum((each.sound_s for each in timings), Fraction(0)) / items / SECONDS_PER_MINUTE
    lines = (price.record, price.transcribe)
    units = [minutes if line.unit == "minute" else Fraction(1) for line in lines]
    return sum((line.minor * unit for line, unit in zip(lines, units, strict=True)), Fraction(0))


def _hourly(per_item: Fraction | None, minutes: Fraction | None) -> int | None:
    if per_item is None or not minutes:
        return None
    return int(per_item * MINUTES_PER_HOUR / minutes)  # rounded down: nobody is promised more than was earned


def _shown(minutes: Fraction | None) -> Decimal | None:
    if minutes is None:
        return None
    return Decimal(ceil(minutes * 10)) / 10  # up: nobody is promised a shorter item than was seen
