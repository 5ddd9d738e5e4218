"""Whether a reviewer refuses one group of people more, or less, than everybody else refuses them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from speechcorpus.qc.alarms import standing_out
from speechcorpus.qc.proportions import Difference, Share, chance_of_difference, difference, jeffreys

Dimension = Literal["variety", "subvariety", "gender", "age_band", "device", "band"]

ITEMS = 50
CONTRIBUTORS = 10
Q = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One decision about one randomly assigned item, and the groups that item belongs to."""

    reviewer: str
    contributor: str
    refused: bool
    groups: Mapping[Dimension, str]  # what a person did not say is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasCell:
    """One reviewer and one group, beside all other reviewers of that group.

    `apart` and `chance` are None in a cell that is too small to say anything; `alarm` is for the manager to
    look into, never a sanction.
    """

    reviewer: str
    dimension: Dimension
    group: str
    contributors: int
    refused: Share
    pool: Share
    apart: Difference | None
    chance: float | None
    alarm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    reviewer: str
    dimension: Dimension
    group: str
    contributors: int
    refused: Share
    pool: Share
    is_large: bool


def group_bias(heard: Iterable[Heard], *, q: float = Q) -> Sequence[BiasCell]:
    """Return every reviewer beside the pool, group by group.

    The pool of a cell is what the other reviewers decided about the same group. Cells of fewer than 50 items
    or 10 contributors, on either side, are listed without a figure and take no part in the correction for
    many comparisons.

    Parameters
    ----------
    heard : decisions on items that were drawn at random, and on no others
    q : the share of alarms that may be false

    Examples
    --------
    >>> few = [Heard(reviewer="r1", contributor="c1", refused=True, groups={"gender": "female"})]
    >>> [(cell.group, cell.refused.hits, cell.apart, cell.alarm) for cell in group_bias(few)]
    [('female', 1, None, False)]
    """
    listed = list(heard)
    counted = [cell for dimension in get_args(Dimension) for cell in _cells(listed, dimension)]
    large = [cell for cell in counted if cell.is_large]
    chances = [chance_of_difference(cell.refused, cell.pool) for cell in large]
    alarms = standing_out(chances, q=q)
    found = {id(cell): figures for cell, *figures in zip(large, chances, alarms, strict=True)}
    return [_cell(cell, *found.get(id(cell), (None, False))) for cell in counted]


def _cells(heard: Sequence[Heard], dimension: Dimension) -> Sequence[_Counted]:
    grouped: dict[str, dict[str, list[Heard]]] = {}
    for each in heard:
        if dimension in each.groups:
            by_reviewer = grouped.setdefault(each.groups[dimension], {})
            by_reviewer.setdefault(each.reviewer, []).append(each)
    return [
        _counted(reviewer, dimension, group, by_reviewer)
        for group, by_reviewer in sorted(grouped.items())
        for reviewer in sorted(by_reviewer)
    ]


def _counted(
    reviewer: str, dimension: Dimension, group: str, by_reviewer: Mapping[str, Sequence[Heard]]
) -> _Counted:
    mine = by_reviewer[reviewer]
    others = [each for name, theirs in by_reviewer.items() if name != reviewer for each in theirs]
    return _Counted(
        reviewer=reviewer,
        dimension=dimension,
        group=group,
        contributors=len({each.contributor for each in mine}),
        refused=_refused(mine),
        pool=_refused(others),
        is_large=_is_large(mine) and _is_large(others),
    )


def _cell(cell: _Counted, chance: float | None, alarm: bool) -> BiasCell:
    return BiasCell(
        reviewer=cell.reviewer,
        dimension=cell.dimension,
        group=cell.group,
        contributors=cell.contributors,
        refused=cell.refused,
        pool=cell.pool,
        apart=difference(cell.refused, cell.pool) if cell.is_large else None,
        chance=chance,
        alarm=alarm,
    )


def _is_large(heard: Sequence[Heard]) -> bool:
    return len(heard) >= ITEMS and len({each.contributor for each in heard}) >= CONTRIBUTORS


def _refused(heard: Sequence[Heard]) -> Share:
    return jeffreys(sum(each.refused for each in heard), len(heard))
