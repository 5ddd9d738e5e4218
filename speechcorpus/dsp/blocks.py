"""Blocks of a fixed length, however the samples arrive."""

from collections.abc import Iterable, Iterator

import numpy as np

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.peak import Samples


def rechunked(blocks: Iterable[Samples], *, channels: int, size: int) -> Iterator[Samples]:
    """Yield the same samples in blocks of `size`, the last one shorter; empty blocks vanish.

    Every later sum then runs over the same pieces, so a row does not depend on how a file was read.

    Parameters
    ----------
    blocks : each of shape (n, channels), or (n,) for one channel; all of one dtype

    Raises
    ------
    SignalError : `signal.shape` for a block with another number of channels
    """
    waiting: list[Samples] = []
    count = 0
    for block in blocks:
        waiting.append(_shaped(block, channels))
        count += waiting[-1].shape[0]
        while count >= size:
            whole = waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
            yield whole[:size]
            waiting, count = [whole[size:]], count - size
    if count:
        yield np.concatenate(waiting)


def _shaped(block: Samples, channels: int) -> Samples:
    shaped = block.reshape(-1, 1) if block.ndim == 1 else block
    if shaped.ndim != 2 or shaped.shape[1] != channels:
        raise SignalError("signal.shape", f"blocks need the shape (n, {channels}), got {block.shape}")
    return shaped
