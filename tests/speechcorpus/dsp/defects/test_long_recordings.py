"""Of a long recording the detectors keep sums and look at parts: they find what the whole would say."""

import numpy as np
import pytest

from benchmarks.signals import sine, white
from speechcorpus.dsp.defects.channels import AT_ONCE, bleed_db
from speechcorpus.dsp.defects.hum import HELD, HumFinder

LOW_HZ = 1000


def found(samples, speech, *, block):
    finder = HumFinder(LOW_HZ)
    for at in range(0, samples.size, block):
        finder.push(samples[at : at + block])
    return finder.finish(speech)


@pytest.fixture(scope="module")
def humming():
    duration_s = HELD // 2 + 60
    lines = [sine(f, level_dbfs=-50 - f / 50, duration_s=duration_s, rate_hz=LOW_HZ) for f in (50, 100, 150)]
    return sum(lines) + white(level_dbfs=-50, duration_s=duration_s, rate_hz=LOW_HZ, seed=1)


@pytest.mark.parametrize("speaks", [False, True])
def test_hum_of_a_long_recording_is_what_all_its_windows_say(humming, speaks, monkeypatch):
    speech = np.full(humming.size // 20, speaks)
    speech[::5000] = True
    folded = found(humming, speech, block=5 * LOW_HZ)
    monkeypatch.setattr("speechcorpus.dsp.defects.hum.HELD", 10**6)
    whole = found(humming, speech, block=5 * LOW_HZ)
    assert folded.hum_hz == whole.hum_hz == 50.0
    assert folded.hum_db == pytest.approx(whole.hum_db, abs=0.005)
    assert folded.gaps == whole.gaps


def test_hum_of_a_long_recording_does_not_depend_on_its_blocks(humming):
    speech = np.zeros(humming.size // 20, dtype=np.bool_)
    assert found(humming, speech, block=777) == found(humming, speech, block=5 * LOW_HZ)


def test_a_leak_is_measured_in_parts_as_at_once(monkeypatch):
    rng, hops = np.random.default_rng(3), 2 * AT_ONCE + 1
    turns = np.arange(hops) // 400 % 2 == 0
    own = np.where(turns, 1e-3, 1e-7) * rng.exponential(1, hops)
    other = np.where(turns, 0.02 * own, 1e-3 * rng.exponential(1, hops))
    in_parts = bleed_db(own, other, turns, ~turns)
    monkeypatch.setattr("speechcorpus.dsp.defects.channels.AT_ONCE", hops)
    assert in_parts == pytest.approx(bleed_db(own, other, turns, ~turns), abs=1e-9)
    assert in_parts == pytest.approx(-17, abs=2)
