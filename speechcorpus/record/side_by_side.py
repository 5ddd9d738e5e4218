"""Two tracks of one talk side by side: which of their samples is heard with mine, who speaks when."""

from collections.abc import Sequence

import numpy as np

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.dsp.outline import Int16Array

Span = tuple[int, int]

SHORTEST_S = 0.15  # together for less: a click or a breath, as in `segmentation.SPEECH_S`


def heard_beside(track: Int16Array, first: int, places: FloatArray) -> Int16Array:
    """Return the samples of another track that are heard with one's own; 0 where it has none.

    Of each place the nearest sample, half of one off at most: nothing is made between two samples. Where the
    two clocks differ, one is left out or heard twice: every 20,000 samples at 50 ppm. Where places stand
    still while one's own time goes on, sound of the other track was lost: that is silent too.

    Parameters
    ----------
    track : shape (n,), the piece of the other track that was read
    first : which sample of the other track its first one is
    places : shape (m,), where on the other track each of one's own samples lies (`Alignment.to_other`)

    Examples
    --------
    >>> track = np.array([7, 8, 9], dtype=np.int16)
    >>> heard_beside(track, 100, np.array([98.6, 99.6, 101.4, 102.4, 103.6])).tolist()
    [0, 7, 8, 9, 0]
    >>> heard_beside(track, 100, np.array([100.0, 101.0, 101.0, 101.0, 102.0])).tolist()
    [7, 8, 0, 0, 9]
    """
    at = np.rint(places).astype(np.int64) - first
    is_there = (at >= 0) & (at < track.size)
    is_there[1:] &= np.diff(places) > 0
    heard = np.zeros(places.size, dtype=np.int16)
    heard[is_there] = track[at[is_there]]
    return heard


def two_channels(mine: Int16Array, theirs: Int16Array) -> bytes:
    """Return both as the samples of a stereo file: mine on the left, theirs on the right.

    Raises
    ------
    SignalError : `signal.shape` unless they are equally long

    Examples
    --------
    >>> two_channels(np.array([1, 2], dtype=np.int16), np.array([3, 4], dtype=np.int16)).hex()
    '0100030002000400'
    """
    if mine.size != theirs.size:
        raise SignalError("signal.shape", f"{mine.size} samples beside {theirs.size}")
    return np.stack((mine, theirs), axis=1).astype("<i2").tobytes()


def within(spans: Sequence[Span], around: Sequence[Span]) -> tuple[Span, ...]:
    """Return where both have something, by start; in time linear in their number.

    Examples
    --------
    >>> within([(0, 10), (20, 30)], [(5, 22), (28, 40)])
    ((5, 10), (20, 22), (28, 30))
    """
    one, other = union(spans), union(around)
    shared: list[Span] = []
    at = beside = 0
    while at < len(one) and beside < len(other):
        start, end = max(one[at][0], other[beside][0]), min(one[at][1], other[beside][1])
        if start < end:
            shared.append((start, end))
        if one[at][1] <= other[beside][1]:
            at += 1
        else:
            beside += 1
    return tuple(shared)


def without(spans: Sequence[Span], gone: Sequence[Span]) -> tuple[Span, ...]:
    """Return what is left of spans, by start.

    Examples
    --------
    >>> without([(0, 10), (20, 30)], [(4, 6), (8, 22)])
    ((0, 4), (6, 8), (22, 30))
    """
    edges = [edge for span in union(gone) for edge in span]
    latest = max((end for _, end in spans), default=0)
    kept = list(zip([0, *edges[1::2]], [*edges[::2], max(latest, *edges, 0)], strict=True))
    return within(spans, [(start, end) for start, end in kept if start < end])


def union(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return spans as ranges that do not touch, by start.

    Examples
    --------
    >>> union([(5, 9), (0, 3), (3, 4), (8, 12)])
    ((0, 4), (5, 12))
    """
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def together(mine: Sequence[Span], theirs: Sequence[Span], *, rate_hz: int) -> tuple[Span, ...]:
    """Return where both speak at once for 0.15 s or more.

    Examples
    --------
    >>> together([(0, 1_000), (2_000, 3_000)], [(900, 1_000), (2_400, 2_700)], rate_hz=1_000)
    ((2400, 2700),)
    """
    return tuple(span for span in within(mine, theirs) if span[1] - span[0] >= SHORTEST_S * rate_hz)
