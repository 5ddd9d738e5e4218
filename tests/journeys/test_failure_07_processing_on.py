"""Failure 7: a gain that rides, or a gate, between microphone and file: the self-test flags it.

Each check is one room, one voice and one device that nobody chose. How the page does it: test_sound_check.py.
"""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.signals import voice, white
from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.record.check_sound import hear
from speechcorpus.record.manifest import parse_manifest
from speechcorpus.record.self_test import self_test
from tests.speechcorpus.record.test_manifest import document

pytestmark = [pytest.mark.journey, pytest.mark.extended]

RATE_HZ = 16_000
TENTH = RATE_HZ // 10
SILENCE_S, LINE_S, NOISE_S = 3, 4, 2
LENGTH_S = 12
STARTS_S = {"silence": (0, 3), "quiet": (7, 9), "loud": (10, 12)}
PLACES = {
    f"{name}_{edge}": at * RATE_HZ
    for name, span in STARTS_S.items()
    for edge, at in zip(("from", "to"), span, strict=True)
}
SILENCE_DB = -57
FLAGGED_AT_LEAST, FALSE_AT_MOST = 0.99, 0.01


def path(rng: np.random.Generator) -> FloatArray:
    """What comes to a microphone in the ten seconds of a self-test, in a room and with a gain of its own."""
    gain_db = rng.uniform(-8, 3)
    seed = int(rng.integers(1 << 30))
    room = white(level_dbfs=rng.uniform(-74, -63), duration_s=LENGTH_S, rate_hz=RATE_HZ, seed=seed)
    line = voice(seed=seed, duration_s=LINE_S, rate_hz=RATE_HZ, level_dbfs=rng.uniform(-28, -20)).samples
    room[SILENCE_S * RATE_HZ :][: line.size] += line
    for name, level_dbfs in (("quiet", -45), ("loud", -30)):
        start, end = (at * RATE_HZ for at in STARTS_S[name])
        room[start:end] += white(
            level_dbfs=level_dbfs, duration_s=NOISE_S, rate_hz=RATE_HZ, seed=seed + start
        )
    return np.clip(room * 10 ** (gain_db / 20), -1, 1)


def levels_db(samples: FloatArray) -> FloatArray:
    """Level of each tenth of a second."""
    return 10 * np.log10(np.mean(np.square(samples.reshape(-1, TENTH)), axis=1))


def ridden(samples: FloatArray, rng: np.random.Generator) -> FloatArray:
    """An automatic gain brings each tenth of a second some of the way to one level, and leaves silence alone.

    One that lifts the room as much as everything else hides the step: that check is then `not-tested`.
    """
    share, wanted_db = rng.uniform(0.3, 0.9), rng.uniform(-30, -22)
    found_db = levels_db(samples)
    gain_db = np.where(found_db > SILENCE_DB, share * (wanted_db - found_db), 0.0)
    return (samples.reshape(-1, TENTH) * 10 ** (gain_db[:, None] / 20)).reshape(-1)


def gated(samples: FloatArray, rng: np.random.Generator) -> FloatArray:
    """A gate makes what is quieter than some level exact silence."""
    open_ = levels_db(samples) > rng.uniform(-58, -52)
    return (samples.reshape(-1, TENTH) * open_[:, None]).reshape(-1)


def accused(samples: FloatArray) -> set[str]:
    """The checks that stand against a path."""
    codes = np.rint(np.clip(samples, -1, 1) * 32767).astype(np.int16)
    sound = hear(codes, RATE_HZ)
    found = self_test(sound, parse_manifest(document(rate_hz=RATE_HZ)), PLACES)
    return {each.name for each in found if each.result in ("fail", "flag")} & {"gain-control", "gate"}


def tried(count: int, record_property: Callable[[str, object], None]) -> None:
    """Try so many paths raw, with a riding gain, and with a gate."""
    rng = np.random.default_rng(count)
    raws = [path(rng) for _ in range(count)]
    falsely = sum(bool(accused(raw)) for raw in raws)
    riding = sum("gain-control" in accused(ridden(raw, rng)) for raw in raws)
    gates = sum("gate" in accused(gated(raw, rng)) for raw in raws)
    seen = f"{riding} riding gains and {gates} gates seen"
    record_property("measured", f"of {count} each: {seen}, {falsely} raw paths accused")
    assert min(riding, gates) >= FLAGGED_AT_LEAST * count
    assert falsely <= FALSE_AT_MOST * count


def test_processing_is_seen_and_a_raw_path_is_not_accused(
    record_property: Callable[[str, object], None],
) -> None:
    tried(20, record_property)


@pytest.mark.slow
def test_processing_is_seen_in_ninety_nine_of_a_hundred(
    record_property: Callable[[str, object], None],
) -> None:
    tried(300, record_property)
