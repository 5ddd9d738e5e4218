"""The arithmetic of chunks, and what a server answers to one.

A chunk is 5 s of one take, cut by sample index alone (R2 of `recorder.md`): cutting again after a crash gives
the same bytes and the same hashes. PCM is s16le, so a frame is two bytes a channel.
"""

from dataclasses import dataclass
from typing import Literal

from speechcorpus.domain.edges import Edges
from speechcorpus.domain.errors import SittingError

CHUNK_S = 5
BYTES_PER_SAMPLE = 2
MAX_CHUNK_BYTES = 4 * 2**20

ChunkEvent = Literal["arrive", "repeat"]

EDGES = Edges(
    of="chunk",
    edges={("expected", "arrive"): "kept", ("kept", "repeat"): "kept"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkPlace:
    """Where a chunk lies in its take, in frames."""

    first_sample: int
    frames: int


def next_state(state: str, event: ChunkEvent) -> str:
    """Return the chunk's state after `event`; kept bytes are never replaced."""
    return EDGES.after(state, event)


def chunk_event(kept_sha256: str | None, sha256: str, *, index: int) -> ChunkEvent:
    """Say whether bytes with hash `sha256` are new at `index`, or the ones already kept.

    Raises
    ------
    SittingError : `chunk.conflict` if other bytes are kept there

    Examples
    --------
    >>> chunk_event(None, "9f", index=0), chunk_event("9f", "9f", index=0)
    ('arrive', 'repeat')
    """
    if kept_sha256 is None:
        return "arrive"
    if kept_sha256 == sha256:
        return "repeat"
    raise SittingError(
        "chunk.conflict",
        f"chunk {index} is kept with other bytes",
        index=index,
        kept=kept_sha256,
        received=sha256,
    )


def chunk_frames(rate_hz: int) -> int:
    """Return the frames of a full chunk: 5 s."""
    return CHUNK_S * rate_hz


def chunk_count(frames: int, rate_hz: int) -> int:
    """Return how many chunks a take of `frames` has.

    Examples
    --------
    >>> chunk_count(240_001, 48_000), chunk_count(240_000, 48_000)
    (2, 1)
    """
    return -(-frames // chunk_frames(rate_hz))


def place_of(index: int, frames: int, rate_hz: int) -> ChunkPlace:
    """Return the place of chunk `index` in a take of `frames`: [i·F, min((i+1)·F, n))."""
    full = chunk_frames(rate_hz)
    first = index * full
    return ChunkPlace(first_sample=first, frames=min(full, frames - first))


def check_chunk(
    *, index: int, length: int, first_sample: int, frames: int, rate_hz: int, channels: int
) -> None:
    """Hold a chunk's own figures against each other; only the last chunk of a take may be short.

    Raises
    ------
    SittingError : `chunk.length`, with what was said and what it should be
    """
    full = chunk_frames(rate_hz)
    frame_bytes = BYTES_PER_SAMPLE * channels
    if length != frames * frame_bytes or not 0 < frames <= full:
        raise SittingError(
            "chunk.length",
            f"chunk {index} has {length} bytes, {frames} frames of {frame_bytes} bytes were announced",
            index=index,
            bytes=length,
            frames=frames,
            most_frames=full,
        )
    if first_sample != index * full:
        raise SittingError(
            "chunk.length",
            f"chunk {index} begins at sample {index * full}, not at {first_sample}",
            index=index,
            first_sample=first_sample,
            expected=index * full,
        )
