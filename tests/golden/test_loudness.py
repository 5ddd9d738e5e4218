"""Loudness: EBU Tech 3341 cases 1 to 5, stereo and the mono twin, and pyloudnorm as a peer."""

import numpy as np
import pyloudnorm
import pytest

from benchmarks.signals import pink, sine
from speechcorpus.qc.measure import analyze

RATE_HZ = 48000
CASES = {
    1: ([(-23.0, 20)], -23.0),
    2: ([(-33.0, 20)], -33.0),
    3: ([(-36.0, 10), (-23.0, 60), (-36.0, 10)], -23.0),
    4: ([(-72.0, 10), (-36.0, 10), (-23.0, 60), (-36.0, 10), (-72.0, 10)], -23.0),
    5: ([(-26.0, 20), (-20.0, 20.1), (-26.0, 20)], -23.0),
}


def steps(levels: list[tuple[float, float]]) -> np.ndarray:
    # Tech 3341 gives peak levels of a 1 kHz sine
    parts = [sine(1000, level_dbfs=peak - 3.01, duration_s=s, rate_hz=RATE_HZ) for peak, s in levels]
    return np.concatenate(parts)


@pytest.mark.parametrize("case", CASES)
def test_the_cases_of_ebu_tech_3341_read_within_a_tenth(case):
    levels, expected_lufs = CASES[case]
    mono = steps(levels)
    stereo = np.stack((mono, mono), axis=1)
    assert analyze([stereo], RATE_HZ, 2).loudness_lufs == pytest.approx(expected_lufs, abs=0.1)
    assert analyze([mono], RATE_HZ, 1).loudness_lufs == pytest.approx(expected_lufs - 3.01, abs=0.1)


@pytest.mark.parametrize("rate_hz", [16000, 48000])
def test_pyloudnorm_agrees_within_fifteen_hundredths(rate_hz):
    noise = pink(level_dbfs=-25, duration_s=6, rate_hz=rate_hz, seed=4)
    peer_lufs = pyloudnorm.Meter(rate_hz).integrated_loudness(noise)
    assert analyze([noise], rate_hz, 1).loudness_lufs == pytest.approx(peer_lufs, abs=0.15)


def test_less_than_400_ms_and_silence_have_no_loudness():
    assert analyze([np.full(6000, 0.1)], 16000, 1).loudness_lufs is None
    assert analyze([np.zeros(16000)], 16000, 1).loudness_lufs is None
