"""A microphone is calibrated beside a reference: the server measures, the person reads, and that is all."""

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.errors import AccessError, SignalError, SittingError
from speechcorpus.dsp.level import laeq_dbfs
from speechcorpus.store.models import Audit, Calibration, CheckSoundRow, Job, Segment
from speechcorpus.workflows.calibrations import calibration_view, save_calibration
from speechcorpus.workflows.finish import finish_take
from tests.sound_check import (
    DEVICE,
    all_heard,
    body_of,
    calibrated_by_meter,
    heard,
    save,
    sit_down,
    steady,
    three_steady,
)
from tests.stage import RATE_HZ, set_stage, work_off

pytestmark = pytest.mark.either_database


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def recorder(stage):
    return sit_down(stage, stage.contributor())


def level_of(pcm: bytes) -> float:
    return laeq_dbfs(np.frombuffer(pcm, "<i2") / 32768, RATE_HZ)


def test_three_takes_beside_a_meter_make_a_calibration(stage, recorder):
    noises = three_steady()
    takes = all_heard(recorder, noises)
    readings = ("67.0", "67.2", "66.9")
    saved = save(recorder, {take.id: text for take, text in zip(takes, readings, strict=True)})
    offsets = [float(text) - level_of(pcm) for text, pcm in zip(readings, noises, strict=True)]
    made = saved.calibration
    assert saved.created
    assert made.offset_db == pytest.approx(sum(offsets) / 3, abs=0.02)
    assert made.spread_db == pytest.approx(max(offsets) - min(offsets), abs=0.02)
    assert (made.u_db, made.takes, made.rate_hz, made.method) == (2.0, 3, RATE_HZ, "reference-meter")
    assert (made.device_label_sha256, made.os, made.browser) == (DEVICE["label_sha256"], "Linux", "Chrome")
    assert made.expires_at == (stage.later + timedelta(days=30)).isoformat()
    assert calibration_view(stage.store, recorder.actor, made.id) == made


def test_what_it_was_reckoned_from_is_kept_and_logged(stage, recorder):
    made = calibrated_from(recorder).calibration
    with stage.store.catalogue.read() as session:
        evidence = session.get_one(Calibration, made.id).evidence
        logged = session.scalars(select(Audit.detail).where(Audit.action == "calibration.made")).one()
    assert evidence["sitting"] == recorder.sitting
    assert [len(take["seconds_dbfs"]) for take in evidence["takes"]] == [10, 10, 10]
    assert {take["reading_dba"] for take in evidence["takes"]} == {"67"}
    assert '"u_db":"2"' in logged


def calibrated_from(recorder, reading: str = "67", level_dbfs: float = -30, **changes: object):
    takes = all_heard(recorder, three_steady(level_dbfs))
    return save(recorder, {take.id: reading for take in takes}, **changes)


@pytest.mark.parametrize("gain_db", [-12.5, 6.0])
def test_turning_the_recording_up_moves_the_offset_down_by_as_much(stage, recorder, gain_db):
    before = calibrated_from(recorder).calibration
    after = calibrated_from(recorder, level_dbfs=-30 + gain_db).calibration
    assert after.offset_db - before.offset_db == pytest.approx(-gain_db, abs=0.02)


def test_the_same_again_changes_nothing_and_another_body_is_refused(stage, recorder):
    takes = all_heard(recorder, three_steady())
    body, known = body_of(recorder, {take.id: "67" for take in takes}), str(uuid4())
    first = save_calibration(stage.store, recorder.actor, known, body, now=stage.later)
    again = save_calibration(stage.store, recorder.actor, known, body, now=stage.later + timedelta(days=1))
    assert (first.created, again.created) == (True, False)
    assert again.calibration == first.calibration
    other = {**body, "gain_note": "70 %"}
    with pytest.raises(SittingError) as refused:
        save_calibration(stage.store, recorder.actor, known, other, now=stage.later)
    assert refused.value.code == "id.conflict"


def test_takes_that_are_not_stored_or_not_measured_yet_are_named(stage, recorder):
    ready = all_heard(recorder, three_steady()[:2])
    unstored = recorder.record(steady(-30), track="check")
    unmeasured = recorder.record(steady(-30), track="check")
    unmeasured.finish()
    unknown = str(uuid4())
    readings = dict.fromkeys((ready[0].id, ready[1].id, unstored.id, unmeasured.id, unknown), "67")
    with pytest.raises(SittingError) as refused:
        save(recorder, readings)
    assert refused.value.code == "calibration.takes-missing"
    assert set(refused.value.facts["missing"].split(",")) == {unstored.id, unmeasured.id, unknown}


