"""One pass over the samples: what is kept of every hop, in bounded memory.

Per hop and channel: A level, power and mean, two octaves, zeros, speech; A and K power and six octaves once
for all channels (`qc.hops`). Decisions about gaps are made on these at the end, when the whole file is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import LOUDEST, BoolArray, Float32Array, FloatArray, Floats, hop_samples
from speechcorpus.dsp.blocks import rechunked
from speechcorpus.dsp.columns import AnyPowers, CentiDb, Column, Powers, centi_db, powers_of
from speechcorpus.dsp.defects.channels import ChannelFacts, ChannelPair, bleed_db
from speechcorpus.dsp.defects.clipping import ClipFinder, Clipping
from speechcorpus.dsp.frames import A, FrameKernel
from speechcorpus.dsp.low_octaves import LowOctaves
from speechcorpus.dsp.peak import Peak, Samples, full_scale
from speechcorpus.dsp.voice import VoiceActivity
from speechcorpus.qc.full import FullPass
from speechcorpus.qc.hops import AT_ONCE, HopLevels, HopPowers, SharedFrames
from speechcorpus.qc.settings import Settings

BLOCK_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What one channel left behind; `full` (none at depth `core`) waits for the speech of all channels."""

    a: AnyPowers  # (hops − 1,); of an only channel arrays, of several levels behind `Powers`
    z: AnyPowers  # (hops,), free of the channel's DC
    low_octaves: CentiDb  # (hops, 2): 63 and 125 Hz
    speech: BoolArray  # (hops,)
    peak: Peak
    clipping: Clipping
    full: FullPass | None

    @property
    def low_power(self) -> Float32Array:
        """Power of the octaves 63 and 125 Hz together, shape (hops,)."""
        power = np.empty(len(self.low_octaves), dtype=np.float32)
        for at in range(0, power.size, AT_ONCE):
            power[at : at + AT_ONCE] = powers_of(self.low_octaves[at : at + AT_ONCE]).sum(axis=1)
        return power


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """All channels of one file: powers are means over channels (K: the sum), speech is that of any."""

    rate_hz: int
    frames: int
    channels: tuple[Channel, ...]
    a: Floats
    k: Floats
    z: Floats
    octaves: CentiDb  # (hops − 1, 6): 250 to 8000 Hz
    speech: BoolArray
    pair: ChannelFacts | None  # of two channels, at depth `full`
    bleed_db: float | None  # likewise: what each hears of the other

    @property
    def duration_s(self) -> float:
        """Length of what was decoded."""
        return self.frames / self.rate_hz

    def octave_powers(self, kept: BoolArray) -> FloatArray:
        """Return mean powers of the octaves 63 to 8000 Hz over the kept frames, shape (8,)."""
        low, high = np.zeros(2), np.zeros(6)
        for at in range(0, kept.size, AT_ONCE):
            chosen = np.flatnonzero(kept[at : at + AT_ONCE]) + at
            high += powers_of(self.octaves[chosen]).sum(axis=0, dtype=np.float64)
            for channel in self.channels:
                for hops in (chosen, chosen + 1):  # a frame spans two
                    low += powers_of(channel.low_octaves[hops]).sum(axis=0, dtype=np.float64)
        return np.concatenate((low / (2 * len(self.channels)), high)) / np.count_nonzero(kept)


def read_tracks(blocks: Iterable[Samples], rate_hz: int, channels: int, settings: Settings) -> Tracks:
    """Return the tracks of a whole file.

    Parameters
    ----------
    blocks : each (n, channels), int16 or floats in [-1, 1]; any lengths

    Raises
    ------
    SignalError : `signal.finite` for NaN or infinite samples, `signal.rate`, `signal.shape`
    """
    passes = [ChannelPass(rate_hz, settings, alone=channels == 1) for _ in range(channels)]
    pair = ChannelPair(rate_hz) if channels == 2 and settings.depth == "full" else None
    shared, frames = SharedFrames(channels), 0
    for block in rechunked(blocks, channels=channels, size=BLOCK_S * rate_hz):
        frames += block.shape[0]
        shared.append([one.push(np.ascontiguousarray(block[:, n])) for n, one in enumerate(passes)])
        if pair:
            bounded = block if block.dtype == np.int16 else _floats(block)
            pair.push(bounded[:, 0], bounded[:, 1])
    facts = pair.finish() if pair else None
    return _combined(passes, shared, rate_hz=rate_hz, frames=frames, pair=facts)


