"""One pass over the samples: what is kept of every hop, in bounded memory.

Per hop and channel: A and K power and both sums (float32), eight octaves (int16, hundredths of a dB), speech.
Decisions about gaps are made on these at the end, when the whole file is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import LOUDEST, BoolArray, Float32Array, FloatArray, Floats, hop_samples
from speechcorpus.dsp.blocks import rechunked
from speechcorpus.dsp.columns import CentiDb, Column, centi_db, powers_of
from speechcorpus.dsp.defects.channels import ChannelFacts, ChannelPair
from speechcorpus.dsp.defects.clipping import ClipFinder, Clipping
from speechcorpus.dsp.frames import OCTAVES, A, FrameKernel, K
from speechcorpus.dsp.low_octaves import LowOctaves
from speechcorpus.dsp.peak import Peak, Samples, full_scale
from speechcorpus.dsp.voice import VoiceActivity
from speechcorpus.qc.full import FullPass
from speechcorpus.qc.settings import Settings

BLOCK_S = 5
AT_ONCE = 1 << 14  # frames: of six hours, eight octaves as floats take 35 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What one channel left behind; `full` (none at depth `core`) waits for the speech of all channels."""

    a: Float32Array  # (hops − 1,)
    k: Float32Array
    z: Float32Array  # (hops,), free of the channel's DC
    octaves: CentiDb  # (hops − 1, 6): 250 to 8000 Hz
    low_octaves: CentiDb  # (hops, 2): 63 and 125 Hz
    speech: BoolArray  # (hops,)
    peak: Peak
    clipping: Clipping
    full: FullPass | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """All channels of one file: powers are means over channels (K: the sum), speech is that of any."""

    rate_hz: int
    frames: int
    channels: tuple[Channel, ...]
    a: Floats
    k: Floats
    z: Floats
    speech: BoolArray
    pair: ChannelFacts | None  # of two channels, at depth `full`

    @property
    def duration_s(self) -> float:
        """Length of what was decoded."""
        return self.frames / self.rate_hz

    def octave_powers(self, kept: BoolArray) -> FloatArray:
        """Return mean powers of the octaves 63 to 8000 Hz over the kept frames, shape (8,)."""
        low, high = np.zeros(2), np.zeros(6)
        for at in range(0, kept.size, AT_ONCE):
            chosen = np.flatnonzero(kept[at : at + AT_ONCE]) + at
            for channel in self.channels:
                high += powers_of(channel.octaves[chosen]).sum(axis=0, dtype=np.float64)
                for hops in (chosen, chosen + 1):  # a frame spans two
                    low += powers_of(channel.low_octaves[hops]).sum(axis=0, dtype=np.float64)
        return np.concatenate((low / 2, high)) / (np.count_nonzero(kept) * len(self.channels))


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
    pair = ChannelPair(rate_hz) if channels == 2 and settings.depth == "full" else None
    frames = 0
    for block in rechunked(blocks, channels=channels, size=BLOCK_S * rate_hz):
        frames += block.shape[0]
        for number, one in enumerate(passes):
            one.push(np.ascontiguousarray(block[:, number]))
        if pair:
            bounded = block if block.dtype == np.int16 else _floats(block)
            pair.push(bounded[:, 0], bounded[:, 1])
    facts = pair.finish() if pair else None
    return _combined([one.finish() for one in passes], rate_hz=rate_hz, frames=frames, pair=facts)


