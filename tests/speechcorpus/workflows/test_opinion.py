"""A machine's opinion is asked of flagged clips only, never of Minnan, and always inside a limited child."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.signals import pink, sine
from speechcorpus.audio.wav import canonical_header
from speechcorpus.domain.errors import SignalError
from speechcorpus.workflows.demo_voice import Voice, speaker, voices_available
from speechcorpus.workflows.opinion import PACKAGES, is_asked, is_installed, opinion

RATE_HZ = 16000
MISSING = [name for name in PACKAGES if not importlib.util.find_spec(name)]
needs_dnsmos = pytest.mark.skipif(
    bool(MISSING), reason=f"no DNSMOS: {', '.join(MISSING)} not installed (extra `neural`)"
)


def wav(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ, *, claimed: int | None = None) -> Path:
    pcm = np.rint(samples * 32767).astype("<i2")
    header = canonical_header(rate_hz=rate_hz, channels=1, frames=claimed or pcm.size)
    path.write_bytes(header + pcm.tobytes())
    return path


def test_only_flagged_clips_are_asked_about_and_no_minnan():
    assert is_asked({"flag"}, "cmn-TW")
    assert is_asked({"blocks", "fix", "flag"}, "cmn-TW")
    assert not is_asked((), "cmn-TW")
    assert not is_asked({"blocks", "fix"}, "cmn-TW")
    for minnan_or_unknown in ("nan-TW", "nan-CN", None):
        assert not is_asked({"flag"}, minnan_or_unknown)


def test_whether_it_could_be_asked_is_known_without_an_import():
    assert is_installed() == (not MISSING)


@needs_dnsmos
def test_noise_lowers_the_opinion_at_any_rate_and_asking_again_changes_nothing(tmp_path: Path):
    if not voices_available():
        pytest.skip("no synthetic voice: the package espeakng-loader is not installed (extra `dev`)")
    reader = Voice(variant="m3", words_per_minute=150, pitch=40)
    speech = 0.5 * speaker().say("今天下午我們去公園看花", reader, rate_hz=48000)
    room = pink(level_dbfs=-30, duration_s=speech.size / 48000, rate_hz=48000, seed=1)[: speech.size]
    clean = opinion(wav(tmp_path / "clean.wav", speech, 48000))
    noisy = opinion(wav(tmp_path / "noisy.wav", speech + room, 48000))
    assert noisy.background < clean.background - 0.5
    assert noisy.overall < clean.overall
    for score in (clean.signal, clean.background, clean.overall, clean.p808, noisy.overall):
        assert 1 <= score <= 5
    soundfile.write(tmp_path / "clean.flac", soundfile.read(tmp_path / "clean.wav", dtype="int16")[0], 48000)
    assert opinion(tmp_path / "clean.flac") == clean


@needs_dnsmos
@pytest.mark.parametrize(
    ("samples", "claimed", "code"),
    [(np.zeros(0), None, "empty"), (np.zeros(8000), 16000, "truncated"),
     (np.full(1921000, 0.01), None, "too-long")],
)  # fmt: skip
def test_a_clip_that_cannot_be_heard_whole_has_no_opinion(samples, claimed, code, tmp_path: Path):
    with pytest.raises(SignalError) as refused:
        opinion(wav(tmp_path / "a.wav", samples, claimed=claimed))
    assert refused.value.code == code


@needs_dnsmos
def test_a_sample_that_is_no_number_has_no_opinion(tmp_path: Path):
    samples = np.append(sine(440, level_dbfs=-20, duration_s=1, rate_hz=RATE_HZ), np.nan)
    soundfile.write(tmp_path / "a.wav", samples, RATE_HZ, subtype="FLOAT")
    with pytest.raises(SignalError, match="NaN or infinite") as refused:
        opinion(tmp_path / "a.wav")
    assert refused.value.code == "non-finite"


@needs_dnsmos
@pytest.mark.parametrize("samples", [np.array([0.1]), np.zeros(16000)])
def test_one_sample_and_silence_have_an_opinion_of_their_own(samples, tmp_path: Path):
    assert 1 <= opinion(wav(tmp_path / "a.wav", samples)).overall <= 5


@needs_dnsmos
def test_less_than_a_sample_at_16_khz_is_no_endless_search_for_9_seconds(tmp_path: Path):
    with pytest.raises(SignalError) as refused:
        opinion(wav(tmp_path / "a.wav", np.array([0.1]), 96000))
    assert refused.value.code == "empty"


def test_without_the_extra_it_says_what_to_install(tmp_path: Path):
    script = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name == "speechmos":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
from speechcorpus.domain.errors import SignalError
from speechcorpus.workflows.opinion import opinion_in_child
try:
    opinion_in_child(sys.argv[1])
except SignalError as error:
    print(error.code, error)
"""
    clip = wav(tmp_path / "a.wav", np.zeros(8000))
    command = [sys.executable, "-c", script, clip]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert told.startswith("opinion.missing ")
    assert "`pip install speechcorpus[neural]`" in told


def test_nothing_heavy_is_imported_where_an_opinion_is_asked_for():
    script = (
        "import sys, speechcorpus.workflows.opinion;"
        "print([name for name in ('librosa', 'numba', 'onnxruntime', 'speechmos') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert told.strip() == "[]"
