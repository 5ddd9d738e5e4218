"""Many comparisons at once: which stand out, when most of what stands out must be true."""

from collections.abc import Sequence


def standing_out(chances: Sequence[float], *, q: float) -> tuple[bool, ...]:
    """Say of each comparison whether it is an alarm; of the alarms, a share of `q` is false on average.

    Benjamini and Hochberg, "Controlling the False Discovery Rate" (1995): the largest k such that the k-th
    smallest chance is at most k / m · q, and every comparison up to it.

    Parameters
    ----------
    chances : for each comparison the chance of seeing it when nothing is behind it

    Examples
    --------
    >>> standing_out([0.03, 0.001, 0.8, 0.02], q=0.05)
    (True, True, False, True)
    """
    count = len(chances)
    largest = max(
        (chance for rank, chance in enumerate(sorted(chances), 1) if chance <= rank / count * q), default=-1.0
    )
    return tuple(chance <= largest for chance in chances)
