"""Integrated loudness, ITU-R BS.1770-4, from the K powers of frames."""

import numpy as np

from speechcorpus.dsp.arrays import Floats
from speechcorpus.dsp.level import short_leq

BLOCK_FRAMES = 20  # 400 ms: four steps of 100 ms, of which three are those of the block before
OFFSET_LUFS = -0.691  # BS.1770-4, equation 2
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0


def loudness_lufs(k_powers: Floats) -> float | None:
    """Return the integrated loudness, or None when all blocks are gated out or there is none.

    Parameters
    ----------
    k_powers : shape (frames,), K-weighted mean squares, summed over channels

    Examples
    --------
    >>> round(loudness_lufs(np.full(100, 10 ** (-2.3 + 0.0691))), 2)
    -23.0
    """
    if k_powers.size < BLOCK_FRAMES:
        return None
    steps = short_leq(k_powers)
    blocks = (steps[:-3] + steps[1:-2] + steps[2:-1] + steps[3:]) / 4
    loud = blocks[blocks > _power(ABSOLUTE_GATE_LUFS)]
    if loud.size == 0:
        return None
    relative_gate = np.mean(loud) * 10 ** (RELATIVE_GATE_LU / 10)
    return float(OFFSET_LUFS + 10 * np.log10(np.mean(loud[loud > relative_gate])))


def _power(level_lufs: float) -> float:
    return float(10 ** ((level_lufs - OFFSET_LUFS) / 10))
