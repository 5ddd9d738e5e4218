"""How far an error rate may be off because other people might have been recorded: speakers drawn again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from speechcorpus.transcribe.resampling import Estimate, Floats, finite, ratio

RESAMPLES, SEED = 10_000, 20_261
CONFIDENCE = 0.95
FEWEST_SPEAKERS = 5  # below, the interval held the truth in 73–87 % of simulated corpora: none is given
FEW_SPEAKERS = 10  # below, in 90–92 % instead of 95 %: given, with a warning
_AT_ONCE = 1 << 20  # drawn numbers held in memory


def error_intervals(
    above: Sequence[Sequence[int]], below: Sequence[int], *, seed: int = SEED, resamples: int = RESAMPLES
) -> tuple[Estimate, ...]:
    """Return sum / sum(below) for each row of `above`, with its interval when speakers are drawn again.

    The speaker is what is drawn, with all that he or she said: sentences of one voice are no independent
    witnesses. The interval is the percentile one with its two percentiles moved outwards as Student's t is
    wider than the normal curve (Hesterberg, "What Teachers Should Know About the Bootstrap", 2015, section
    5.4): with few speakers the plain one, and the bias-corrected one as well, are too short.

    Parameters
    ----------
    above : for each figure a number for each speaker: errors, or by how much those of two systems differ
    below : tokens of each speaker's references
    seed : the same seed and speakers give the same intervals, whatever else is computed

    Returns
    -------
    estimates : without an interval below `FEWEST_SPEAKERS` speakers; without a value where nothing was said

    Examples
    --------
    >>> (found,) = error_intervals([[1, 2, 0, 4, 3]], [20, 20, 20, 20, 20])
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.1, 0.01, 0.19)
    """
    numbers = np.array([*above, below], dtype=np.int64).reshape(len(above) + 1, -1)
    speakers = numbers.shape[1]
    values = [finite(rates[0]) for rates in _rates(numbers.sum(axis=1, keepdims=True).T).T]
    if speakers < FEWEST_SPEAKERS or None in values:
        return tuple(Estimate(value=value, low=None, high=None) for value in values)
    drawn = _drawn(numbers, np.random.default_rng(seed), resamples)
    # a corpus drawn without anything said has no rate
    edges = np.quantile(drawn[np.isfinite(drawn).all(axis=1)], interval_levels(speakers), axis=0)
    ends = zip(values, *edges.tolist(), strict=True)
    return tuple(Estimate(value=value, low=low, high=high) for value, low, high in ends)


def interval_levels(speakers: int) -> tuple[float, float]:
    """Return the two levels between which the resampled rates make a 95 % interval.

    Raises
    ------
    ValueError : below two speakers

    Examples
    --------
    >>> [tuple(round(level, 4) for level in interval_levels(n)) for n in (5, 20, 2000)]
    [(0.001, 0.999), (0.0159, 0.9841), (0.0249, 0.9751)]
    """
    if speakers < 2:
        raise ValueError(f"an interval needs at least 2 speakers, got {speakers}")
    wider = np.sqrt(speakers / (speakers - 1)) * stdtrit(speakers - 1, (1 - CONFIDENCE) / 2)
    level = float(ndtr(wider))
    return level, 1 - level


def _drawn(numbers: NDArray[np.int64], rng: np.random.Generator, resamples: int) -> Floats:
    speakers = numbers.shape[1]
    rows = max(1, _AT_ONCE // speakers)
    sizes = [min(rows, resamples - start) for start in range(0, resamples, rows)]
    equal = [1 / speakers] * speakers
    return np.concatenate([_rates(rng.multinomial(speakers, equal, size=n) @ numbers.T) for n in sizes])


def _rates(sums: NDArray[np.int64]) -> Floats:
    """Shape (draws, figures), from sums of shape (draws, figures + 1) with the tokens last."""
    tokens = sums[:, -1].astype(np.float64)
    return np.stack([ratio(figure.astype(np.float64), tokens) for figure in sums[:, :-1].T], axis=1)
