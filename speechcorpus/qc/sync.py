"""How late one track is with a sound that both tracks hold, and whether it becomes later.

A positive offset says that the second track is late.
"""

from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.dsp.defects.channels import CrossSpectra, Window

OVER_MAD = 8.0  # of a window's peak: a chance peak among 3,200 lags reaches 6
LEAST_WINDOWS = 3  # two always lie on a line
MOST_DRIFT_PPM = 300  # clocks differ by 100 at most; what is steeper is chance
LINE_S = 0.002  # windows further from the line than this heard something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """How late the second track is at its start, how much later it becomes, and over how long."""

    offset_s: float
    drift_ppm: float
    duration_s: float
    windows: int  # of 5 s, in which a shared sound was heard
    over_mad: float  # how far it stands out of the correlation at other lags, in the middle of the windows

    @property
    def largest_ms(self) -> float:
        """The largest distance between the tracks, at the start or at the end: `sync_offset_ms`."""
        end_s = self.offset_s + self.drift_ppm * 1e-6 * self.duration_s
        return 1000 * max(abs(self.offset_s), abs(end_s))


class SyncFinder:
    """Finds how late the second track is, from sound that both share, block by block.

    Every window of 5 s gives the lag of its whitened correlation, where that stands out; a line through
    them is offset and drift. Kept: three numbers a window.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._spectra = CrossSpectra(rate_hz)
        self._number = 0
        self._samples = 0
        self._lags: list[tuple[int, float, float]] = []

    def push(self, first: FloatArray, second: FloatArray) -> None:
        """Take the next samples of both tracks, shape (n,) each, any n."""
        self._samples += first.size
        for window in self._spectra.push(first, second):
            self._keep(window)

    def finish(self) -> Sync | None:
        """Return the line through the lags, or None where the tracks share nothing that stands out."""
        if len(self._lags) < LEAST_WINDOWS:
            return None
        numbers, lags_s, over_mad = (np.array(each) for each in zip(*self._lags, strict=True))
        middles_s = 5.0 * numbers + 2.5
        slope, start_s = _line(middles_s, lags_s)
        close = np.abs(lags_s - start_s - slope * middles_s) <= LINE_S
        agreed = np.count_nonzero(close) >= max(LEAST_WINDOWS, close.size // 2)
        if not agreed or abs(slope) > 1e-6 * MOST_DRIFT_PPM:
            return None
        return Sync(
            offset_s=start_s,
            drift_ppm=1e6 * slope,
            duration_s=self._samples / self._rate_hz,
            windows=int(np.count_nonzero(close)),
            over_mad=float(np.median(over_mad[close])),
        )

    def _keep(self, window: Window) -> None:
        cross = window.cross / np.maximum(np.abs(window.cross), 1e-30)
        alike = np.abs(self._spectra.correlation(cross))
        at = int(alike.argmax())
        usual = float(np.median(alike))
        if window.energy.all() and alike[at] > OVER_MAD * usual:
            over_mad = float(alike[at]) / max(usual, 1e-30)
            self._lags.append((self._number, self._spectra.lag_s(alike, at), over_mad))
        self._number += 1


def _line(times_s: FloatArray, values: FloatArray) -> tuple[float, float]:
    """Slope and start of a line by Theil and Sen: the median of slopes between points far apart."""
    half = times_s.size // 2
    slopes = (values[-half:] - values[:half]) / (times_s[-half:] - times_s[:half])
    slope = float(np.median(slopes))
    return slope, float(np.median(values - slope * times_s))
