"""Which split every sentence belongs to, so that no text of dev or test was seen in training."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from speechcorpus.corpus.groups import Components
from speechcorpus.corpus.identifiers import KeyOf


@dataclass(slots=True, kw_only=True)
class SentenceGroup:
    """Clips that say the same: the time each speaker split spent on it, and where it is placed."""

    keys: tuple[str, ...]
    time: dict[str, int] = field(default_factory=dict)
    pins: frozenset[str] = frozenset()
    split: str = "train"

    def add(self, split: str, time: int) -> None:
        """Count a clip that a speaker of this split says."""
        self.time[split] = self.time.get(split, 0) + time

    @property
    def mixed(self) -> bool:
        """Whether speakers of several splits say it."""
        return len(self.time) > 1

    def place(self) -> None:
        """Take the only split that says it, else a pinned one, else the one that says it longest."""
        if len(self.time) == 1:
            self.split = next(iter(self.time))
        elif self.pins:
            # a corrected text may join pins: then the held-out clips leave, never the ones in train
            self.split = "train" if "train" in self.pins else self._longest(self.pins)
        elif self.time:
            self.split = self._longest(self.time)

    def _longest(self, splits: Iterable[str]) -> str:
        ranked = sorted(splits, key=lambda split: (-self.time.get(split, 0), split != "train", split))
        return ranked[0]


def sentence_groups(sentences: Iterable[Sequence[str]]) -> dict[str, SentenceGroup]:
    """Return the group of every sentence key; keys that one clip carries belong together."""
    carried = list(sentences)
    found = Components(dict.fromkeys(name for names in carried for name in names))
    for names in carried:
        found.join_all(names)
    members = found.groups()
    del found, carried  # of a large corpus each of these is as large as what is made of it
    members.reverse()
    groups: dict[str, SentenceGroup] = {}
    while members:
        keys = tuple(members.pop())
        groups.update(dict.fromkeys(keys, SentenceGroup(keys=keys)))
    return groups


def flip_towards(groups: Iterable[SentenceGroup], *, target: int, order: Sequence[str], key: KeyOf) -> None:
    """Move mixed sentences to a held-out split until it has half its target, the cheapest first.

    Cheapest is the greatest ratio of time gained there to time lost elsewhere. Pinned sentences stay, and no
    held-out split is brought below half its own target for the other.
    """
    placed = list(groups)
    kept = Counter[str]()
    for group in placed:
        kept[group.split] += group.time.get(group.split, 0)
    for split in order:
        for group in _worth_moving(placed, split, key):
            if 2 * kept[split] >= target:
                break
            loses = group.time.get(group.split, 0)
            if group.split in order and 2 * (kept[group.split] - loses) < target:
                continue
            kept[group.split] -= loses
            kept[split] += group.time[split]
            group.split = split


def _worth_moving(groups: Iterable[SentenceGroup], split: str, key: KeyOf) -> list[SentenceGroup]:
    movable = [
        group
        for group in groups
        if group.mixed and group.split != split and group.time.get(split) and not group.pins
    ]
    return sorted(movable, key=lambda group: (-_gain(group, split), min(map(key, group.keys))))


def _gain(group: SentenceGroup, split: str) -> Fraction:
    return Fraction(group.time[split], sum(group.time.values()) - group.time[split])
