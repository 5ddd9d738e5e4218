"""A take: one press of record on one track, and the spans it proposes as items."""

from typing import Literal

from speechcorpus.domain.edges import Edges

TakeEvent = Literal["finish", "abandon", "return"]

EDGES = Edges(
    of="take",
    edges={
        ("receiving", "finish"): "stored",  # all bytes hashed and durable; a marked gap does not hinder it
        ("receiving", "abandon"): "failed",  # chunks still missing when its sitting is abandoned
        ("failed", "return"): "receiving",  # the client still holds the bytes
    },
)

TRACKS = ("main", "room", "check")
ITEM_TRACK = "main"  # room tone and sound checks are measured, never items

MAX_TAKE_S = 4 * 3600
MAX_TAKE_BYTES = 4 * 2**30 - 44  # what a WAV header can count


def next_state(state: str, event: TakeEvent) -> str:
    """Return the take's state after `event`.

    Raises
    ------
    SittingError : `take.edge` for an edge that is not listed

    Examples
    --------
    >>> next_state("receiving", "finish")
    'stored'
    """
    return EDGES.after(state, event)
