"""A sitting: one stretch of work at the microphone.

The edges are those of `fair-work.md` §5. A hidden tab is an event of the take, never a pause.
"""

from typing import Literal

from speechcorpus.domain.edges import Edges

SittingEvent = Literal["pause", "resume", "end", "silence"]

EDGES = Edges(
    of="sitting",
    edges={
        ("open", "pause"): "paused",  # band lost, or the person
        ("paused", "resume"): "open",
        ("open", "end"): "closed",
        ("paused", "end"): "closed",
        ("open", "silence"): "abandoned",  # no heartbeat and no bytes for 7 days
        ("paused", "silence"): "abandoned",
        ("abandoned", "resume"): "open",  # while the claim is active
    },
)


def next_state(state: str, event: SittingEvent) -> str:
    """Return the sitting's state after `event`.

    Raises
    ------
    SittingError : `sitting.edge` for an edge that is not listed

    Examples
    --------
    >>> next_state("open", "pause")
    'paused'
    """
    return EDGES.after(state, event)
