"""Signals made by formula, seeded, whose answers are known on paper: for golden tests and for benchmarks."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve, lfilter

from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, FloatArray
from speechcorpus.dsp.weighting import a_weighting_db

RESONATORS_HZ = ((600.0, 80.0), (1200.0, 100.0), (2500.0, 140.0), (3400.0, 180.0))  # centre, bandwidth
ON_S, OFF_S = 1.2, 0.8
SYLLABLES_HZ = 4.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A formula voice and, for every 20 ms hop, whether it speaks."""

    samples: FloatArray
    speaks: BoolArray


def sine(frequency_hz: float, *, level_dbfs: float, duration_s: float, rate_hz: int) -> FloatArray:
    """A sine at an RMS level (a full-scale one is −3.01 dBFS)."""
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    return np.asarray(np.sqrt(2) * 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency_hz * time_s))


def white(*, level_dbfs: float, duration_s: float, rate_hz: int, seed: int) -> FloatArray:
    """White Gaussian noise, scaled so that its RMS level is exact."""
    noise = np.random.default_rng(seed).standard_normal(round(duration_s * rate_hz))
    return _at_level(noise, level_dbfs)


def pink(*, level_dbfs: float, duration_s: float, rate_hz: int, seed: int) -> FloatArray:
    """Noise with a 1/f power spectrum above 20 Hz, scaled so that its RMS level is exact."""
    low_hz = 20.0
    size = round(duration_s * rate_hz)
    rng = np.random.default_rng(seed)
    frequency_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    shape = np.where(frequency_hz >= low_hz, 1 / np.sqrt(np.maximum(frequency_hz, low_hz)), 0.0)
    spectrum = shape * np.exp(2j * np.pi * rng.random(frequency_hz.size))
    return _at_level(np.fft.irfft(spectrum, size), level_dbfs)


def a_weighted_level_dbfs(samples: FloatArray, rate_hz: int) -> float:
    """The A level by integrating the formula over the whole spectrum: the truth the frames are held to."""
    power = np.square(np.abs(np.fft.rfft(samples))) / samples.size**2
    power[1:-1] *= 2
    frequency_hz = np.fft.rfftfreq(samples.size, 1 / rate_hz).astype(np.float64)
    gain = np.power(10.0, a_weighting_db(frequency_hz[1:]) / 10)
    return float(10 * np.log10(np.dot(power[1:], gain)))


