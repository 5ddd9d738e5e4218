"""Voice activity: which 20 ms hops hold speech, by webrtcvad at 16 kHz (8 kHz for files at 8 kHz)."""

import math
from functools import lru_cache

import numpy as np
import webrtcvad
from numpy.typing import NDArray
from scipy.signal import firwin, upfirdn

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, FloatArray, checked, hop_samples

VAD_RATE_HZ = 16_000
MODE = 2  # modes 0/1/2/3 call 66/60/50/46 % of non-speech speech; 3, the usual choice, is worst for noise
HALF_LENGTH = 4  # of the resampling filter, in output samples
# webrtcvad looks at 80 to 4000 Hz, so the filter only has to keep what folds there (above 12 kHz) 60 dB down
KAISER_BETA = 5.65

PRIMING_HOPS = 10
LOWEST_RMS_LSB = 1.0

Pcm = NDArray[np.int16]


class Resampler:
    """Streaming polyphase FIR from one rate to another; output k lies exactly at input `k·down/up`."""

    def __init__(self, rate_hz: int, to_hz: int) -> None:
        common = math.gcd(rate_hz, to_hz)
        self._up, self._down = to_hz // common, rate_hz // common
        self._taps = _low_pass(self._up, self._down)
        self._half = HALF_LENGTH * self._down  # a multiple of `down`, so outputs fall on the grid
        self._reach = -(-self._half // self._up)  # input samples that an output looks ahead or back
        self._buffer: FloatArray = np.zeros(0)
        self._start = 0  # input index of the buffer's first sample, a multiple of `down`
        self._done = 0

    def push(self, samples: FloatArray) -> FloatArray:
        """Return the output samples that are now complete."""
        self._buffer = np.concatenate((self._buffer, samples))
        ready = ((self._start + self._buffer.size - 1 - self._reach) * self._up) // self._down + 1
        count = max(0, ready - self._done)
        if count == 0:
            return np.empty(0)
        filtered = upfirdn(self._taps, self._buffer, self._up, self._down)
        first = self._done - self._start * self._up // self._down + HALF_LENGTH
        self._done += count
        self._forget()
        return np.asarray(filtered[first : first + count])

    def finish(self) -> FloatArray:
        """Return the last output samples, as if silence followed."""
        return self.push(np.zeros(self._reach))

    def _forget(self) -> None:
        needed = self._done * self._down // self._up - self._reach
        keep_from = max(0, needed // self._down * self._down)
        self._buffer = self._buffer[keep_from - self._start :].copy()
        self._start = keep_from


class VoiceActivity:
    """Speech or not for every hop of one channel, block by block, with a fresh meter.

    The meter first hears the file's own first audible hop ten times. Unprimed it calls the first 100 ms of
    almost any background speech, and a good take would seem to begin too early.
    """

    def __init__(self, rate_hz: int, mode: int = MODE) -> None:
        hop_samples(rate_hz)
        self._rate_hz = min(rate_hz, VAD_RATE_HZ)
        self._hop = self._rate_hz // HOPS_PER_S
        self._resampler = None if rate_hz == self._rate_hz else Resampler(rate_hz, self._rate_hz)
        self._is_speech = webrtcvad.Vad(mode).is_speech
        self._left: Pcm = np.empty(0, dtype=np.int16)
        self._primed = False

    def push(self, samples: FloatArray) -> list[bool]:
        """Return a decision for each hop that these samples complete."""
        return self._decide(samples if self._resampler is None else self._resampler.push(samples))

    def finish(self) -> list[bool]:
        """Return the decisions that the resampler still owed."""
        return [] if self._resampler is None else self._decide(self._resampler.finish())

    def _decide(self, samples: FloatArray) -> list[bool]:
        # bytes, not memoryview(int16): that one counts samples, and the meter would read chance, no error
        fresh = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
        pcm = np.concatenate((self._left, fresh))
        whole = pcm.size // self._hop * self._hop
        self._left = pcm[whole:]
        self._prime(pcm[:whole].reshape(-1, self._hop))
        data, step, hop, rate_hz = pcm[:whole].tobytes(), 2 * self._hop, self._hop, self._rate_hz
        decide = self._is_speech
        return [decide(data[at : at + step], rate_hz, hop) for at in range(0, len(data), step)]

    def _prime(self, hops: Pcm) -> None:
        if self._primed:
            return
        for hop in hops:
            if np.mean(np.square(hop, dtype=np.float64)) > LOWEST_RMS_LSB**2:
                for _ in range(PRIMING_HOPS):
                    self._is_speech(hop.tobytes(), self._rate_hz, self._hop)
                self._primed = True
                return


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
    decisions = activity.push(array) + activity.finish()
    return np.array(decisions[: array.size // hop_samples(rate_hz)], dtype=np.bool_)


@lru_cache
def _low_pass(up: int, down: int) -> FloatArray:
    taps = firwin(2 * HALF_LENGTH * down + 1, min(1 / up, 1 / down), window=("kaiser", KAISER_BETA))
    return np.asarray(taps * up)
