"""What a figure may be in another corpus like this one: speakers are drawn again, never single sentences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

INTERVAL_PERCENT = (2.5, 97.5)

Floats = NDArray[np.float64]
Sums = TypeVar("Sums")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value and the interval that 95 % of resampled corpora fall in; None where it is undefined."""

    value: float | None
    low: float | None
    high: float | None


def resampling_weights(speakers: int, *, rng: np.random.Generator, draws: int) -> Floats:
    """Return how often each speaker counts: first the corpus as it is, then `draws` resampled ones.

    Returns
    -------
    weights : shape (1 + draws, speakers); every row sums to `speakers`

    Examples
    --------
    >>> resampling_weights(3, rng=np.random.default_rng(1), draws=4).sum(axis=1).tolist()
    [3.0, 3.0, 3.0, 3.0, 3.0]
    """
    drawn = rng.multinomial(speakers, [1 / speakers] * speakers, size=draws)
    return np.vstack([np.ones(speakers), drawn])


def estimate(
    measure: Callable[[Sequence[Sums], Floats], Floats], sums: Sequence[Sums], weights: Floats
) -> Estimate:
    """Return a figure with its interval; a group of one speaker has none.

    Parameters
    ----------
    measure : gives one figure for each row of `weights`, not finite where it is undefined
    sums : what each speaker adds to the figure
    """
    figures = measure(sums, weights)
    value, defined = finite(figures[0]), figures[1:][np.isfinite(figures[1:])]
    if len(sums) < 2 or not defined.size:
        return Estimate(value=value, low=None, high=None)
    low, high = np.percentile(defined, INTERVAL_PERCENT)
    return Estimate(value=value, low=float(low), high=float(high))


def alpha_of_sums(differing: Floats, values: Floats, squares: Floats) -> Floats:
    """Return Krippendorff's nominal alpha, 1 - observed / expected disagreement; nan where nothing varies.

    Parameters
    ----------
    differing : over units, the ordered pairs of values that differ, divided by the unit's values less one
    values : how many values were paired
    squares : over the values, the square of how often each was given
    """
    return 1 - ratio((values - 1) * differing, values**2 - squares)


def weighted(weights: Floats, numbers: Sequence[float]) -> Floats:
    """Return the sum of the speakers' numbers in each resampled corpus."""
    total: Floats = weights @ np.array(numbers, dtype=np.float64)
    return total


def ratio(above: Floats, below: Floats) -> Floats:
    """Divide; nan where there is nothing to divide by."""
    undefined = np.full(len(below), np.nan)
    divided: Floats = np.divide(above, below, out=undefined, where=below > 0)
    return divided


def finite(value: float) -> float | None:
    """Return a number as Python has it, None for one that is none."""
    return float(value) if np.isfinite(value) else None
