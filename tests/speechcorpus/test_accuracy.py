"""The accuracy table: its mixes have the truth they claim, and its bars can be missed."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.accuracy import missed, table
from benchmarks.mixes import RATE_HZ, STATIONARY, mixes
from benchmarks.qualities import Answer, qualities
from speechcorpus.dsp.level import laeq_dbfs


@pytest.fixture(scope="module")
def made():
    return list(mixes(1, repeats=1, only=STATIONARY))


def test_the_same_seed_gives_the_same_mixes_and_another_one_others(made):
    again, other = next(mixes(1, repeats=1)), next(mixes(3, repeats=1))
    assert np.array_equal(again.samples, made[0].samples)
    assert not np.array_equal(other.samples[:1000], made[0].samples[:1000])


def test_the_truth_is_the_level_of_the_noise_before_the_first_word(made):
    steady = [m for m in made if m.plan.snr_db <= 20]
    assert len(steady) > 30
    for mix in steady:
        start = int(np.flatnonzero(mix.covers)[0]) * RATE_HZ // 50
        heard_dbfs = laeq_dbfs(mix.samples[:start] / 32768, RATE_HZ)
        assert heard_dbfs == pytest.approx(mix.truth_dbfs, abs=0.9), mix.plan  # half a second of it


def test_every_edge_of_the_bands_is_tried_from_both_sides(made):
    levels_dba = {mix.truth_dba for mix in made if mix.plan.group == "edge"}
    assert {39.0, 41.0, 54.5, 55.5, 67.0, 73.0} <= levels_dba
    assert len(levels_dba) == 18


def test_an_estimate_that_is_off_misses_its_bars_and_a_good_one_meets_them(made):
    good = [Answer(mix=mix, level_dbfs=mix.truth_dbfs + 0.1, se_db=1.0, speech=mix.speaks) for mix in made]
    bad = [replace(answer, level_dbfs=answer.level_dbfs + 6, speech=~answer.speech) for answer in good]
    judged = {
        name: missed({"webrtc": {q.name: q.value(some) for q in qualities()}})
        for name, some in {"good": good, "bad": bad}.items()
    }
    assert judged["good"] == []
    assert len(judged["bad"]) == 9


def test_the_table_knows_the_detector_the_limit_and_the_usual_way(made):
    few = [mix for mix in made if mix.plan.noise == "white" and mix.plan.snr_db in (20, 30)]
    found = table(few, silero=False)
    assert list(found) == ["webrtc", "limit", "usual way"]
    assert found["limit"]["stationary noise, p95, dB"] < found["usual way"]["stationary noise, p95, dB"]


def test_a_missing_seed_is_an_error_and_not_the_tuning_seed():
    command = [sys.executable, "-m", "benchmarks.accuracy", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--seed" in done.stderr
    assert done.stdout == ""
