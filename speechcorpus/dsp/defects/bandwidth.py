"""Bandwidth: how high the voice reaches, and whether something cut it off.

A voice fades towards high frequencies; a telephone, a codec or a converter that doubled the rate of a
narrow recording leaves a cliff with nothing beyond.
"""

from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import HOPS_PER_S, FloatArray
from speechcorpus.dsp.spectrum import CELL_HZ, MeanSpectra

SHORTEST_SPEECH_FRAMES = HOPS_PER_S // 2  # 0.5 s
FEWEST_GAP_FRAMES = 5  # a spectrum of fewer scatters by more than the 10 dB leave room for
ABOVE_GAP_DB = 10.0
UNKNOWN_GAP_DB = 60.0  # below the strongest cell

CLIFF_DB = 20.0
CLIFF_CELLS = 3  # 300 Hz
LOWEST_CLIFF_HZ = 2000  # below it stand the formants, and the gaps between them
BEFORE_CELLS = 6  # a lone tone is no shelf, hence the median of 600 Hz
EDGE_DB = 10.0
FLOOR_DB = -130.0  # per cell: a little under the rounding of 16 bits at 48 kHz (−125)
BEYOND_PERCENT = 95  # of the cells up to half the rate stay down: a whistle may stand there
HIGHEST_CLIFF = 0.42  # of the rate; converters' own filters begin above
HIGHEST_FOREIGN_CLIFF = 0.46  # 44.1 kHz inside 48 ends at 0.459 of the rate

STANDARD_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100)
FOREIGN = (0.40, 0.50)  # where a recording at a standard rate ends, in parts of that rate

SPLIT_HZ = 4000
LOWEST_HF_RATE_HZ = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth:
    """`bandwidth_hz` is None when the voice nowhere stands 10 dB above the gaps.

    `hf_ratio_db` is what lies above 4 kHz re 100 Hz to 4 kHz, in speech. `upsampled_from_hz` is the standard
    rate whose upper end the cliff is; such a cliff may lie above 0.42 of the rate, where `cliff_hz` is None.
    """

    bandwidth_hz: float | None
    cliff_hz: float | None
    hf_ratio_db: float | None
    upsampled_from_hz: float | None


def bandwidth(spectra: MeanSpectra, rate_hz: int) -> Bandwidth | None:
    """Return how high the voice reaches, or None for less than 0.5 s of speech.

    Examples
    --------
    >>> cells = np.where(np.arange(80) < 34, 1e-6, 1e-11)  # a telephone inside 16 kHz
    >>> spectra = MeanSpectra(speech_power=cells, gap_power=1e-3 * cells, speech_frames=99, gap_frames=99)
    >>> found = bandwidth(spectra, 16000)
    >>> found.bandwidth_hz, found.cliff_hz, round(found.hf_ratio_db, 1), found.upsampled_from_hz
    (8000.0, 3400.0, -49.2, 8000.0)
    """
    if spectra.speech_frames < SHORTEST_SPEECH_FRAMES:
        return None
    edge_hz = _cliff_hz(_level_db(spectra.speech_power), rate_hz)
    return Bandwidth(
        bandwidth_hz=_reach_hz(spectra),
        cliff_hz=edge_hz if edge_hz is not None and edge_hz < HIGHEST_CLIFF * rate_hz else None,
        hf_ratio_db=_hf_ratio_db(spectra.speech_power) if rate_hz >= LOWEST_HF_RATE_HZ else None,
        upsampled_from_hz=None if edge_hz is None else upsampled_from_hz(edge_hz, rate_hz),
    )


def upsampled_from_hz(edge_hz: float, rate_hz: int) -> float | None:
    """Return the lowest standard rate that ends where a cliff is, or None; the cliff is known to a cell.

    Examples
    --------
    >>> upsampled_from_hz(7800.0, 48000), upsampled_from_hz(12500.0, 48000)
    (16000.0, None)
    """
    low, high = FOREIGN
    for standard_hz in STANDARD_RATES_HZ:
        if standard_hz < rate_hz and low * standard_hz <= edge_hz <= high * standard_hz + CELL_HZ:
            return float(standard_hz)
    return None


def _reach_hz(spectra: MeanSpectra) -> float | None:
    """Upper edge of the highest cell 10 dB above the gaps; without gaps, 60 dB below the strongest cell.

    The noise under a voice that never pauses is unknown, so that is an upper bound of the voice's reach.
    """
    speech_db = _level_db(spectra.speech_power)
    if spectra.gap_frames >= FEWEST_GAP_FRAMES:
        least_db = _level_db(spectra.gap_power) + ABOVE_GAP_DB
    else:
        least_db = speech_db.max() - UNKNOWN_GAP_DB
    above = np.flatnonzero(speech_db > least_db)
    return float((above[-1] + 1) * CELL_HZ) if above.size else None


def _cliff_hz(level_db: FloatArray, rate_hz: int) -> float | None:
    """Where the spectrum falls off for good: lower edge of the first cell 10 dB below the shelf before it.

    What falls may be the voice or the noise under it: either way something took all that lies beyond.
    """
    last = min(int(HIGHEST_FOREIGN_CLIFF * rate_hz / CELL_HZ), level_db.size - CLIFF_CELLS)
    tops = np.arange(LOWEST_CLIFF_HZ // CELL_HZ, last)
    steep = tops[level_db[tops] - level_db[tops + CLIFF_CELLS] > CLIFF_DB]
    for top in steep:
        shelf_db = float(np.median(level_db[top + 1 - BEFORE_CELLS : top + 1]))
        beyond_db = float(np.percentile(level_db[top + CLIFF_CELLS :], BEYOND_PERCENT))
        if shelf_db - max(beyond_db, float(level_db[top + CLIFF_CELLS])) > CLIFF_DB:
            fallen = np.flatnonzero(level_db[top : top + CLIFF_CELLS + 1] < shelf_db - EDGE_DB)
            return float((top + fallen[0]) * CELL_HZ)
    return None


def _hf_ratio_db(power: FloatArray) -> float:
    split = SPLIT_HZ // CELL_HZ
    above_db, below_db = _level_db(np.array([power[split:].sum(), power[1:split].sum()]))
    return float(above_db - below_db)


def _level_db(power: FloatArray) -> FloatArray:
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10))))
