"""Shares with their uncertainty: Jeffreys intervals, the difference of two shares, whether it is chance."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, gammaln

CONFIDENCE = 0.95
TIES = 1e-7  # tables as likely as the one at hand, up to rounding: what R and SciPy use too


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many, and the interval of Jeffreys for the share behind them."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.hits / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first share less the second, with its interval."""

    value: float
    low: float
    high: float


def jeffreys(hits: int, of: int, *, confidence: float = CONFIDENCE) -> Share:
    """Return a share with the equal-tailed interval of Jeffreys' prior, Beta(1/2, 1/2).

    Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion" (2001), section 3.1.3: the lower
    end is 0 without a hit, the upper end 1 with nothing but hits.

    Examples
    --------
    >>> share = jeffreys(1, 10)
    >>> round(share.low, 4), round(share.high, 4)
    (0.011, 0.3813)
    """
    tail = (1 - confidence) / 2
    a, b = hits + 0.5, of - hits + 0.5
    low = float(betaincinv(a, b, tail)) if hits else 0.0
    high = float(betaincinv(a, b, 1 - tail)) if hits < of else 1.0
    return Share(hits=hits, of=of, low=low, high=high)


def difference(first: Share, second: Share) -> Difference:
    """Return how far the first share lies above the second, from the intervals of both.

    Newcombe, "Interval Estimation for the Difference between Independent Proportions" (1998), method 10,
    with Jeffreys' intervals in place of Wilson's. Both shares are of something.

    Examples
    --------
    >>> found = difference(jeffreys(20, 100), jeffreys(10, 100))
    >>> round(found.value, 3), found.low < 0 < found.high
    (0.1, False)
    """
    one, other = first.value or 0.0, second.value or 0.0
    apart = one - other
    return Difference(
        value=apart,
        low=apart - float(np.hypot(one - first.low, second.high - other)),
        high=apart + float(np.hypot(first.high - one, other - second.low)),
    )


def chance_of_difference(first: Share, second: Share) -> float:
    """Return how often two equal shares would lie as far apart as these: Fisher's exact test, two-sided.

    Examples
    --------
    >>> round(chance_of_difference(jeffreys(8, 10), jeffreys(1, 6)), 4)
    0.035
    """
    likely, at = _likelihoods(first, second)
    return min(1.0, float(likely[likely <= likely[at] * (1 + TIES)].sum()))


def chance_of_more(first: Share, second: Share) -> float:
    """Return how often the first would reach its share if both were equal: Fisher's exact test, one-sided.

    Examples
    --------
    >>> round(chance_of_more(jeffreys(8, 10), jeffreys(1, 6)), 4)
    0.0245
    """
    likely, at = _likelihoods(first, second)
    return min(1.0, float(likely[at:].sum()))


def _likelihoods(first: Share, second: Share) -> tuple[np.ndarray, int]:
    """Return how likely each split of all hits between both is, and which split is the one at hand."""
    hits = first.hits + second.hits
    least, most = max(0, hits - second.of), min(first.of, hits)
    mine = np.arange(least, most + 1)
    log = _log_choose(first.of, mine) + _log_choose(second.of, hits - mine)
    log -= _log_choose(first.of + second.of, np.array(hits))
    return np.exp(log), first.hits - least


def _log_choose(of: int, chosen: np.ndarray) -> np.ndarray:
    counts: np.ndarray = gammaln(of + 1) - gammaln(chosen + 1) - gammaln(of - chosen + 1)
    return counts
