"""Which speaker groups are held out for dev and test: near a target, with the corpus's own mixture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is balanced: time of each group in each stratum (deciseconds), the target of one held-out split,
    and the cap (a held-out split has at most one `cap`-th of the time that is not held out)."""

    hours: Sequence[Sequence[int]]
    target: int
    cap: int


def assign_held_out(
    balance: Balance, *, kept: Sequence[str | None], keys: Sequence[bytes], order: Sequence[str]
) -> list[str]:
    """Return the split of each group: its kept one, else chosen greedily, else train.

    Parameters
    ----------
    kept : split of the groups known from the release before, None for new ones
    keys : keyed hash of each group: the smaller one wins a tie
    order : the held-out splits, first in a tie first
    """
    greedy = _Greedy(balance, kept, keys, order)
    while greedy.step():
        pass
    for split in order:
        greedy.give_one(split)
    return [split or "train" for split in greedy.found]


class _Greedy:
    """One run of step 3. Products stay below 2^63 up to 50,000 h: only groups that fit the cap are costed."""

    def __init__(
        self, balance: Balance, kept: Sequence[str | None], keys: Sequence[bytes], order: Sequence[str]
    ) -> None:
        self.hours: IntArray = np.array(balance.hours, dtype=np.int64)
        self.group_ds: IntArray = self.hours.sum(axis=1)
        self.stratum_ds: IntArray = self.hours.sum(axis=0)
        self.total = int(self.group_ds.sum())
        self.target, self.cap, self.order = balance.target, balance.cap, order
        self.found = list(kept)
        self.rank: IntArray = np.empty(len(keys), dtype=np.int64)
        self.rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
        self.held = {split: self._sum_of(split) for split in order}

    def step(self) -> bool:
        """Give one group to the split furthest below its target, if that lowers its cost."""
        for split in sorted(self.order, key=lambda split: int(self.held[split].sum()) - self.target):
            best = self._best(split)
            if best is not None and best[1] < int(self._cost(self.held[split][None, :])[0]):
                self._give(best[0], split)
                return True
        return False

    def give_one(self, split: str) -> None:
        """Give a still empty split its cheapest group that fits, else the smallest of all."""
        free = self._free()
        if split in self.found or not len(free):
            return
        best = self._best(split)
        smallest = min(free, key=lambda i: (self.group_ds[i], self.rank[i]))
        self._give(int(smallest) if best is None else best[0], split)

    def _best(self, split: str) -> tuple[int, int] | None:
        """The group that fits and costs least, with its cost; None when none fits."""
        free = self._free()
        train_ds = self.total - sum(int(held.sum()) for held in self.held.values())
        held_ds = int(self.held[split].sum()) + self.group_ds[free]
        free = free[self.cap * held_ds <= train_ds - self.group_ds[free]]
        if not len(free):
            return None
        costs = self._cost(self.held[split] + self.hours[free])
        best = int(np.lexsort((self.rank[free], costs))[0])
        return int(free[best]), int(costs[best])

    def _cost(self, held: IntArray) -> IntArray:
        off = np.abs(self.total * held - self.target * self.stratum_ds).sum(axis=1)
        over = np.maximum(0, held.sum(axis=1) - self.target)
        cost: IntArray = off + 2 * self.total * over
        return cost

    def _free(self) -> IntArray:
        free = [i for i, split in enumerate(self.found) if split is None and self.group_ds[i] > 0]
        return np.array(free, dtype=np.int64)

    def _give(self, group: int, split: str) -> None:
        self.found[group] = split
        self.held[split] = self.held[split] + self.hours[group]

    def _sum_of(self, split: str) -> IntArray:
        rows = [i for i, kept in enumerate(self.found) if kept == split]
        total: IntArray = self.hours[rows].sum(axis=0)
        return total
