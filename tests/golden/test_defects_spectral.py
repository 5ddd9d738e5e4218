"""Bandwidth, hum, pumping gain and reverberation put into a formula voice, and clean voices without any."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import fftconvolve, firwin, resample_poly

from benchmarks.signals import pink, voice
from speechcorpus.dsp.arrays import BoolArray, FloatArray
from speechcorpus.dsp.defects.agc import Pumping, pumping
from speechcorpus.dsp.defects.bandwidth import Bandwidth, bandwidth
from speechcorpus.dsp.defects.hum import Hum, HumFinder
from speechcorpus.dsp.defects.reverb import Reverberation, reverberation
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.low_octaves import low_rate_hz
from speechcorpus.dsp.runs import runs
from speechcorpus.dsp.spectrum import mean_spectra
from speechcorpus.dsp.voice import voice_activity
from speechcorpus.noise.floor import FloorSettings, background

CLEAN_SEEDS = range(20)


def clean(seed: int, rate_hz: int, duration_s: float = 5, snr_db: float | None = None) -> FloatArray:
    snr_db = np.random.default_rng(seed).uniform(10, 40) if snr_db is None else snr_db
    hiss = pink(level_dbfs=-24 - snr_db, duration_s=duration_s, rate_hz=rate_hz, seed=seed)
    return voice(seed=seed, duration_s=duration_s, rate_hz=rate_hz).samples + hiss


def bandwidth_of(samples: FloatArray, rate_hz: int) -> Bandwidth:
    pcm = np.rint(samples * 32768) / 32768
    found = bandwidth(mean_spectra(pcm, rate_hz, voice_activity(pcm, rate_hz)), rate_hz)
    assert found is not None
    return found


def hum_of(samples: FloatArray, rate_hz: int, speech: BoolArray | None = None) -> Hum | None:
    finder = HumFinder(low_rate_hz(rate_hz))
    low = resample_poly(samples, 1, rate_hz // low_rate_hz(rate_hz))
    for block in np.array_split(low, 3):
        finder.push(block)
    return finder.finish(voice_activity(samples, rate_hz) if speech is None else speech)


def pumping_of(samples: FloatArray, rate_hz: int) -> Pumping | None:
    return pumping(frame_powers(samples, rate_hz)[:, A], voice_activity(samples, rate_hz))


def reverberation_of(samples: FloatArray, rate_hz: int) -> Reverberation | None:
    a_powers, speech = frame_powers(samples, rate_hz)[:, A], voice_activity(samples, rate_hz)
    hops = samples[: samples.size // (rate_hz // 50) * (rate_hz // 50)].reshape(-1, rate_hz // 50)
    noise = background(a_powers, np.square(hops).mean(axis=1), speech, FloorSettings())
    assert noise is not None
    return reverberation(a_powers, speech, noise.a_power)


def flags(samples: FloatArray, rate_hz: int) -> list[str]:
    """Names of the detectors whose value lies beyond the default limit."""
    band, hum = bandwidth_of(samples, rate_hz), hum_of(samples, rate_hz)
    pumped, room = pumping_of(samples, rate_hz), reverberation_of(samples, rate_hz)
    beyond = {
        "band-limited": band.cliff_hz is not None and band.cliff_hz < 6000,
        "upsampled": band.upsampled_from_hz is not None,
        "hum": hum is not None and (hum.hum_hz is not None or hum.hum_db > 10),
        "gain-pumping": pumped is not None and pumped.pumping_db > 6,
        "reverberant": room is not None and room.t60_s > 0.8,
    }
    return [name for name, found in beyond.items() if found]


@pytest.mark.parametrize("rate_hz", [16000, 48000])
def test_a_clean_voice_has_none_of_these_defects(rate_hz):
    flagged = {seed: found for seed in CLEAN_SEEDS if (found := flags(clean(seed, rate_hz), rate_hz))}
    assert flagged == {}


def test_real_speech_has_none_of_these_defects(shared: Path):
    flagged = {}
    for path in sorted((shared / "audio" / "speech").glob("*.flac")):
        samples, rate_hz = soundfile.read(path)
        for start in range(0, max(1, samples.size - 2 * rate_hz), 5 * rate_hz):
            if found := flags(samples[start : start + 5 * rate_hz], rate_hz):
                flagged[f"{path.name} at {start / rate_hz:.0f} s"] = found
    assert flagged == {}


@pytest.mark.parametrize("snr_db", [15, 40])
@pytest.mark.parametrize(
    ("rate_hz", "edge_hz"),
    [(16000, 3400), (16000, 4000), (22050, 7000), (44100, 3400), (48000, 3400), (48000, 4000), (48000, 7000)],
)
def test_a_brick_wall_is_a_cliff_where_it_stands(rate_hz, edge_hz, snr_db):
    wall = firwin(rate_hz // 25 + 1, edge_hz, fs=rate_hz, window=("kaiser", 8))
    found = bandwidth_of(fftconvolve(clean(1, rate_hz, snr_db=snr_db), wall, mode="same"), rate_hz)
    assert found.cliff_hz == pytest.approx(edge_hz, abs=150)


def upsampled(samples: FloatArray, from_hz: int, to_hz: int) -> FloatArray:
    spectrum = np.fft.rfft(samples)
    size = samples.size * to_hz // from_hz
    return np.fft.irfft(np.pad(spectrum, (0, size // 2 + 1 - spectrum.size)), size) * to_hz / from_hz


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(8000, 16000), (16000, 48000), (16000, 44100), (22050, 24000), (44100, 48000)]
)
def test_a_recording_at_a_lower_rate_is_known_in_its_new_clothes(from_hz, to_hz):
    found = bandwidth_of(upsampled(clean(2, from_hz, snr_db=20), from_hz, to_hz), to_hz)
    assert found.upsampled_from_hz == from_hz
    if from_hz / 2 > 0.42 * to_hz:
        assert found.cliff_hz is None  # a converter's own filter may begin there
    else:
        assert found.cliff_hz == pytest.approx(from_hz / 2, abs=150)


def test_noise_that_covers_the_upper_half_is_no_cliff():
    noisy = clean(3, 16000, snr_db=30)
    assert bandwidth_of(noisy, 16000).cliff_hz is None
    covered = noisy + pink(level_dbfs=-42, duration_s=5, rate_hz=16000, seed=9)
    assert bandwidth_of(covered, 16000).bandwidth_hz < bandwidth_of(noisy, 16000).bandwidth_hz


def test_less_than_half_a_second_of_speech_has_no_bandwidth():
    spectra = mean_spectra(clean(1, 16000), 16000, np.arange(250) < 25)
    assert bandwidth(spectra, 16000) is None
    assert bandwidth_of(clean(1, 8000), 8000).hf_ratio_db is None
    assert bandwidth_of(clean(1, 16000), 16000).hf_ratio_db < -10


MULTIPLES = np.arange(1, 6)
AMPLITUDES = 0.5 ** (MULTIPLES - 1)


def mains(mains_hz: float, level_dbfs: float, duration_s: float, rate_hz: int) -> FloatArray:
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    lines = np.sin(2 * np.pi * mains_hz * np.outer(MULTIPLES, time_s) + MULTIPLES[:, np.newaxis])
    return 10 ** (level_dbfs / 20) * np.sqrt(2 / np.square(AMPLITUDES).sum()) * (AMPLITUDES @ lines)


def hum_truth_db(mains_hz: int, level_dbfs: float, pink_dbfs: float, rate_hz: int) -> float:
    """Power of the lines re 3 Hz of pink noise beside each, from the formulas."""
    density = 10 ** (pink_dbfs / 10) / np.log(rate_hz / 2 / 20)  # at f Hz: this / f
    beside = np.concatenate((np.arange(-10, -3), np.arange(4, 11)))
    noise = 3 * density * (1 / (mains_hz * MULTIPLES[:, np.newaxis] + beside)).mean(axis=1).sum()
    return 10 * np.log10(1 + 10 ** (level_dbfs / 10) / noise)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("mains_hz", [50, 60])
def test_hum_in_a_gap_is_measured_as_the_formula_says(mains_hz, rate_hz):
    spoken = clean(4, rate_hz, duration_s=4, snr_db=36)
    pause = pink(level_dbfs=-60, duration_s=4, rate_hz=rate_hz, seed=8)
    samples = np.concatenate((spoken, pause)) + mains(mains_hz, -52, 8, rate_hz)
    found = hum_of(samples, rate_hz)
    assert found is not None
    assert found.hum_hz == mains_hz
    assert found.hum_db == pytest.approx(hum_truth_db(mains_hz, -52, -60, rate_hz), abs=1.5)
    heard = runs(~voice_activity(samples, rate_hz))[-1]
    assert found.gaps[-1] == (heard[0] + 3, heard[1])


@pytest.mark.parametrize("mains_hz", [49.9, 60.1])
def test_hum_under_a_voice_without_long_pauses_is_named_and_not_overrated(mains_hz):
    for seed in range(3):
        samples = clean(seed, 16000, snr_db=36) + mains(mains_hz, -52, 5, 16000)
        found = hum_of(samples, 16000, np.ones(250, dtype=np.bool_))
        assert found is not None
        assert found.hum_hz == round(mains_hz)
        assert 10 < found.hum_db < hum_truth_db(round(mains_hz), -52, -60, 16000) + 1.5
        assert found.gaps == ()


@pytest.mark.parametrize("syllable_depth", [0.0, 0.45])
@pytest.mark.parametrize("sway", [0.0, 0.005, 0.03])
@pytest.mark.parametrize("pitch_hz", [90, 100, 120, 150, 180, 220])
def test_a_voice_on_one_note_that_never_pauses_is_no_hum(pitch_hz, sway, syllable_depth):
    rate_hz, duration_s = 16000, 8
    time_s = np.arange(duration_s * rate_hz) / rate_hz
    pitch = pitch_hz * (1 + sway * np.sin(2 * np.pi * 0.7 * time_s))
    turns = np.cumsum(pitch) / rate_hz
    partials = sum(np.cos(2 * np.pi * k * turns) / k for k in range(1, 3000 // pitch_hz))
    syllables = 0.55 - syllable_depth * np.cos(2 * np.pi * 4.5 * time_s)
    noise = pink(level_dbfs=-60, duration_s=duration_s, rate_hz=rate_hz, seed=1)
    found = hum_of(0.03 * syllables * partials + noise, rate_hz, np.ones(50 * duration_s, dtype=np.bool_))
    assert found is not None
    assert found.hum_hz is None
    assert found.hum_db <= 10


def test_less_than_a_second_has_no_hum():
    assert hum_of(mains(50, -40, 0.9, 16000), 16000) is None


def paused(seed: int, rate_hz: int) -> tuple[FloatArray, BoolArray]:
    """A voice whose pauses last 1.8 s, and which hops speak."""
    made = voice(seed=seed, duration_s=8, rate_hz=rate_hz)
    hop, parts, speaks, last = rate_hz // 50, [], [], 0
    for end in runs(made.speaks)[:, 1].tolist():
        parts += [made.samples[last * hop : (end + 10) * hop], np.zeros(rate_hz)]
        speaks += [made.speaks[last : end + 10], np.zeros(50, dtype=np.bool_)]
        last = end + 10
    samples = np.concatenate(parts)
    noise = pink(level_dbfs=-64, duration_s=samples.size / rate_hz, rate_hz=rate_hz, seed=seed)
    return samples + noise[: samples.size], np.concatenate(speaks)


def ridden(samples: FloatArray, speaks: BoolArray, depth_db: float, rate_hz: int) -> FloatArray:
    """Gain down by so much while somebody speaks, back with a time constant of 0.5 s after."""
    index = np.arange(samples.size)
    last = np.maximum.accumulate(np.where(np.repeat(speaks, rate_hz // 50), index, -10 * rate_hz))
    return samples * 10 ** (-depth_db * np.exp(-(index - last) / rate_hz / 0.5) / 20)


@pytest.mark.parametrize("rate_hz", [16000, 48000])
def test_the_deeper_the_gain_ride_the_more_it_pumps(rate_hz):
    for seed in range(3):
        samples, speaks = paused(seed, rate_hz)
        pumped = [pumping_of(ridden(samples, speaks, depth, rate_hz), rate_hz) for depth in (0, 6, 12, 20)]
        rises_db = [found.pumping_db for found in pumped if found is not None]
        assert len(rises_db) == 4
        assert abs(rises_db[0]) < 1
        assert 3 < rises_db[1] < rises_db[2] < rises_db[3]
        quiet = runs(~speaks)[1:]  # the silence before the first word is no gap
        for gap, (start, end) in zip(pumped[3].gaps, quiet[quiet[:, 1] < speaks.size], strict=False):
            assert abs(gap.start_hop - start) <= 1
            assert abs(gap.end_hop - end) <= 1


def test_one_long_gap_says_nothing_about_gain():
    assert pumping_of(clean(1, 16000), 16000) is None


def in_room(samples: FloatArray, t60_s: float, rate_hz: int, seed: int, *, direct: bool) -> FloatArray:
    time_s = np.arange(round(1.3 * t60_s * rate_hz)) / rate_hz
    tail = np.random.default_rng(seed).standard_normal(time_s.size) * 10 ** (-3 * time_s / t60_s)
    tail /= np.sqrt(np.square(tail).sum())
    tail[0] += direct
    return fftconvolve(samples, tail)[: samples.size]


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize(
    ("t60_s", "reverb_class"), [(0.05, "dry"), (0.3, "dry"), (0.6, "medium"), (1.0, "wet")]
)
def test_an_exponential_tail_gets_its_class(t60_s, reverb_class, direct):
    for seed, rate_hz in ((0, 16000), (4, 48000), (7, 16000)):
        spoken = voice(seed=seed, duration_s=12, rate_hz=rate_hz).samples
        hiss = pink(level_dbfs=-64, duration_s=12, rate_hz=rate_hz, seed=seed)
        found = reverberation_of(in_room(spoken, t60_s, rate_hz, seed, direct=direct) + hiss, rate_hz)
        assert found is not None
        assert found.reverb_class == reverb_class
        assert found.decays >= 3


def test_noise_or_too_few_offsets_leave_the_room_unknown():
    assert reverberation_of(clean(1, 16000, duration_s=12, snr_db=0), 16000) is None
    assert reverberation_of(clean(1, 16000, duration_s=4, snr_db=50), 16000) is None
