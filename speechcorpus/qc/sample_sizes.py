"""How many items a figure needs before it can say what is asked of it."""

from math import ceil, sqrt

from scipy.special import ndtr, ndtri

CONFIDENCE = 0.95


def items_for_margin(share: float, margin: float, *, confidence: float = CONFIDENCE) -> int:
    """Return how many items give a share to within ± `margin`.

    Examples
    --------
    >>> items_for_margin(0.90, 0.03), items_for_margin(0.95, 0.02)
    (385, 457)
    """
    z = float(ndtri((1 + confidence) / 2))
    return ceil(z**2 * share * (1 - share) / margin**2)


def margin_of(items: int, share: float, *, confidence: float = CONFIDENCE) -> float:
    """Return how far the share of so many items may lie off.

    Examples
    --------
    >>> round(margin_of(385, 0.90), 3)
    0.03
    """
    return float(ndtri((1 + confidence) / 2)) * sqrt(share * (1 - share) / items)


def power_to_tell(items: int, one: float, other: float, *, confidence: float = CONFIDENCE) -> float:
    """Return how often two reviewers with so many items each are told apart, if one refuses more.

    Fleiss, Levin and Paik, "Statistical Methods for Rates and Proportions", section 4.2: two-sided, normal.

    Examples
    --------
    >>> round(power_to_tell(200, 0.10, 0.20), 2), round(power_to_tell(400, 0.10, 0.20), 2)
    (0.8, 0.98)
    """
    mean = (one + other) / 2
    by_chance = float(ndtri((1 + confidence) / 2)) * sqrt(2 * mean * (1 - mean) / items)
    spread = sqrt((one * (1 - one) + other * (1 - other)) / items)
    return float(ndtr((abs(one - other) - by_chance) / spread))