def voice(*, seed: int, duration_s: float, rate_hz: int, level_dbfs: float = -24.0) -> Voice:
    """A pulse train with moving pitch through four resonators, 1.2 s on and 0.8 s off, with syllables.

    `level_dbfs` is the level while it speaks. It begins and ends with half a second of silence or more.
    """
    rng = np.random.default_rng(seed)
    size = round(duration_s * rate_hz)
    time_s = np.arange(size) / rate_hz
    since_s = time_s - rng.uniform(0.5, 0.8)
    on = (since_s >= 0) & (since_s % (ON_S + OFF_S) < ON_S) & (time_s < duration_s - 0.5)
    shaped = _pulses(rng, time_s, rate_hz)
    for centre_hz, width_hz in RESONATORS_HZ:
        if centre_hz < rate_hz / 2:
            shaped = _resonate(shaped, centre_hz * rng.uniform(0.95, 1.05), width_hz, rate_hz)
    envelope = 0.55 - 0.45 * np.cos(2 * np.pi * SYLLABLES_HZ * time_s + rng.uniform(0, 2 * np.pi))
    gate = np.convolve(on, np.ones(rate_hz // 100) / (rate_hz // 100), mode="same")
    sound = shaped * envelope * gate
    sound *= 10 ** (level_dbfs / 20) / np.sqrt(np.mean(np.square(sound[on])))
    hop = rate_hz // HOPS_PER_S
    whole = size // hop * hop
    return Voice(samples=sound, speaks=on[:whole].reshape(-1, hop).mean(axis=1) >= 0.5)


def room(*, level_dbfs: float, duration_s: float, rate_hz: int, seed: int) -> FloatArray:
    """A quiet room: pink noise, rumble below 200 Hz, mains hum, all breathing by half a dB."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    air = pink(level_dbfs=0, duration_s=duration_s, rate_hz=rate_hz, seed=seed)
    pole = np.exp(-2 * np.pi * 100 / rate_hz)
    rumble = _at_level(lfilter([1.0], [1.0, -2 * pole, pole**2], rng.standard_normal(time_s.size)), 3)
    hum = sum(0.3 / k * np.sin(2 * np.pi * 50 * k * time_s + rng.uniform(0, 6)) for k in (1, 2, 3))
    breath_db = 0.5 * np.sin(2 * np.pi * 0.3 * time_s + rng.uniform(0, 6))
    return _at_level((air + rumble + hum) * 10 ** (breath_db / 20), level_dbfs)


def babble(*, level_dbfs: float, duration_s: float, rate_hz: int, seed: int, voices: int = 8) -> FloatArray:
    """Several formula voices at once, their pauses spread over one another's words."""
    size, before_s = round(duration_s * rate_hz), 0.8
    crowd = np.zeros(size)
    for number in range(voices):
        start_s = before_s + (ON_S + OFF_S) * number / voices
        one = voice(seed=1000 * seed + number, duration_s=start_s + duration_s + 0.6, rate_hz=rate_hz)
        crowd += one.samples[round(start_s * rate_hz) :][:size]
    return _at_level(crowd, level_dbfs)


def impulsive(*, level_dbfs: float, duration_s: float, rate_hz: int, seed: int) -> FloatArray:
    """Pink noise with a knock a second, 10 dB above it, that dies away in some 20 ms."""
    rng = np.random.default_rng(seed)
    bed = pink(level_dbfs=0, duration_s=duration_s, rate_hz=rate_hz, seed=seed)
    time_s = np.arange(bed.size) / rate_hz
    for start_s in rng.uniform(0, duration_s, max(1, round(duration_s))):
        since_s = np.maximum(time_s - start_s, 0)
        decay = np.where(time_s >= start_s, np.exp(-since_s / rng.uniform(0.01, 0.03)), 0.0)
        bed += 10 ** (10 / 20) * decay * rng.standard_normal(bed.size)
    return _at_level(bed, level_dbfs)


def moving(*, level_dbfs: float, duration_s: float, rate_hz: int, seed: int) -> FloatArray:
    """Pink noise whose level drifts up and down, or switches once, by 4 to 7 dB in all."""
    rng = np.random.default_rng(seed)
    steady = pink(level_dbfs=0, duration_s=duration_s, rate_hz=rate_hz, seed=seed)
    time_s = np.arange(steady.size) / rate_hz
    swing_db = rng.uniform(4, 7) * rng.choice((-0.5, 0.5))
    if seed % 2:
        course = np.sin(2 * np.pi * rng.uniform(0.1, 0.3) * time_s + rng.uniform(0, 6))
    else:
        course = np.tanh((time_s - duration_s * rng.uniform(0.3, 0.7)) / 0.05)
    return _at_level(steady * 10 ** (swing_db * course / 20), level_dbfs)


def reverberant(
    samples: FloatArray, rate_hz: int, *, t60_s: float, direct_db: float, seed: int
) -> FloatArray:
    """The same in a room: a tail that falls 60 dB in `t60_s`, the direct sound `direct_db` above it."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(t60_s * rate_hz)) / rate_hz
    tail = rng.standard_normal(time_s.size) * 10 ** (-3 * time_s / t60_s)
    tail[: rate_hz // 500] = 0.0  # the first echo comes after 2 ms
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(np.square(tail)))
    tail[0] = 1.0
    return np.asarray(fftconvolve(samples, tail)[: samples.size])


def _pulses(rng: np.random.Generator, time_s: FloatArray, rate_hz: int) -> FloatArray:
    """Pulses at 90 to 220 Hz, the pitch moving; a little breath between them."""
    base_hz = rng.uniform(110, 180)
    pitch_hz = base_hz * (1 + 0.18 * np.sin(2 * np.pi * 0.7 * time_s + rng.uniform(0, 6)))
    turns = np.floor(np.cumsum(pitch_hz) / rate_hz)
    return np.diff(turns, prepend=0.0) - pitch_hz / rate_hz + 0.004 * rng.standard_normal(time_s.size)


def _resonate(samples: FloatArray, centre_hz: float, width_hz: float, rate_hz: int) -> FloatArray:
    radius = np.exp(-np.pi * width_hz / rate_hz)
    turn = -2 * radius * np.cos(2 * np.pi * centre_hz / rate_hz)
    return np.asarray(lfilter([1.0, -0.7], [1.0, turn, radius**2], samples))


def _at_level(samples: FloatArray, level_dbfs: float) -> FloatArray:
    return np.asarray(samples * (10 ** (level_dbfs / 20) / np.sqrt(np.mean(np.square(samples)))))