class ChannelPass:
    """Carries every meter of one channel through the file; blocks are whole hops, but for the last."""

    def __init__(self, rate_hz: int, settings: Settings) -> None:
        self._hop = hop_samples(rate_hz)
        self._kernel = FrameKernel(rate_hz)
        self._low = LowOctaves(rate_hz)
        self._voice = VoiceActivity(rate_hz, settings.vad_mode)
        self._peak, self._clips = Peak(), ClipFinder()
        self._full = FullPass(rate_hz) if settings.depth == "full" else None
        self._powers, self._octaves = Column(np.float32, OCTAVES), Column(np.int16, 6)
        self._sums, self._speech = Column(np.float32, 2), Column(np.bool_)
        self._offset: np.float32 | None = None

    def push(self, samples: Samples) -> None:
        """Take the next block, shape (n,), at least one sample, as decoded."""
        _check_finite(samples)
        low, high = self._peak.push(samples)
        if self._offset is None:
            self._offset = np.float32(min(max(self._peak.dc_ratio, -LOUDEST), LOUDEST))
        floats = _floats(samples)
        heard = self._voice.resampled(samples if samples.dtype == np.int16 else floats.copy())
        floats -= self._offset  # no meter below hears DC; so float32 is enough for sums of squares
        self._clips.push(samples, low=low, high=high)
        speech = self._voice.push_resampled(heard)
        squares = self._kernel.squares(floats)
        self._keep(self._kernel.weighted(squares), speech)
        decimated = self._low.push(floats)
        self._sums.append(self._hop_sums(floats))
        if self._full:
            self._full.decide(speech)
            at_rate = floats if heard.size == floats.size else heard
            self._full.push(
                samples, floats, low=low, high=high, squares=squares, decimated=decimated, heard=at_rate
            )

    def finish(self) -> Channel:
        """Return what the channel left behind."""
        self._speech.append(self._voice.finish())
        powers, z = self._powers.rows, _without_dc(self._sums.rows, self._hop)
        del self._sums  # 9 MB of six hours, and the next channel is still to come
        return Channel(
            a=powers[:, A],
            k=powers[:, K],
            z=z,
            octaves=self._octaves.rows,
            low_octaves=self._low.finish(z.size),
            speech=self._speech.rows[: z.size],
            peak=self._peak,
            clipping=self._clips.finish(),
            full=self._full,
        )

    def _keep(self, powers: Float32Array, speech: BoolArray) -> None:
        self._powers.append(powers[:, :OCTAVES])
        self._octaves.append(centi_db(powers[:, OCTAVES:]))
        self._speech.append(speech)

    def _hop_sums(self, floats: Float32Array) -> Float32Array:
        """Sum and sum of squares of every hop, shape (hops, 2)."""
        hops = floats[: floats.size // self._hop * self._hop].reshape(-1, self._hop)
        sums = np.empty((hops.shape[0], 2), dtype=np.float32)
        sums[:, 0] = hops @ np.ones(self._hop, dtype=np.float32)
        np.einsum("ij,ij->i", hops, hops, out=sums[:, 1])
        return sums


def _combined(channels: list[Channel], *, rate_hz: int, frames: int, pair: ChannelFacts | None) -> Tracks:
    first, *others = channels
    a: Floats = first.a
    k: Floats = first.k
    z: Floats = first.z
    speech = first.speech
    for other in others:
        a, k, z, speech = a + other.a, k + other.k, z + other.z, speech | other.speech
    if others:
        a /= len(channels)
        z /= len(channels)
    return Tracks(
        rate_hz=rate_hz, frames=frames, channels=tuple(channels), a=a, k=k, z=z, speech=speech, pair=pair
    )


def _check_finite(samples: Samples) -> None:
    if samples.dtype != np.int16 and not np.isfinite(samples).all():
        raise SignalError("signal.finite", "a sample is NaN or infinite")


def _floats(samples: Samples) -> Float32Array:
    if samples.dtype == np.int16:
        return np.asarray(samples * np.float32(1 / full_scale(samples)))
    return np.asarray(np.clip(samples, -LOUDEST, LOUDEST), dtype=np.float32)


def _without_dc(sums: Float32Array, hop: int) -> Float32Array:
    """`(Σx² − 2m·Σx + H·m²)/H` of every hop, m the mean of all."""
    if sums.shape[0] == 0:
        return np.empty(0, np.float32)
    total, squares = sums.T
    mean = float(total.mean(dtype=np.float64)) / hop
    powers = squares - np.float32(2 * mean) * total
    powers /= hop
    powers += np.float32(mean**2)
    return np.asarray(np.maximum(powers, 0.0, out=powers))
