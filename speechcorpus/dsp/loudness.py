"""Integrated loudness, ITU-R BS.1770-4, from the K powers of frames."""

import numpy as np

from speechcorpus.dsp.arrays import FloatArray

BLOCK_FRAMES, STEP_FRAMES = 20, 5  # 400 ms blocks, 75 % overlap
OFFSET_LUFS = -0.691  # BS.1770-4, equation 2
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0


def loudness_lufs(k_powers: FloatArray) -> float | None:
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
    total = np.concatenate(([0.0], np.cumsum(k_powers, dtype=np.float64)))
    blocks = (total[BLOCK_FRAMES:] - total[:-BLOCK_FRAMES])[::STEP_FRAMES] / BLOCK_FRAMES
    loud = blocks[blocks > _power(ABSOLUTE_GATE_LUFS)]
    if loud.size == 0:
        return None
    relative_gate = np.mean(loud) * 10 ** (RELATIVE_GATE_LU / 10)
    return float(OFFSET_LUFS + 10 * np.log10(np.mean(loud[loud > relative_gate])))


def _power(level_lufs: float) -> float:
    return float(10 ** ((level_lufs - OFFSET_LUFS) / 10))