class ChannelPass:
    """Carries every meter of one channel through the file; blocks are whole hops, but for the last."""

    def __init__(self, rate_hz: int, settings: Settings, *, alone: bool) -> None:
        hop = hop_samples(rate_hz)
        self._kernel = FrameKernel(rate_hz)
        self._low = LowOctaves(rate_hz)
        self._voice = VoiceActivity(rate_hz, settings.vad_mode)
        self._peak, self._clips = Peak(), ClipFinder()
        self._full = FullPass(rate_hz) if settings.depth == "full" else None
        self._a = None if alone else Column(np.int16)
        self._z: HopPowers | HopLevels = HopPowers(hop) if alone else HopLevels(hop)
        self._speech = Column(np.bool_)
        self._offset: np.float32 | None = None

    def push(self, samples: Samples) -> Float32Array:
        """Take the next block, shape (n,), at least one sample, as decoded; return its frames' powers."""
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
        powers = self._kernel.weighted(squares)
        if self._a:
            self._a.append(centi_db(powers[:, A]))
        self._speech.append(speech)
        decimated = self._low.push(floats)
        self._z.push(floats)
        if self._full:
            self._full.decide(speech)
            at_rate = floats if heard.size == floats.size else heard
            self._full.push(
                samples, floats, low=low, high=high, squares=squares, decimated=decimated, heard=at_rate
            )
        return powers

    def finish(self, a: Float32Array, together: Float32Array) -> Channel:
        """Return what the channel left behind.

        Parameters
        ----------
        a : shape (frames,), A powers of all channels
        together : shape (hops,), of zeros at first, where the mean squares of all channels are added up
        """
        self._speech.append(self._voice.finish())
        z = self._z.finish(together)
        return Channel(
            a=Powers(self._a.rows) if self._a else a,
            z=z,
            low_octaves=self._low.finish(z.size),
            speech=self._speech.rows[: z.size],
            peak=self._peak,
            clipping=self._clips.finish(),
            full=self._full,
        )

    @property
    def hops(self) -> int:
        """How many hops there are so far."""
        return self._z.hops


def _combined(
    passes: list[ChannelPass],
    shared: SharedFrames,
    *,
    rate_hz: int,
    frames: int,
    pair: ChannelFacts | None,
) -> Tracks:
    z = np.zeros(passes[0].hops, dtype=np.float32)
    channels = tuple(one.finish(shared.a, z) for one in passes)
    speech = channels[0].speech
    for other in channels[1:]:
        speech = speech | other.speech
    if len(channels) > 1:
        z /= len(channels)
    return Tracks(
        rate_hz=rate_hz,
        frames=frames,
        channels=channels,
        a=shared.a,
        k=shared.k,
        z=z,
        octaves=shared.octaves,
        speech=speech,
        pair=pair,
        bleed_db=_bleed_db(*channels) if pair else None,
    )


def _bleed_db(one: Channel, two: Channel) -> float | None:
    return bleed_db(one.z, two.z, one.speech, two.speech)


def _check_finite(samples: Samples) -> None:
    if samples.dtype != np.int16 and not np.isfinite(samples).all():
        raise SignalError("signal.finite", "a sample is NaN or infinite")


def _floats(samples: Samples) -> Float32Array:
    if samples.dtype == np.int16:
        return np.asarray(samples * np.float32(1 / full_scale(samples)))
    return np.asarray(np.clip(samples, -LOUDEST, LOUDEST), dtype=np.float32)
