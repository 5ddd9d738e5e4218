"""Connected components: speakers that talked with each other, clips that say the same sentence."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Components(Generic[T]):
    """Things that belong together because a chain of joins connects them.

    Examples
    --------
    >>> found = Components("abcd")
    >>> found.join("a", "c")
    >>> found.groups()
    [['a', 'c'], ['b'], ['d']]
    """

    def __init__(self, things: Iterable[T]) -> None:
        self._parent: dict[T, T] = {thing: thing for thing in things}

    def root(self, thing: T) -> T:
        """Return the representative of the thing's component."""
        root = thing
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[thing] != root:  # the next walk is short
            self._parent[thing], thing = root, self._parent[thing]
        return root

    def join(self, one: T, other: T) -> None:
        """Put the components of both together."""
        self._parent[self.root(other)] = self.root(one)

    def join_all(self, things: Sequence[T]) -> None:
        """Put the components of all these together."""
        for thing in things[1:]:
            self.join(things[0], thing)

    def groups(self) -> list[list[T]]:
        """Return all components in the order in which their first member was given."""
        found: dict[T, list[T]] = defaultdict(list)
        for thing in self._parent:
            found[self.root(thing)].append(thing)
        return list(found.values())
