"""The usual way, as many projects write it: librosa, webrtcvad and pyloudnorm, one after the other."""

from pathlib import Path

import librosa
import numpy as np
import pyloudnorm
import webrtcvad

VAD_FRAME_S = 0.03


def measure(path: Path) -> float:
    """Load, detect speech, measure loudness, level, silence and noise; return the noise in dBFS(A)."""
    samples, rate = librosa.load(path, sr=None)
    rate_hz = int(rate)
    speech = _speech(samples, rate_hz)
    pyloudnorm.Meter(rate_hz).integrated_loudness(samples)
    librosa.feature.rms(y=samples)
    librosa.effects.trim(samples)
    power = np.square(np.abs(librosa.stft(samples)))
    weighting_db = librosa.A_weighting(librosa.fft_frequencies(sr=rate_hz))
    weighted = power * np.power(10.0, weighting_db / 10)[:, np.newaxis]
    time_s = librosa.frames_to_time(np.arange(power.shape[1]), sr=rate_hz)
    at = np.minimum((time_s / VAD_FRAME_S).astype(int), len(speech) - 1)
    quiet = ~np.array(speech)[at]
    chosen = weighted[:, quiet] if quiet.any() else weighted
    # a Hann window of 2048: its mean square is 3/8, and one side of the spectrum is missing
    mean_square = chosen.sum(axis=0).mean() * 2 / (2048 * 2048 * 3 / 8)
    return float(10 * np.log10(mean_square + 1e-12))


def _speech(samples: np.ndarray[tuple[int], np.dtype[np.float32]], rate_hz: int) -> list[bool]:
    detector = webrtcvad.Vad(2)
    pcm = (samples * 32767).astype(np.int16)
    size = int(rate_hz * VAD_FRAME_S)
    frames = range(0, len(pcm) - size + 1, size)
    return [detector.is_speech(pcm[at : at + size].tobytes(), rate_hz) for at in frames]
