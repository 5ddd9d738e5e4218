"""How often a reviewer is right where the answer is known: gold items, by what is wrong with them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from speechcorpus.qc.proportions import Share, jeffreys

ITEMS = 40
RIGHT_AT_LEAST = 0.90


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldGiven:
    """One answer about a gold item: was it the right one."""

    code: str | None  # what is wrong with the item; None: nothing is
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldAccuracy:
    """How often one reviewer was right about one code, or about items that are good as they are."""

    code: str | None
    right: Share

    @property
    def is_too_low(self) -> bool:
        """True if even the upper bound lies below 90 %, over 40 items or more: the reviewer pauses."""
        return is_too_low(self.right)


def gold_accuracy(given: Iterable[GoldGiven]) -> Sequence[GoldAccuracy]:
    """Return the accuracy by code with intervals of Jeffreys; good items first, then codes sorted.

    Examples
    --------
    >>> heard = [GoldGiven(code="noise.third-voice", right=n > 0) for n in range(8)]
    >>> [(each.code, each.right.hits, each.right.of) for each in gold_accuracy(heard)]
    [('noise.third-voice', 7, 8)]
    """
    counts: dict[str | None, Counter[bool]] = {}
    for each in given:
        counts.setdefault(each.code, Counter())[each.right] += 1
    return [
        GoldAccuracy(code=code, right=jeffreys(seen[True], seen.total()))
        for code, seen in sorted(counts.items(), key=lambda entry: entry[0] or "")
    ]


def is_too_low(right: Share) -> bool:
    """Say whether a share of right answers pauses its reviewer.

    Examples
    --------
    >>> is_too_low(jeffreys(20, 39)), is_too_low(jeffreys(31, 40)), is_too_low(jeffreys(32, 40))
    (False, True, False)
    """
    return right.of >= ITEMS and right.high < RIGHT_AT_LEAST
