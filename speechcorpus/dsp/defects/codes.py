"""Codes of 16 bits that a recording never uses: somebody scaled it after it was made whole numbers.

Gain in whole numbers leaves holes between the codes; a path with fewer bits uses every second or fourth of
them. Only where several samples would be expected on each code does a hole say anything.
"""

import numpy as np
from numpy.typing import NDArray

LOWEST_PERCENT, HIGHEST_PERCENT = 5, 95
EXPECTED_EACH = 8
BESIDE = 32  # codes on each side that say how many are expected
FEWEST_CODES = 16
CODES = 1 << 16


def codes_used(samples: NDArray[np.int16]) -> float | None:
    """Return which share of the codes is used where 8 samples or more are expected on each; None: nowhere.

    What is expected on a code is the lower of the means of the 32 codes below and above it: at the edge of a
    peak, such as silence makes, the higher one would promise too much.

    Parameters
    ----------
    samples : shape (n,), int16

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(0, 300, 100_000).astype(np.int16)
    >>> codes_used(noise), round(codes_used(2 * noise), 2), codes_used(noise[:1000])
    (1.0, 0.5, None)
    """
    if samples.size == 0:
        return None
    low, high = np.percentile(samples, (LOWEST_PERCENT, HIGHEST_PERCENT)).astype(np.int64)
    counts = np.bincount(samples.astype(np.int64) + CODES // 2, minlength=CODES)
    total = np.concatenate(([0], np.cumsum(counts)))
    code = np.arange(low, high + 1) + CODES // 2
    below, above = np.maximum(code - BESIDE, 0), np.minimum(code + BESIDE, CODES - 1)
    expected = np.minimum(total[code] - total[below], total[above + 1] - total[code + 1]) / BESIDE
    told = code[expected >= EXPECTED_EACH]
    if told.size < FEWEST_CODES:
        return None
    return round(float(np.count_nonzero(counts[told]) / told.size), 4)
