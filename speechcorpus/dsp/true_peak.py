"""True peak: the highest value between the samples, by the interpolating filter of BS.1770-4, Annex 2."""

import numpy as np

from speechcorpus.dsp.arrays import FLOOR_DBFS, FloatArray
from speechcorpus.dsp.peak import Samples, full_scale

# BS.1770-4, Annex 2: order 48, four phases; the last two phases are the first two backwards.
PHASE_1 = (0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875,
           0.1373291015625, 0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250,
           0.0148925781250, -0.0083007812500)  # fmt: skip
PHASE_2 = (-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500,
           0.4650878906250, 0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625,
           0.0330810546875, -0.0189208984375)  # fmt: skip
PHASES = np.array([PHASE_1, PHASE_2, PHASE_2[::-1], PHASE_1[::-1]]).T
TAPS = len(PHASE_1)
MIDDLE = TAPS // 2  # a phase lies between the samples 5 and 6 of its twelve
LOUD = 0.5  # a true peak above −3 dBTP has a sample above −6 dBFS beside it


class TruePeak:
    """True peak of one channel, block by block; only the neighbourhood of samples above 0.5 is interpolated.

    Below −3 dBFS nobody asks (section 2 of the acoustics): a caller reports the value above that only.
    """

    def __init__(self) -> None:
        self._highest = 0.0
        self._before: FloatArray = np.zeros(TAPS - 1)
        self._loud_before = False

    def push(self, samples: Samples, *, low: float, high: float) -> None:
        """Take the next samples, shape (n,), at least one, with the lowest and highest of them."""
        scale, sample_peak = full_scale(samples), max(high, -low)
        self._highest = max(self._highest, sample_peak)
        tail = np.concatenate((self._before, samples[-TAPS + 1 :] / scale))[-TAPS + 1 :]
        if sample_peak > LOUD or self._loud_before:
            self._highest = max(self._highest, _between(np.concatenate((self._before, samples / scale))))
            self._loud_before = bool(np.abs(tail).max() > LOUD)
        self._before = tail

    @property
    def true_peak_dbtp(self) -> float:
        """`20·log10` of the highest value, interpolated or not, as if silence followed; at least −120."""
        highest = self._highest
        if self._loud_before:
            highest = max(highest, _between(np.concatenate((self._before, np.zeros(TAPS - 1)))))
        return max(FLOOR_DBFS, float(20 * np.log10(highest))) if highest else FLOOR_DBFS


def true_peak_dbtp(samples: FloatArray) -> float:
    """Return the true peak of a whole signal, exact where it lies above −3 dBTP.

    Examples
    --------
    >>> turn = np.pi / 2 * np.arange(480) + np.pi / 4  # a quarter of the rate: each sample misses the crest
    >>> round(true_peak_dbtp(np.sin(turn)[100:]), 1), round(float(20 * np.log10(np.sin(turn).max())), 2)
    (0.1, -3.01)
    """
    meter = TruePeak()
    if samples.size:
        meter.push(samples, low=float(samples.min()), high=float(samples.max()))
    return meter.true_peak_dbtp


def _between(samples: FloatArray) -> float:
    """Highest interpolated magnitude next to a loud sample."""
    loud = np.abs(samples) > LOUD
    middle = loud[MIDDLE - 1 : samples.size - MIDDLE] | loud[MIDDLE : samples.size - MIDDLE + 1]
    starts = np.flatnonzero(middle)
    if starts.size == 0:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(samples, TAPS)[starts]
    return float(np.abs(windows @ PHASES).max())
