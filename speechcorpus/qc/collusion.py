"""Pairs of people who are kinder to each other than to others, and than others are to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from speechcorpus.qc.alarms import standing_out
from speechcorpus.qc.proportions import Share, chance_of_more, jeffreys

Q = 0.01

Key = TypeVar("Key", str, tuple[str, str])
Counts = tuple[int, int]  # accepted, judged
PairShares = tuple[tuple[str, str], Share, Share, Share]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One person's decision about another's item."""

    judge: str
    author: str
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two people, in both directions: how often they accepted each other, and what was to be expected.

    `elsewhere` is how often these judges accept others, `by_others` how often others accept these authors.
    """

    people: tuple[str, str]
    accepted: Share
    elsewhere: Share
    by_others: Share
    chance: float
    alarm: bool


def mutual_accepts(judged: Iterable[Judged], *, q: float = Q) -> Sequence[Pair]:
    """Return every pair, the least likely first.

    A pair stands out only if it accepts more than its judges do elsewhere and more than its authors get from
    others, so neither a mild judge nor a careful author makes one: of the two chances the larger one counts.

    Examples
    --------
    >>> votes = [Judged(judge="a", author="b", accepted=True)] * 30
    >>> votes += [Judged(judge="a", author="c", accepted=n < 10) for n in range(30)]
    >>> votes += [Judged(judge="d", author="b", accepted=n < 10) for n in range(30)]
    >>> [(pair.people, pair.alarm) for pair in mutual_accepts(votes)][0]
    (('a', 'b'), True)
    """
    counted = _by_pair(list(judged))
    chances = [
        max(chance_of_more(accepted, elsewhere), chance_of_more(accepted, by_others))
        for _, accepted, elsewhere, by_others in counted
    ]
    pairs = [
        Pair(people=people, accepted=a, elsewhere=e, by_others=o, chance=chance, alarm=alarm)
        for (people, a, e, o), chance, alarm in zip(counted, chances, standing_out(chances, q=q), strict=True)
    ]
    return sorted(pairs, key=lambda pair: (pair.chance, pair.people))


def _by_pair(judged: Sequence[Judged]) -> Sequence[PairShares]:
    directed: dict[tuple[str, str], Counts] = {}
    judging: dict[str, Counts] = {}
    judged_of: dict[str, Counts] = {}
    for each in judged:
        _add(directed, (each.judge, each.author), each.accepted)
        _add(judging, each.judge, each.accepted)
        _add(judged_of, each.author, each.accepted)
    pairs: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for judge, author in directed:
        pairs.setdefault((min(judge, author), max(judge, author)), []).append((judge, author))
    return [
        (
            people,
            _share(directed[way] for way in ways),
            _share(_less(judging[judge], directed[judge, author]) for judge, author in ways),
            _share(_less(judged_of[author], directed[judge, author]) for judge, author in ways),
        )
        for people, ways in sorted(pairs.items())
    ]


def _add(counts: dict[Key, Counts], key: Key, accepted: bool) -> None:
    yes, of = counts.get(key, (0, 0))
    counts[key] = yes + accepted, of + 1


def _less(all_of: Counts, these: Counts) -> Counts:
    return all_of[0] - these[0], all_of[1] - these[1]


def _share(counts: Iterable[Counts]) -> Share:
    listed = list(counts)
    return jeffreys(sum(yes for yes, _ in listed), sum(of for _, of in listed))
