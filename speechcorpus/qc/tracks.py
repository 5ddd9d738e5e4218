"""One pass over the samples: what is kept of every hop, in bounded memory.

Per hop and channel: A and K power and both sums (float32), eight octaves (int16, hundredths of a dB), speech.
Decisions about gaps are made on these at the end, when the whole file is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import LOUDEST, BoolArray, Float32Array, FloatArray, hop_samples
from speechcorpus.dsp.blocks import rechunked
from speechcorpus.dsp.defects.clipping import ClipFinder, Clipping
from speechcorpus.dsp.defects.dropout import DropoutFinder, Dropouts
from speechcorpus.dsp.frames import OCTAVES, A, FrameKernel, K
from speechcorpus.dsp.low_octaves import LowOctaves
from speechcorpus.dsp.peak import Peak, Samples, full_scale
from speechcorpus.dsp.voice import VoiceActivity
from speechcorpus.qc.settings import Settings

BLOCK_S = 5
CentiDb = NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What one channel left behind; `dropouts` waits for the speech of all channels."""

    a: Float32Array  # (hops − 1,)
    k: Float32Array
    z: FloatArray  # (hops,), free of the channel's DC
    octaves: CentiDb  # (hops − 1, 6): 250 to 8000 Hz
    low_octaves: FloatArray  # (hops, 2): 63 and 125 Hz
    speech: BoolArray  # (hops,)
    peak: Peak
    clipping: Clipping
    dropouts: DropoutFinder


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """All channels of one file: powers are means over channels (K: the sum), speech is that of any."""

    rate_hz: int
    frames: int
    channels: tuple[Channel, ...]
    a: FloatArray
    k: FloatArray
    z: FloatArray
    speech: BoolArray

    @property
    def duration_s(self) -> float:
        """Length of what was decoded."""
        return self.frames / self.rate_hz

    def dropouts(self) -> list[Dropouts]:
        """Dropouts of each channel."""
        return [channel.dropouts.finish(self.speech) for channel in self.channels]

    def octave_powers(self, kept: BoolArray) -> FloatArray:
        """Return mean powers of the octaves 63 to 8000 Hz over the kept frames, shape (8,)."""
        on_hops = np.zeros(kept.size + 1)
        on_hops[:-1] += kept
        on_hops[1:] += kept
        low = np.mean([on_hops @ channel.low_octaves for channel in self.channels], axis=0) / on_hops.sum()
        high = [np.power(10.0, channel.octaves[kept] / 1000).mean(axis=0) for channel in self.channels]
        return np.concatenate((low, np.mean(high, axis=0)))


def read_tracks(blocks: Iterable[Samples], rate_hz: int, channels: int, settings: Settings) -> Tracks:
    """Return the tracks of a whole file.

    Parameters
    ----------
    blocks : each (n, channels), int16 or floats in [-1, 1]; any lengths

    Raises
    ------
    SignalError : `signal.finite` for NaN or infinite samples, `signal.rate`, `signal.shape`
    """
    passes = [ChannelPass(rate_hz, settings) for _ in range(channels)]
    frames = 0
    for block in rechunked(blocks, channels=channels, size=BLOCK_S * rate_hz):
        frames += block.shape[0]
        for number, one in enumerate(passes):
            one.push(np.ascontiguousarray(block[:, number]))
    return _combined([one.finish() for one in passes], rate_hz=rate_hz, frames=frames)


class ChannelPass:
    """Carries every meter of one channel through the file; blocks are whole hops, but for the last."""

    def __init__(self, rate_hz: int, settings: Settings) -> None:
        self._hop = hop_samples(rate_hz)
        self._kernel = FrameKernel(rate_hz)
        self._low = LowOctaves(rate_hz)
        self._voice = VoiceActivity(rate_hz, settings.vad_mode)
        self._peak, self._clips, self._drops = Peak(), ClipFinder(), DropoutFinder(rate_hz)
        self._powers: list[Float32Array] = []
        self._octaves: list[CentiDb] = []
        self._sums: list[Float32Array] = []
        self._speech: list[BoolArray] = []

    def push(self, samples: Samples) -> None:
        """Take the next block, shape (n,), as decoded."""
        floats = _floats(samples)
        for meter in (self._peak, self._clips, self._drops):
            meter.push(samples)
        powers = self._kernel.push(floats)
        self._powers.append(powers[:, [A, K]])
        self._octaves.append(_centi_db(powers[:, OCTAVES:]))
        self._low.push(floats)
        self._speech.append(np.array(self._voice.push(floats), dtype=np.bool_))
        hops = floats[: floats.size // self._hop * self._hop].reshape(-1, self._hop)
        squares = np.einsum("ij,ij->i", hops, hops)
        self._sums.append(np.stack((hops.sum(axis=1), squares), axis=1).astype(np.float32))

    def finish(self) -> Channel:
        """Return what the channel left behind."""
        sums = np.concatenate((np.empty((0, 2)), *self._sums))
        hops = sums.shape[0]
        speech = np.concatenate((*self._speech, np.array(self._voice.finish(), dtype=np.bool_)))[:hops]
        powers = np.concatenate((np.empty((0, 2), np.float32), *self._powers))
        return Channel(
            a=powers[:, 0],
            k=powers[:, 1],
            z=_without_dc(sums, self._hop),
            octaves=np.concatenate((np.empty((0, 6), np.int16), *self._octaves)),
            low_octaves=self._low.finish(hops),
            speech=speech,
            peak=self._peak,
            clipping=self._clips.finish(),
            dropouts=self._drops,
        )


def _combined(channels: list[Channel], *, rate_hz: int, frames: int) -> Tracks:
    return Tracks(
        rate_hz=rate_hz,
        frames=frames,
        channels=tuple(channels),
        a=np.mean([channel.a for channel in channels], axis=0, dtype=np.float64),
        k=np.sum([channel.k for channel in channels], axis=0, dtype=np.float64),
        z=np.mean([channel.z for channel in channels], axis=0),
        speech=np.logical_or.reduce([channel.speech for channel in channels]),
    )


def _floats(samples: Samples) -> FloatArray:
    if samples.dtype == np.int16:
        return np.asarray(samples * (1 / full_scale(samples)))
    if not np.isfinite(samples).all():
        raise SignalError("signal.finite", "a sample is NaN or infinite")
    return np.clip(samples.astype(np.float64), -LOUDEST, LOUDEST)


def _without_dc(sums: FloatArray, hop: int) -> FloatArray:
    """`(Σx² − 2m·Σx + H·m²)/H` of every hop, m the mean of all."""
    if sums.shape[0] == 0:
        return np.empty(0)
    mean = sums[:, 0].mean() / hop
    return np.asarray(np.maximum((sums[:, 1] - 2 * mean * sums[:, 0]) / hop + mean**2, 0.0))


def _centi_db(powers: Float32Array) -> CentiDb:
    decibels = 1000 * np.log10(np.maximum(powers, np.float32(1e-30)))
    return np.asarray(np.rint(decibels), dtype=np.int16)
