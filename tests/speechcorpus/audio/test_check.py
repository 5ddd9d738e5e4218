"""A whole file is decoded in a child and its samples hashed as its encoder hashed them."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechcorpus.audio.check import check_in_child
from speechcorpus.audio.header import read_header


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("bits", [16, 24])
def test_the_md5_of_the_samples_is_the_one_that_the_encoder_wrote(bits, channels, tmp_path: Path):
    samples = np.random.default_rng(3).integers(-30000, 30000, (90_000, channels)) / 32768
    soundfile.write(tmp_path / "x.flac", samples, 16000, subtype=f"PCM_{bits}")
    found, _ = check_in_child(str(tmp_path / "x.flac"))
    assert found["pcm_md5"] == read_header(tmp_path / "x.flac").pcm_md5
    assert (found["frames"], found["channels"]) == (90_000, channels)


def test_a_wav_is_hashed_as_its_bytes_lie_in_the_file(tmp_path: Path):
    samples = np.arange(-500, 500, dtype="<i2")
    soundfile.write(tmp_path / "x.wav", samples, 16000, subtype="PCM_16")
    found, _ = check_in_child(str(tmp_path / "x.wav"))
    assert found["pcm_md5"] == hashlib.md5(samples.tobytes()).hexdigest()


def test_a_child_that_only_decodes_does_not_wait_for_the_library_that_measures():
    shown = "import sys, speechcorpus.audio.check; print([name for name in sys.modules if 'scipy' in name])"
    told = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
