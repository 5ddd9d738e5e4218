"""Double transcription: who is drawn, when two texts agree, in which order a third person sees them.

Every choice is made by a hash, so that it can be made again by anybody and foreseen by nobody who writes.
"""

import hashlib

AGREES_UP_TO = 0.10
"""Symmetric character error rate after the scoring fold."""


def is_drawn(segment_id: str, seed: str, pct: int) -> bool:
    """Say whether a segment falls into a sample of `pct` percent, by the hash of its id and a seed.

    Examples
    --------
    >>> sum(is_drawn(f"segment-{n}", "terms", 5) for n in range(10_000))
    551
    >>> is_drawn("segment-1", "terms", 0), is_drawn("segment-1", "terms", 100)
    (False, True)
    """
    return _hash("second-transcript/1", seed, segment_id) * 100 < pct * 2**64


def texts_agree(cer: float | None) -> bool:
    """Say whether two texts are near enough for the first to stay; None: both say nothing.

    Examples
    --------
    >>> texts_agree(0.1), texts_agree(0.11), texts_agree(None)
    (True, False, True)
    """
    return cer is None or cer <= AGREES_UP_TO


def first_stands_left(settlement_id: str) -> bool:
    """Say on which side the third person sees the first text: as good as chance, the same at every look.

    Examples
    --------
    >>> 450 < sum(first_stands_left(f"settlement-{n}") for n in range(1_000)) < 550
    True
    """
    return _hash("settlement-order/1", settlement_id) % 2 == 0


def _hash(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big")
