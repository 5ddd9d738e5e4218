"""How well reviewers agree about the same items: Cohen's kappa, what both said, Krippendorff's alpha."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from speechcorpus.transcribe.resampling import (
    Estimate,
    Floats,
    alpha_of_sums,
    estimate,
    ratio,
    resampling_weights,
    weighted,
)

DRAWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question about one item, as each reviewer answered it blind; None: this one did not answer."""

    contributor: str  # whose item: items of one person are no independent witnesses
    answers: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far the reviewers of the same items agree on one question.

    `both_yes`, `both_no` and `differing` count the first two answers of an item, and kappa and what both
    said rest on them; alpha takes every answer. `positive` is the agreement on yes, `negative` on no: kappa
    alone misleads where nearly everything is accepted.
    """

    doubles: int  # items with two answers or more
    contributors: int
    both_yes: int
    both_no: int
    differing: int
    same: Estimate  # the share that both answered alike
    kappa: Estimate
    positive: Estimate
    negative: Estimate
    alpha: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """What the items of one contributor add."""

    yes_yes: int = 0
    yes_no: int = 0
    no_yes: int = 0
    no_no: int = 0
    differing: float = 0.0  # of alpha: ordered pairs that differ, each unit divided by its values less one
    yes: int = 0
    no: int = 0

    @property
    def doubles(self) -> int:
        return self.yes_yes + self.yes_no + self.no_yes + self.no_no


def cohen_kappa(pairs: Iterable[tuple[Hashable, Hashable]]) -> float | None:
    """Return Cohen's kappa of two reviewers; None where chance alone would make them agree wholly.

    (p_o - p_e) / (1 - p_e), Cohen, "A Coefficient of Agreement for Nominal Scales" (1960), from whole
    numbers until the last division.

    Parameters
    ----------
    pairs : for each item what the first and what the second said

    Examples
    --------
    >>> cohen_kappa([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")])
    0.5
    >>> cohen_kappa([("a", "a"), ("a", "a")]) is None
    True
    """
    listed = list(pairs)
    same = sum(one == other for one, other in listed)
    first, second = Counter(one for one, _ in listed), Counter(other for _, other in listed)
    by_chance = sum(count * second[value] for value, count in first.items())
    below = len(listed) ** 2 - by_chance
    return (len(listed) * same - by_chance) / below if below else None


def agreement(asked: Iterable[Asked], *, rng: np.random.Generator, draws: int = DRAWS) -> Agreement:
    """Return how well the reviewers agree; intervals draw contributors again, never single items.

    Parameters
    ----------
    asked : items answered once or not at all are left out
    rng : the same seed gives the same intervals

    Examples
    --------
    >>> heard = [Asked(contributor=f"c{n}", answers=(n % 3 == 0, n % 4 == 0)) for n in range(12)]
    >>> found = agreement(heard, rng=np.random.default_rng(1))
    >>> found.doubles, found.both_yes, found.both_no, found.differing, round(found.kappa.value, 3)
    (12, 1, 6, 5, 0.0)
    """
    sums = _by_contributor(asked)
    weights = resampling_weights(max(len(sums), 1), rng=rng, draws=draws if len(sums) > 1 else 0)
    of = partial(_estimated, sums=sums, weights=weights)
    return Agreement(
        doubles=sum(each.doubles for each in sums),
        contributors=len(sums),
        both_yes=sum(each.yes_yes for each in sums),
        both_no=sum(each.no_no for each in sums),
        differing=sum(each.yes_no + each.no_yes for each in sums),
        same=of(_same),
        kappa=of(_kappa),
        positive=of(_positive),
        negative=of(_negative),
        alpha=of(_alpha),
    )


Measure = Callable[[Sequence[_Sums], Floats], Floats]


def _by_contributor(asked: Iterable[Asked]) -> Sequence[_Sums]:
    found: dict[str, list[list[bool]]] = {}
    for each in asked:
        answers = [answer for answer in each.answers if answer is not None]
        if len(answers) > 1:
            found.setdefault(each.contributor, []).append(answers)
    return [_sums(found[contributor]) for contributor in sorted(found)]


def _sums(units: Sequence[Sequence[bool]]) -> _Sums:
    pairs = Counter((unit[0], unit[1]) for unit in units)
    yes = sum(sum(unit) for unit in units)
    return _Sums(
        yes_yes=pairs[True, True],
        yes_no=pairs[True, False],
        no_yes=pairs[False, True],
        no_no=pairs[False, False],
        differing=sum(2 * sum(unit) * (len(unit) - sum(unit)) / (len(unit) - 1) for unit in units),
        yes=yes,
        no=sum(len(unit) for unit in units) - yes,
    )


def _estimated(
    measure: Callable[[Sequence[_Sums], Floats], Floats], *, sums: Sequence[_Sums], weights: Floats
) -> Estimate:
    if not sums:
        return Estimate(value=None, low=None, high=None)
    return estimate(measure, sums, weights)


def _cells(sums: Sequence[_Sums], weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    return (
        weighted(weights, [each.yes_yes for each in sums]),
        weighted(weights, [each.yes_no for each in sums]),
        weighted(weights, [each.no_yes for each in sums]),
        weighted(weights, [each.no_no for each in sums]),
    )


def _same(sums: Sequence[_Sums], weights: Floats) -> Floats:
    a, b, c, d = _cells(sums, weights)
    return ratio(a + d, a + b + c + d)


def _kappa(sums: Sequence[_Sums], weights: Floats) -> Floats:
    a, b, c, d = _cells(sums, weights)
    by_chance = (a + b) * (a + c) + (c + d) * (b + d)
    items = a + b + c + d
    return ratio(items * (a + d) - by_chance, items**2 - by_chance)


def _positive(sums: Sequence[_Sums], weights: Floats) -> Floats:
    a, b, c, _ = _cells(sums, weights)
    return ratio(2 * a, 2 * a + b + c)


def _negative(sums: Sequence[_Sums], weights: Floats) -> Floats:
    _, b, c, d = _cells(sums, weights)
    return ratio(2 * d, 2 * d + b + c)


def _alpha(sums: Sequence[_Sums], weights: Floats) -> Floats:
    yes, no = weighted(weights, [each.yes for each in sums]), weighted(weights, [each.no for each in sums])
    differing = weighted(weights, [each.differing for each in sums])
    return alpha_of_sums(differing, yes + no, yes**2 + no**2)
