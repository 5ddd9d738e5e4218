"""The listed edges of a state machine: whatever is not listed does not happen."""

from collections.abc import Mapping
from dataclasses import dataclass

from speechcorpus.domain.errors import SittingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """What may happen to one kind of thing: (state, event) -> next state.

    Examples
    --------
    >>> door = Edges(of="door", edges={("open", "shut"): "closed"})
    >>> door.after("open", "shut")
    'closed'
    """

    of: str
    edges: Mapping[tuple[str, str], str]

    def after(self, state: str, event: str) -> str:
        """Return the state that `event` leads to.

        Raises
        ------
        SittingError : `<of>.edge` if the edge is not listed; nothing changes
        """
        following = self.edges.get((state, event))
        if following is None:
            raise SittingError(
                f"{self.of}.edge", f"a {self.of} that is {state} cannot {event}", state=state, event=event
            )
        return following

    def states(self) -> frozenset[str]:
        """Every state that has an edge into it or out of it."""
        return frozenset(self.edges.values()) | frozenset(state for state, _ in self.edges)
