"""A person at a sound check: steady noise beside a reference, sent as the browser sends it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4

import numpy as np

from speechcorpus.domain.actor import Actor
from speechcorpus.workflows.calibrations import Saved, save_calibration
from speechcorpus.workflows.repeats import Repeat, save_repeat
from speechcorpus.workflows.sittings import close_sitting
from tests.stage import RATE_HZ, Recorder, SentTake, Stage, work_off

DEVICE = {"label_sha256": "5e" * 32, "os": "Linux", "browser": "Chrome", "gain_note": None}


def steady(level_dbfs: float, seconds: float = 10, *, seed: int = 1) -> bytes:
    """PCM of white noise at a level (not weighted), steady to a few hundredths of a decibel."""
    noise = np.random.default_rng(seed).normal(0, 10 ** (level_dbfs / 20), round(seconds * RATE_HZ))
    return (np.clip(noise, -1, 1) * 32767).astype("<i2").tobytes()


def sit_down(stage: Stage, actor: Actor, **said: object) -> Recorder:
    """A sitting without a claim: its takes are never items."""
    recorder = Recorder(stage=stage, actor=actor, claim=None)
    recorder.open(**{"device": DEVICE, **said})
    return recorder


def heard(recorder: Recorder, pcm: bytes) -> SentTake:
    """A take of the track `check`, stored and measured."""
    (take,) = all_heard(recorder, [pcm])
    return take


def all_heard(recorder: Recorder, sounds: Iterable[bytes]) -> list[SentTake]:
    """Takes of the track `check`, stored and measured."""
    takes = [recorder.record(pcm, track="check") for pcm in sounds]
    for take in takes:
        take.finish()
    work_off(recorder.stage)
    return takes


def three_steady(level_dbfs: float = -30) -> list[bytes]:
    """What three takes beside a meter hold."""
    return [steady(level_dbfs, seed=seed) for seed in range(3)]


def body_of(recorder: Recorder, readings: dict[str, str], **changes: object) -> dict[str, object]:
    """What the browser asks for: take -> what the person read off the reference."""
    takes = [{"take": take, "reading_dba": reading} for take, reading in readings.items()]
    body = {"sitting": recorder.sitting, "method": "reference-meter", "reference_class": None}
    return {**body, "gain_note": None, "takes": takes, **changes}


def save(
    recorder: Recorder, readings: dict[str, str], at: datetime | None = None, **changes: object
) -> Saved:
    stage, body = recorder.stage, body_of(recorder, readings, **changes)
    return save_calibration(stage.store, recorder.actor, str(uuid4()), body, now=at or stage.later)


def calibrated_by_meter(
    stage: Stage, actor: Actor, *, level_dbfs: float = -30, reading: str = "67", at: datetime | None = None
) -> Saved:
    """A calibration from three takes beside a meter."""
    recorder = sit_down(stage, actor)
    takes = all_heard(recorder, three_steady(level_dbfs))
    done = save(recorder, {take.id: reading for take in takes}, at)
    put_away(recorder)
    return done


def put_away(recorder: Recorder) -> None:
    """Close a sitting, so that another one can be opened."""
    stage = recorder.stage
    close_sitting(stage.store, recorder.actor, recorder.sitting, {}, now=stage.later + timedelta(minutes=1))


def repeat(
    recorder: Recorder, calibration: str, take: str, reading: str, at: datetime | None = None
) -> Repeat:
    stage = recorder.stage
    body = {"reading_dba": reading}
    return save_repeat(stage.store, recorder.actor, calibration, take, body, now=at or stage.later)