def test_another_persons_takes_sitting_and_calibration_are_as_unknown(stage, recorder):
    made = calibrated_from(recorder).calibration
    mine = sit_down(stage, stage.contributor())
    with stage.store.catalogue.read() as session:
        theirs = list(session.scalars(select(CheckSoundRow.take_id)))
    with pytest.raises(SittingError) as refused:
        save(mine, dict.fromkeys(theirs, "67"))
    assert refused.value.code == "calibration.takes-missing"
    body = body_of(recorder, {theirs[0]: "67"})
    for asked in (
        lambda: save_calibration(stage.store, mine.actor, str(uuid4()), body, now=stage.later),
        lambda: save_calibration(stage.store, mine.actor, made.id, body, now=stage.later),
        lambda: calibration_view(stage.store, mine.actor, made.id),
        lambda: calibration_view(stage.store, stage.reviewer(), made.id),
    ):
        with pytest.raises(AccessError) as hidden:
            asked()
        assert hidden.value.code == "not-found"


def beside(recorder, *, pcm=None, readings=("67", "67", "67"), **changes):
    noises = pcm or [steady(-30, seed=seed) for seed in range(len(readings))]
    takes = all_heard(recorder, noises)
    return save(recorder, {t.id: text for t, text in zip(takes, readings, strict=True)}, **changes)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("calibration.takes", {"readings": ("67", "67")}),
        ("calibration.spread", {"readings": ("66.4", "67", "67.6")}),
        ("calibration.reference", {"readings": ("49.9", "49.9", "49.9")}),
        ("calibration.short", {"pcm": [steady(-30, 9.9, seed=seed) for seed in range(3)]}),
        ("calibration.unsteady", {"pcm": [steady(-30, 5) + steady(-29.4, 5)] * 3}),
        (
            "calibration.gain-control",
            {
                "pcm": [*three_steady(), steady(-43)],
                "readings": ("75", "75", "75", "60"),
            },
        ),
    ],
)
def test_what_nobody_should_trust_is_refused_with_its_reason(recorder, code, said):
    with pytest.raises(SignalError) as refused:
        beside(recorder, **said)
    assert refused.value.code == code
    assert refused.value.facts["limit"] is not None


def test_a_take_fifteen_decibels_down_tells_of_the_gain_and_moves_no_offset(recorder):
    pcm = [*three_steady(), steady(-46.2)]
    made = beside(recorder, pcm=pcm, readings=("75", "75", "75", "60")).calibration
    assert made.takes == 3
    assert made.spread_db < 0.1


def test_takes_whose_sound_the_browser_worked_on_make_no_calibration(recorder):
    for settings in ({"echoCancellation": False, "noiseSuppression": True, "autoGainControl": False}, {}):
        take = recorder.record(steady(-30), track="check")
        take.finish(capture={**take.manifest()["capture"], "settings": settings})
        work_off(recorder.stage)
        with pytest.raises(SignalError) as refused:
            save(recorder, {take.id: "67"})
        assert refused.value.code == "calibration.processing"


def test_takes_of_another_sitting_or_track_do_not_count(stage, recorder):
    takes = all_heard(recorder, three_steady())
    room = recorder.record(steady(-30), track="room")
    room.finish()
    with pytest.raises(SittingError) as missing:
        save(recorder, {room.id: "67"})
    assert missing.value.facts["missing"] == room.id
    other = sit_down(stage, recorder.actor, started_offline=True)
    with pytest.raises(SignalError) as refused:
        save(other, {take.id: "67" for take in takes})
    assert refused.value.code == "calibration.sitting"


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "calibrator"},
        {"takes": []},
        {"takes": [{"take": "t", "reading_dba": "67,1"}]},
        {"takes": [{"take": "t", "reading_dba": 67}]},
        {"takes": [{"take": "t", "reading_dba": "67"}] * 2},
        {"gain_note": "x" * 201},
        {"offset_db": "97"},
    ],
)
def test_a_body_that_says_something_else_is_refused_by_its_field(recorder, wrong):
    with pytest.raises(SittingError) as refused:
        save(recorder, {"t": "67"}, **wrong)
    assert refused.value.code == "request.field"


def test_a_sound_check_has_no_items_and_its_takes_are_measured_once(stage, recorder):
    take = heard(recorder, steady(-30, 12))
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(Segment)).all() == []
        sound = session.get_one(CheckSoundRow, take.id).sound
        jobs = session.scalars(select(Job.kind).where(Job.kind == "measure_check")).all()
    assert len(sound["seconds_dbfs"]) == 12
    assert len(jobs) == 1
    with pytest.raises(SittingError) as refused:
        recorder.record(steady(-30, 1))
    assert refused.value.code == "request.field"


def test_a_sound_check_that_was_held_while_the_server_was_away_is_taken_whole(stage):
    person = stage.contributor()
    stage.now += timedelta(days=1)
    recorder = sit_down(stage, person, started_offline=True)
    take = recorder.record(steady(-30), track="check")
    done = finish_take(stage.store, person, take.id, take.manifest(), now=stage.now)
    assert done.state == "stored"


@pytest.mark.parametrize("change", ["UPDATE calibration SET expires_at = NULL", "DELETE FROM calibration"])
def test_the_database_itself_keeps_a_calibration_as_it_was_made(stage, change):
    calibrated_by_meter(stage, stage.contributor())
    with pytest.raises(IntegrityError), stage.store.catalogue.write() as session:
        session.execute(text(change))
