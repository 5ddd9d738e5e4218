"""From the file's rate to the voice detector's: the textbook's filter, whatever the blocks."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.signal import upfirdn

from speechcorpus.dsp.resample import HALF_LENGTH, KAISER_BETA, Resampler, low_pass, resampler

FOREIGN = [(22050, 320, 441), (24000, 2, 3), (44100, 160, 441)]


@pytest.mark.parametrize(("rate_hz", "up", "down"), FOREIGN)
def test_a_hop_made_by_matrices_is_the_polyphase_filter_of_the_textbook(rate_hz, up, down):
    samples = np.random.default_rng(3).standard_normal(rate_hz // 4).astype(np.float32)
    taps = up * low_pass(2 * HALF_LENGTH * down + 1, 1 / down, KAISER_BETA)
    expected = upfirdn(taps, samples.astype(np.float64), up, down)[HALF_LENGTH:]
    meter = Resampler(rate_hz, 16000)
    made = np.concatenate((meter.push(samples), meter.finish()))
    assert made[:4000] == pytest.approx(expected[:4000], abs=2e-6)


@pytest.mark.parametrize("rate_hz", [22050, 24000, 32000, 44100, 48000, 96000])
def test_the_blocks_do_not_matter_and_every_hop_gets_its_samples(rate_hz):
    samples = np.random.default_rng(4).standard_normal(rate_hz // 2 + 17).astype(np.float32)
    whole, parted = resampler(rate_hz, 16000), resampler(rate_hz, 16000)
    expected = np.concatenate((whole.push(samples), whole.finish()))
    cuts = (rate_hz // 10, rate_hz // 10 + 1, rate_hz // 5, rate_hz // 5 + 900, rate_hz // 3)
    parts = [parted.push(part) for part in np.split(samples, cuts)]
    made = np.concatenate((*parts, parted.finish()))
    assert made.size >= samples.size * 16000 // rate_hz
    assert made == pytest.approx(expected[: made.size], abs=1e-6)


@pytest.mark.parametrize("rate_hz", [22050, 24000, 32000, 44100, 48000, 96000])
def test_a_tone_keeps_its_place_and_level_and_one_that_would_fold_is_gone(rate_hz):
    at_s = np.arange(rate_hz) / rate_hz
    kept = _middle(np.sin(2 * np.pi * 1000 * at_s), rate_hz)
    expected = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)[4000:12000]
    assert kept == pytest.approx(expected, abs=2e-3)
    if rate_hz > 24000:  # 13 kHz would be heard at 3 kHz
        assert np.abs(_middle(np.sin(2 * np.pi * 13000 * at_s), rate_hz)).max() < 1.5e-3


def test_measuring_a_file_of_any_rate_does_without_the_47_mb_of_scipy_signal():
    script = (
        "import sys, numpy, speechcorpus.workflows.measure\n"
        "from speechcorpus.dsp.arrays import RATES_HZ\n"
        "from speechcorpus.qc.measure import analyze\n"
        "for rate_hz in RATES_HZ:\n"
        "    analyze([numpy.random.default_rng(5).uniform(-1, 1, (2 * rate_hz, 2))], rate_hz, 2)\n"
        "print('scipy.fft' in sys.modules, 'scipy.signal' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "True False"


def _middle(samples, rate_hz):
    meter = resampler(rate_hz, 16000)
    return np.concatenate((meter.push(samples.astype(np.float32)), meter.finish()))[4000:12000]
