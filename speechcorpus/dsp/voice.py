"""Voice activity: which 20 ms hops hold speech, by webrtcvad at 16 kHz (8 kHz for files at 8 kHz)."""

from collections.abc import Callable

import _webrtcvad
import numpy as np
import webrtcvad
from numpy.typing import NDArray

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, FloatArray, checked, hop_samples
from speechcorpus.dsp.peak import Samples, full_scale
from speechcorpus.dsp.resample import resampler

VAD_RATE_HZ = 16_000
MODE = 2  # modes 0/1/2/3 call 66/60/50/46 % of non-speech speech; 3, the usual choice, is worst for noise

PRIMING_HOPS = 10
LOWEST_RMS_LSB = 1.0

Pcm = NDArray[np.int16]
Decide = Callable[[bytes], list[bool]]


class VoiceActivity:
    """Speech or not for every hop of one channel, block by block, with a fresh meter.

    The meter first hears the file's own first audible hop ten times. Unprimed it calls the first 100 ms of
    almost any background speech, and a good take would seem to begin too early.
    """

    def __init__(self, rate_hz: int, mode: int = MODE) -> None:
        hop_samples(rate_hz)
        self._rate_hz = min(rate_hz, VAD_RATE_HZ)
        self._hop = self._rate_hz // HOPS_PER_S
        self._resampler = None if rate_hz == self._rate_hz else resampler(rate_hz, self._rate_hz)
        self._decide = detector(self._rate_hz, mode)
        self._left: Pcm = np.empty(0, dtype=np.int16)
        self._primed = False

    def push(self, samples: Samples) -> BoolArray:
        """Return a decision for each hop that these samples complete."""
        return self.push_resampled(self.resampled(samples))

    def resampled(self, samples: Samples) -> Samples:
        """Return the samples at the detector's rate; whoever needs them too hands them back."""
        if self._resampler is None:
            return samples
        return self._resampler.push(samples * np.float32(1 / full_scale(samples)))

    def push_resampled(self, samples: Samples) -> BoolArray:
        """Return a decision for each hop that `resampled` samples complete."""
        fresh = samples if samples.dtype == np.int16 else _pcm(samples)
        pcm = np.concatenate((self._left, fresh)) if self._left.size else fresh
        whole = pcm.size // self._hop * self._hop
        self._left = pcm[whole:].copy()
        self._prime(pcm[:whole].reshape(-1, self._hop))
        return np.array(self._decide(pcm[:whole].tobytes()), dtype=np.bool_)

    def finish(self) -> BoolArray:
        """Return the decisions that the resampler still owed."""
        if self._resampler is None:
            return np.empty(0, dtype=np.bool_)
        return self.push_resampled(self._resampler.finish())

    def _prime(self, hops: Pcm) -> None:
        if self._primed:
            return
        for hop in hops:
            if np.mean(np.square(hop, dtype=np.float64)) > LOWEST_RMS_LSB**2:
                self._decide(hop.tobytes() * PRIMING_HOPS)
                self._primed = True
                return


def detector(rate_hz: int, mode: int) -> Decide:
    """Return a fresh meter that decides about each hop of some PCM 16.

    It calls the entry point that the public method calls, without its checks of what is right by
    construction here; where a version of the library has no such entry, the public method.
    """
    hop = rate_hz // HOPS_PER_S
    try:
        meter = _webrtcvad.create()
        _webrtcvad.init(meter)
        _webrtcvad.set_mode(meter, mode)
        process = _webrtcvad.process
    except AttributeError:
        return public_detector(rate_hz, mode)
    step = 2 * hop  # of bytes; a memoryview(int16) counts samples: chance would come out, and no error
    return lambda data: [
        process(meter, rate_hz, data[at : at + step], hop) for at in range(0, len(data), step)
    ]


def public_detector(rate_hz: int, mode: int) -> Decide:
    """Return the same meter behind the library's public method."""
    hop, is_speech = rate_hz // HOPS_PER_S, webrtcvad.Vad(mode).is_speech
    step = 2 * hop
    return lambda data: [is_speech(data[at : at + step], rate_hz, hop) for at in range(0, len(data), step)]


def voice_activity(samples: FloatArray, rate_hz: int, *, mode: int = MODE) -> BoolArray:
    """Return whether each 20 ms hop holds speech, shape (n//H,).

    Raises
    ------
    SignalError : `signal.mode` unless the aggressiveness is 0, 1, 2 or 3
    """
    if mode not in (0, 1, 2, 3):
        raise SignalError("signal.mode", f"webrtcvad has modes 0 to 3, not {mode}", mode=mode)
    activity = VoiceActivity(rate_hz, mode)
    array = checked(samples)
    decisions = np.concatenate((activity.push(array), activity.finish()))
    return np.asarray(decisions[: array.size // hop_samples(rate_hz)])


def _pcm(samples: Samples) -> Pcm:
    return np.asarray(np.clip(np.rint(samples * 32768), -32768, 32767), dtype=np.int16)
