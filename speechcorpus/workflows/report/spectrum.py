"""Power over time and frequency of a stranger's file: runs in the limited child, with numpy alone.

One byte a cell, in half decibels. A recording of any length becomes at most 800 columns: what is kept is
the running mean of each column, never the samples.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import read_header
from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.dsp.peak import Samples, full_scale

MOST_COLUMNS = 800
WIDEST_BIN_HZ = 24
LOWEST_DB = -127.5
STEPS_A_DB = 2


def frame_samples(rate_hz: int) -> int:
    """Return the length of a frame: a power of two whose bins are at most 24 Hz wide.

    Examples
    --------
    >>> frame_samples(16000), frame_samples(48000)
    (1024, 2048)
    """
    return 1 << math.ceil(math.log2(rate_hz / WIDEST_BIN_HZ))


def spectrum_in_child(path: str, frames: int) -> tuple[dict[str, Any], bytes]:
    """Return the size of the table and its bytes, a column of bins after the other.

    Parameters
    ----------
    frames : how many came out when the file was measured; what comes now beyond them is left out
    """
    file, header = Path(path), read_header(Path(path))
    size = frame_samples(header.rate_hz)
    hop = size // 4 if frames <= MOST_COLUMNS * size else size // 2
    count = max(1, (frames - size) // hop + 1)
    columns = min(MOST_COLUMNS, count)
    sums, weights = np.zeros((columns, size // 2 + 1)), np.zeros(columns)
    done = 0
    decoder = Decoder(file, header, max_frames=max(frames, header.claimed_frames or 0))
    for block in _framed(decoder, size, hop):
        powers = _powers(block)[: count - done]
        places = (done + np.arange(powers.shape[0])) * columns // count
        firsts = np.flatnonzero(np.diff(places, prepend=-1))
        sums[places[firsts]] += np.add.reduceat(powers, firsts, axis=0)
        weights += np.bincount(places, minlength=columns)
        done += powers.shape[0]
        if done >= count:
            break
    decibels = 10 * np.log10(np.maximum(sums / np.maximum(weights, 1)[:, np.newaxis], 1e-20))
    cells = np.clip(np.rint((decibels - LOWEST_DB) * STEPS_A_DB), 0, 255).astype(np.uint8)
    return {"columns": columns, "bins": size // 2 + 1, "rate_hz": header.rate_hz}, cells.tobytes()


def _framed(blocks: Decoder, size: int, hop: int) -> Iterator[FloatArray]:
    """Yield tables of whole frames, shape (n, size, channels); a file shorter than a frame gives one."""
    left: FloatArray | None = None
    any_frame = False
    for block in blocks:
        left = _floats(block) if left is None else np.concatenate((left, _floats(block)))
        count = (left.shape[0] - size) // hop + 1
        if count > 0:
            any_frame = True
            framed = np.lib.stride_tricks.sliding_window_view(left, size, axis=0)[::hop][:count]
            yield np.moveaxis(framed, 2, 1)
            left = left[count * hop :]
    if left is not None and not any_frame:
        padded = np.zeros((1, size, left.shape[1]))
        padded[0, : left.shape[0]] = left
        yield padded


def _powers(frames: FloatArray) -> FloatArray:
    """Mean power over the channels; a sine at full scale is −3.01 dB in its bin."""
    size = frames.shape[1]
    window = np.hanning(size + 1)[:-1]
    powers = np.zeros((frames.shape[0], size // 2 + 1))
    for channel in range(frames.shape[2]):
        spectra = np.fft.rfft(frames[:, :, channel] * window, axis=1)
        powers += spectra.real**2 + spectra.imag**2
    return np.asarray(powers * (2 / window.sum() ** 2 / frames.shape[2]))


def _floats(block: Samples) -> FloatArray:
    floats = block / full_scale(block) if block.dtype == np.int16 else block.astype(np.float64)
    return np.asarray(np.clip(np.nan_to_num(floats), -1e3, 1e3))
