"""What is one recording, and what is only alike."""

from itertools import combinations

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.likeness import likeness
from tests.examples import many

RATE_HZ = 16_000
LIMIT = 0.95  # of `content.duplicate`


def babble(seed, seconds=1.5):
    """Harmonics that glide under an envelope: as alike as voices are."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    rng = np.random.default_rng(seed)
    pitch = 120 + 30 * np.sin(2 * np.pi * rng.uniform(1, 3) * t + rng.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    tones = sum(np.sin(k * phase) / k for k in range(1, 12))
    return tones * (0.55 + 0.45 * np.sin(2 * np.pi * rng.uniform(2, 5) * t))


@settings(max_examples=many(50))
@given(
    seed=st.integers(0, 99),
    gain=st.floats(0.01, 3) | st.floats(-3, -0.01),
    shift=st.integers(0, 4000),
    tail=st.integers(0, 4000),
)
def test_a_copy_that_was_shifted_and_made_louder_or_inverted_is_the_same(seed, gain, shift, tail):
    voice = babble(seed)
    copy = gain * np.concatenate([np.zeros(shift), voice, np.zeros(tail)])
    score = likeness(voice, RATE_HZ, copy, RATE_HZ)
    assert score > 0.97
    assert likeness(copy, RATE_HZ, voice, RATE_HZ) == pytest.approx(score)


@settings(max_examples=many(50))
@given(seeds=st.lists(st.integers(0, 99), min_size=2, max_size=2, unique=True))
def test_two_utterances_of_one_voice_are_not(seeds):
    first, second = map(babble, seeds)
    assert likeness(first, RATE_HZ, second, RATE_HZ) < 0.8


@pytest.mark.parametrize(("snr_db", "expected"), [(40, 0.9999), (20, 0.995), (10, 0.953), (0, 0.707)])
def test_noise_lowers_it_by_what_the_formula_says(snr_db, expected):
    # all within the band that is compared: white noise above it is not counted
    voice = babble(1)
    noise = babble(2)
    noise *= np.linalg.norm(voice) / np.linalg.norm(noise) * 10 ** (-snr_db / 20)
    assert likeness(voice, RATE_HZ, voice + noise, RATE_HZ) == pytest.approx(expected, abs=0.05)


def test_another_rate_is_no_other_recording():
    voice = babble(3)
    assert likeness(voice, RATE_HZ, voice[::2], RATE_HZ // 2) > 0.9


def test_silence_is_like_nothing_and_no_number_is_refused():
    for silent in (np.zeros(100), np.empty(0)):
        assert likeness(silent, RATE_HZ, babble(1), RATE_HZ) == 0
        assert likeness(silent, RATE_HZ, silent, RATE_HZ) == 0
    with pytest.raises(SignalError, match="no numbers"):
        likeness(np.array([np.nan] * 100), RATE_HZ, babble(1), RATE_HZ)


@pytest.mark.slow
def test_real_recordings_are_far_below_the_limit_and_their_copies_above(shared):
    paths = sorted((shared / "audio" / "speech").glob("*.flac"))
    sounds = [(samples.reshape(len(samples), -1)[:, 0], rate) for samples, rate in map(soundfile.read, paths)]
    sounds = [(samples[: 10 * rate], rate) for samples, rate in sounds]
    assert max(likeness(*one, *other) for one, other in combinations(sounds, 2)) < 0.2
    rng = np.random.default_rng(1)
    for samples, rate in sounds:
        edge = rate // 20
        noise = rng.normal(0, np.std(samples) * 10 ** (-15 / 20), samples.size)
        drifting = np.interp(np.arange(samples.size) * (1 + 20e-6), np.arange(samples.size), samples)
        for copy in (0.3 * samples[edge:-edge], samples + noise, drifting):
            assert likeness(samples, rate, copy, rate) >= LIMIT
        # words of one voice against each other
        part = round(0.4 * rate)
        words = [samples[at : at + part] for at in range(0, samples.size - part, part)][:8]
        assert max((likeness(a, rate, b, rate) for a, b in combinations(words, 2)), default=0) < 0.8
