"""A microphone's path is known by what it does to silence, a voice and two noises."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import resample

from benchmarks.signals import voice, white
from speechcorpus.dsp.defects.codes import codes_used
from speechcorpus.record.check_sound import CheckSound, hear
from speechcorpus.record.manifest import parse_manifest
from speechcorpus.record.self_test import NAMES, passed, self_test
from tests.speechcorpus.record.test_manifest import document

RATE_HZ = 48_000
SILENCE_S, LINE_S, NOISE_S = 3, 4, 2
QUIET_S, LOUD_S = SILENCE_S + LINE_S, SILENCE_S + LINE_S + NOISE_S + 1
LENGTH_S = LOUD_S + NOISE_S
PLACES = {
    "silence_from": 0,
    "silence_to": SILENCE_S * RATE_HZ,
    "quiet_from": QUIET_S * RATE_HZ,
    "quiet_to": (QUIET_S + NOISE_S) * RATE_HZ,
    "loud_from": LOUD_S * RATE_HZ,
    "loud_to": (LOUD_S + NOISE_S) * RATE_HZ,
}
RAW = dict.fromkeys(("echoCancellation", "noiseSuppression", "autoGainControl"), False)


def at(samples: np.ndarray, start_s: float, sound: np.ndarray) -> None:
    start = round(start_s * RATE_HZ)
    samples[start : start + sound.size] += sound


def sounds(seed: int, *, step_db: float = 15.0) -> np.ndarray:
    """What comes to the microphone: a room, a line spoken after 3 s, two noises from the loudspeaker."""
    samples = white(level_dbfs=-66, duration_s=LENGTH_S, rate_hz=RATE_HZ, seed=seed)
    at(samples, SILENCE_S, voice(seed=seed, duration_s=LINE_S, rate_hz=RATE_HZ, level_dbfs=-24).samples)
    at(samples, QUIET_S, white(level_dbfs=-45, duration_s=NOISE_S, rate_hz=RATE_HZ, seed=seed + 1))
    at(samples, LOUD_S, white(level_dbfs=-45 + step_db, duration_s=NOISE_S, rate_hz=RATE_HZ, seed=seed + 2))
    return samples


def codes(samples: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(samples, -1, 1) * 32767).astype(np.int16)


def manifest(*, settings: object = RAW, **changes: object):
    capture = {**document()["capture"], "settings": settings, **changes.pop("capture", {})}
    return parse_manifest(document(rate_hz=RATE_HZ, capture=capture, **changes))


def results(samples: np.ndarray, places: object = PLACES, **said: object) -> dict[str, str]:
    found = self_test(hear(codes(samples), RATE_HZ), manifest(**said), places)
    assert tuple(each.name for each in found) == NAMES
    return {each.name: each.result for each in found}


def test_a_raw_path_passes_all_that_can_be_tested():
    found = results(sounds(1))
    assert {name for name, result in found.items() if result != "pass"} == {"rate"}
    assert found["rate"] == "not-tested"  # no clock was kept


def ridden(samples: np.ndarray) -> np.ndarray:
    """An automatic gain: each tenth of a second is brought half of the way to −26 dBFS."""
    tenths = samples.reshape(-1, RATE_HZ // 10)
    levels_db = 10 * np.log10(np.mean(np.square(tenths), axis=1))
    return (tenths * 10 ** (0.5 * (-26 - levels_db)[:, None] / 20)).reshape(-1)


def gated(samples: np.ndarray) -> np.ndarray:
    """A headset's gate: what is quieter than −55 dBFS becomes exact silence."""
    tenths = samples.reshape(-1, RATE_HZ // 10)
    loud = np.mean(np.square(tenths), axis=1) > 10**-5.5
    return (tenths * loud[:, None]).reshape(-1)


@pytest.mark.parametrize("seed", range(10, 20))
def test_gain_control_and_a_gate_are_always_seen_and_a_raw_path_never_accused(seed):
    raw = sounds(seed)
    wrong = {name for name, result in results(raw).items() if result in ("fail", "flag")}
    assert wrong == set()
    assert results(ridden(raw))["gain-control"] == "flag"
    assert results(gated(raw))["gate"] == "flag"


@pytest.mark.parametrize(
    ("step_db", "result"), [(13.4, "flag"), (13.7, "pass"), (16.3, "pass"), (16.7, "flag")]
)
def test_the_step_may_be_off_by_a_decibel_and_a_half(step_db, result):
    assert results(sounds(2, step_db=step_db))["gain-control"] == result


def test_a_step_that_stands_not_clear_of_the_room_or_has_no_place_is_not_tested():
    noisy = sounds(3) + white(level_dbfs=-50, duration_s=LENGTH_S, rate_hz=RATE_HZ, seed=4)
    assert results(noisy)["gain-control"] == "not-tested"
    for places in ({}, {**PLACES, "loud_from": "now"}, {**PLACES, "quiet_to": 0}, {**PLACES, "loud_to": -5}):
        assert results(sounds(3), places)["gain-control"] == "not-tested"


@pytest.mark.parametrize("from_hz", [8_000, 16_000, 24_000])
def test_a_lower_rate_in_new_clothes_is_no_raw_path(from_hz):
    there = resample(sounds(5), LENGTH_S * from_hz)
    sound = hear(codes(resample(there, LENGTH_S * RATE_HZ)), RATE_HZ)
    bandwidth = self_test(sound, manifest())[NAMES.index("bandwidth")]
    assert (bandwidth.result, bandwidth.facts["upsampled_from_hz"]) == ("fail", str(from_hz))


def test_a_path_that_scales_whole_numbers_leaves_holes_between_the_codes():
    assert results(sounds(6))["codes"] == "pass"
    doubled = hear((2 * codes(sounds(6) / 2)).astype(np.int16), RATE_HZ)
    assert doubled.codes_used == pytest.approx(0.5, abs=0.01)
    assert self_test(doubled, manifest())[NAMES.index("codes")].result == "flag"


@pytest.mark.parametrize(("gain", "share"), [(1.0, 1.0), (1.25, 0.8), (4.0, 0.25)])
def test_the_share_of_codes_tells_the_gain(gain, share):
    noise = np.random.default_rng(7).normal(0, 400, 400_000)
    assert codes_used(np.rint(np.rint(noise) * gain).astype(np.int16)) == pytest.approx(share, abs=0.01)


def test_silence_and_few_samples_tell_nothing_of_codes():
    assert codes_used(np.zeros(48_000, dtype=np.int16)) is None
    assert codes_used(np.empty(0, dtype=np.int16)) is None


@pytest.mark.parametrize(
    ("said", "name", "result"),
    [
        ({"capture": {"lost_frames": 128}}, "ledger", "fail"),
        ({"capture": {"delivered": 179_000}}, "ledger", "fail"),
        ({"capture": {"delivered": None, "total": None}}, "ledger", "not-tested"),
        ({"events": [{"kind": "stall", "at_sample": 1}]}, "ledger", "fail"),
        ({"events": [{"kind": "mute", "at_sample": 1}]}, "ledger", "pass"),
        ({"settings": {**RAW, "autoGainControl": True}}, "settings", "fail"),
        ({"settings": {}}, "settings", "flag"),
    ],
)
def test_what_the_browser_counted_and_read_back_is_held_against_it(said, name, result):
    sound = hear(codes(sounds(8)[:RATE_HZ]), RATE_HZ)
    found = {each.name: each.result for each in self_test(sound, manifest(**said))}
    assert found[name] == result


@pytest.mark.parametrize(
    ("off", "result"), [(0.0, "pass"), (0.004, "pass"), (0.006, "fail"), (-0.08, "fail")]
)
def test_samples_that_come_too_slowly_or_too_fast_are_not_at_their_rate(off, result):
    late_us = round(off * 10e6)  # after ten seconds of samples
    windows = [{"lowest": [[960, "-120"]]}, {"lowest": [[960 + 10 * RATE_HZ, str(late_us - 120)]]}]
    found = self_test(hear(np.zeros(RATE_HZ, np.int16), RATE_HZ), manifest(clock={"windows": windows}))
    assert found[NAMES.index("rate")].result == result


@pytest.mark.parametrize(
    "windows", [None, "x", [1], [{"lowest": 3}], [{"lowest": [[0, "1.5"], [9e9, "1"], "ab"]}]]
)
def test_a_clock_that_cannot_be_read_tests_nothing(windows):
    sound = hear(np.zeros(RATE_HZ, np.int16), RATE_HZ)
    clocked = replace(manifest(), clock={"windows": windows})
    assert self_test(sound, clocked)[NAMES.index("rate")].result == "not-tested"


def test_what_nobody_could_test_stands_against_nobody():
    sound = hear(np.zeros(0, np.int16), RATE_HZ)
    assert (sound.seconds_dbfs, sound.levels_dbfs, sound.codes_used) == ((), (), None)
    assert passed(self_test(sound, manifest()))


def test_the_levels_of_seconds_are_those_of_the_measuring_engine():
    loud, quiet = (white(level_dbfs=level, duration_s=2, rate_hz=RATE_HZ, seed=9) for level in (-20, -40))
    sound = hear(codes(np.concatenate((loud, quiet))), RATE_HZ)
    assert sound.seconds_dbfs[0] - sound.seconds_dbfs[3] == pytest.approx(20, abs=0.15)
    assert len(sound.seconds_dbfs) == 4
    assert CheckSound.from_record(sound.to_record()) == sound
