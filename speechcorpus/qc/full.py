"""The detectors of depth `full` of one channel: what they keep while the samples pass by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speechcorpus.dsp.arrays import BoolArray, Float32Array, FloatArray, hop_samples
from speechcorpus.dsp.columns import Column
from speechcorpus.dsp.defects.bandwidth import Bandwidth, bandwidth
from speechcorpus.dsp.defects.click import ClickFinder, Clicks
from speechcorpus.dsp.defects.dropout import DropoutFinder, Dropouts
from speechcorpus.dsp.defects.echo import Echo, EchoFinder
from speechcorpus.dsp.defects.hum import Hum, HumFinder
from speechcorpus.dsp.defects.voicing import Voicing
from speechcorpus.dsp.low_octaves import low_rate_hz
from speechcorpus.dsp.peak import Samples
from speechcorpus.dsp.spectrum import SpectrumSums
from speechcorpus.dsp.true_peak import TruePeak
from speechcorpus.dsp.voice import VAD_RATE_HZ

Counts = NDArray[np.uint16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """What the detectors of one channel found, once it is known where any channel holds speech."""

    dropouts: Dropouts
    true_peak_dbtp: float
    bandwidth: Bandwidth | None
    hum: Hum | None
    clicks: Clicks
    echo: Echo | None
    zeros: Counts  # (hops,), samples that are exactly 0
    voicing: Voicing


class FullPass:
    """Carries the detectors of one channel through the file, beside `qc.tracks.ChannelPass`."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._hop = hop_samples(rate_hz)
        self._drops, self._clicks, self._true_peak = DropoutFinder(rate_hz), ClickFinder(rate_hz), TruePeak()
        self._spectra, self._hum = SpectrumSums(rate_hz), HumFinder(low_rate_hz(rate_hz))
        self._echo, self._voicing = EchoFinder(min(rate_hz, VAD_RATE_HZ)), Voicing(low_rate_hz(rate_hz))
        self._zeros = Column(np.uint16)

    def push(
        self,
        samples: Samples,
        floats: Float32Array,
        *,
        low: float,
        high: float,
        squares: Float32Array,
        decimated: FloatArray,
        heard: Samples,
    ) -> None:
        """Take the next block.

        Parameters
        ----------
        samples, floats : shape (n,), as decoded, and in [-1, 1] without DC
        low, high : lowest and highest of the samples
        squares : of the frames that these samples complete, as `FrameKernel.squares` makes them
        decimated : the signal of `LowOctaves.push`
        heard : at the rate of the voice detector
        """
        zero = samples == 0
        self._drops.push(samples, zero)
        self._zeros.append(self._count(zero))
        self._true_peak.push(samples, low=low, high=high)
        self._spectra.push(squares)
        self._hum.push(decimated)
        self._voicing.push(decimated)
        self._clicks.push(floats)
        self._echo.push(heard)

    def decide(self, speech: BoolArray) -> None:
        """Take the voice detector's decisions about the next hops of this channel."""
        self._spectra.decide(speech)

    def finish(self, speech: BoolArray) -> Detected:
        """Return what was found, once; `speech`, shape (hops,), is that of any channel."""
        found = Detected(
            dropouts=self._drops.finish(speech),
            true_peak_dbtp=self._true_peak.true_peak_dbtp,
            bandwidth=bandwidth(self._spectra.finish(), self._rate_hz),
            hum=self._hum.finish(speech),
            clicks=self._clicks.finish(speech),
            echo=self._echo.finish(speech),
            zeros=self._zeros.rows,
            voicing=self._voicing,
        )
        del self._hum, self._echo, self._spectra  # of six hours 4 MB, and other channels are still to come
        return found

    def _count(self, zero: BoolArray) -> Counts:
        hops = zero[: zero.size // self._hop * self._hop].reshape(-1, self._hop)
        return np.asarray(np.count_nonzero(hops, axis=1), dtype=np.uint16)
