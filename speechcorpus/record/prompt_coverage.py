"""How much of a language's sounds was spoken: type coverage, distance to a reference, what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum, log2, sqrt


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A unit of the reference that nobody has spoken, and how often the reference has it."""

    unit: str
    in_reference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How far some recordings cover a reference."""

    types: int  # different units in the reference
    covered: int  # of them spoken
    units: int  # units spoken, also those that the reference does not have
    outside: int  # different units spoken that the reference does not have
    running_share: float | None  # of the reference's running units, those of a covered type
    distance: float | None  # Jensen–Shannon, base 2: 0 the same, 1 nothing in common; None: nothing spoken
    missing: tuple[Missing, ...]  # rarest first

    @property
    def share(self) -> float | None:
        """Type coverage, or None without a reference."""
        return self.covered / self.types if self.types else None


def coverage(spoken: Mapping[str, int], reference: Mapping[str, int]) -> Coverage:
    """Return how far what was spoken covers a reference; both are counts of units.

    Examples
    --------
    >>> found = coverage({"ê": 3, "tsit": 1}, {"ê": 6, "tsit": 2, "lâng": 1, "tshiáng": 1})
    >>> found.share, found.running_share, [one.unit for one in found.missing]
    (0.5, 0.8, ['lâng', 'tshiáng'])
    """
    heard = {unit for unit, count in spoken.items() if count > 0}
    known = {unit: count for unit, count in reference.items() if count > 0}
    total = sum(known.values())
    covered = heard & known.keys()
    lacking = sorted(known.keys() - heard, key=lambda unit: (known[unit], unit))
    return Coverage(
        types=len(known),
        covered=len(covered),
        units=sum(spoken[unit] for unit in heard),
        outside=len(heard - known.keys()),
        running_share=sum(known[unit] for unit in covered) / total if total else None,
        distance=jensen_shannon_distance(spoken, known),
        missing=tuple(Missing(unit=unit, in_reference=known[unit]) for unit in lacking),
    )


def jensen_shannon_distance(one: Mapping[str, int], other: Mapping[str, int]) -> float | None:
    """Return the Jensen–Shannon distance of two counts, base 2: the square root of the divergence.

    Between 0 (the same shares) and 1 (nothing in common); None if one of them counts nothing. Lin, IEEE
    Trans. Inf. Theory 37 (1991), eq. 3.1; its root is a metric (Endres & Schindelin 2003).

    Examples
    --------
    >>> jensen_shannon_distance({"a": 1, "b": 1}, {"a": 5, "b": 5})
    0.0
    >>> jensen_shannon_distance({"a": 1}, {"b": 1})
    1.0
    """
    ones, others = sum(one.values()), sum(other.values())
    if not ones or not others:
        return None
    parts = [
        _part(one.get(unit, 0) / ones, other.get(unit, 0) / others)
        for unit in sorted(one.keys() | other.keys())
    ]
    return sqrt(min(1.0, max(0.0, fsum(parts))))  # rounding alone may leave the range


def _part(p: float, q: float) -> float:
    middle = (p + q) / 2
    return sum(share / 2 * log2(share / middle) for share in (p, q) if share > 0)
