"""Synthetic voices in a synthetic room, for the demo only: every clip made here is labelled synthetic.

The voice is eSpeak NG through the optional package `espeakng-loader`; it speaks Mandarin, not Taigi. The
room is pink noise at a stated A-weighted level, so the demo's measurements have a known truth.
"""

import ctypes
import functools
import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.dsp.level import laeq_dbfs

SYNCHRONOUS_RETRIEVAL = 1  # espeak_AUDIO_OUTPUT: samples to a callback, no sound card
UTF8 = 1
RATE_PARAMETER, PITCH_PARAMETER = 1, 3
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One synthetic speaker."""

    variant: str  # "f2", "m3": eSpeak's names
    words_per_minute: int
    pitch: int  # 0–99


def voices_available() -> bool:
    """Whether the voice package is installed."""
    return importlib.util.find_spec("espeakng_loader") is not None


@functools.cache
def speaker() -> "Speaker":
    """Return the process's one speaker: the library keeps its state globally and hangs when begun twice."""
    return Speaker()


class Speaker:
    """Speaks text as samples; made by `speaker()` only."""

    def __init__(self) -> None:
        if not voices_available():
            raise SpeechCorpusError("demo.no-voice", "the demo's voices need the package espeakng-loader")
        import espeakng_loader

        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        self._blocks: list[FloatArray] = []
        self._callback = CALLBACK(self._keep)  # kept alive as long as the library may call it
        self.rate_hz: int = self._library.espeak_Initialize(
            SYNCHRONOUS_RETRIEVAL, 0, espeakng_loader.get_data_path().encode(), 0
        )
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, text: str, voice: Voice, *, rate_hz: int) -> FloatArray:
        """Return the text spoken in Mandarin, shape (n,), resampled to `rate_hz`, peak below 0.9."""
        library = self._library
        library.espeak_SetVoiceByName(f"cmn+{voice.variant}".encode())
        library.espeak_SetParameter(RATE_PARAMETER, voice.words_per_minute, 0)
        library.espeak_SetParameter(PITCH_PARAMETER, voice.pitch, 0)
        self._blocks.clear()
        data = text.encode()
        library.espeak_Synth(data, len(data) + 1, 0, 0, 0, UTF8, None, None)
        library.espeak_Synchronize()
        spoken = np.concatenate(self._blocks) / 32768
        resampled: FloatArray = soxr.resample(spoken, self.rate_hz, rate_hz, quality="VHQ")
        return _without_edges(resampled) * min(1.0, 0.9 / float(np.max(np.abs(resampled))))

    def _keep(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count:
            self._blocks.append(np.ctypeslib.as_array(samples, shape=(count,)).astype(np.float64))
        return 0


def room_noise(*, level_dbfs: float, samples: int, rate_hz: int, rng: np.random.Generator) -> FloatArray:
    """Return pink noise, shape (samples,), whose A-weighted level is `level_dbfs`."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
    spectrum[0] = 0.0
    pink: FloatArray = np.fft.irfft(spectrum, samples)
    pink *= 0.05 / float(np.std(pink))
    return pink * 10 ** ((level_dbfs - laeq_dbfs(pink, rate_hz)) / 20)


def speech_in_room(
    speech: FloatArray, *, speech_dbfs: float, room_dbfs: float, rate_hz: int, rng: np.random.Generator
) -> FloatArray:
    """Return speech at a stated level, 0.6 s of room before and after, in noise of a stated A level."""
    active = speech[np.abs(speech) > 0.01]
    loud = speech * 10 ** ((speech_dbfs - 10 * np.log10(float(np.mean(active**2)))) / 20)
    margin = int(0.6 * rate_hz)
    clip = np.concatenate([np.zeros(margin), loud, np.zeros(margin)])
    return clip + room_noise(level_dbfs=room_dbfs, samples=clip.size, rate_hz=rate_hz, rng=rng)


def pcm16(samples: FloatArray) -> bytes:
    """Return little-endian int16 bytes of samples in [-1, 1]."""
    return np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2").tobytes()


def _without_edges(samples: FloatArray) -> FloatArray:
    loud = np.flatnonzero(np.abs(samples) > 0.005)
    return samples[loud[0] : loud[-1] + 1]
