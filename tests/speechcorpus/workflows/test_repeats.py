"""A calibration holds for one microphone as it was, and is trusted as far as somebody looked again."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import func, select

from speechcorpus.domain.canonical import decimal_text
from speechcorpus.domain.errors import AccessError, SignalError, SittingError
from speechcorpus.qc.facts import Facts
from speechcorpus.store.models import (
    Calibration,
    CalibrationRepeat,
    Claim,
    FindingRow,
    Segment,
    Sitting,
    VerdictRow,
)
from speechcorpus.workflows.chips import take_view
from speechcorpus.workflows.judge_clip import judge_row
from speechcorpus.workflows.judging import calibration_now, newest_verdict_row, stored_measurement
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.recalibrating import judge_calibrated
from speechcorpus.workflows.sittings import heartbeat
from speechcorpus.workflows.views.recording import recorder_view
from tests.sound_check import DEVICE, calibrated_by_meter, heard, put_away, repeat, sit_down, steady
from tests.stage import RATE_HZ, set_stage, spoken, voice, work_off

pytestmark = pytest.mark.either_database

LEVEL_DBFS, READING = -30.0, "67"


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def person(stage):
    return stage.contributor()


@pytest.fixture
def made(stage, person):
    """A calibration of a month's life, made a few minutes ago."""
    made = calibrated_by_meter(stage, person, level_dbfs=LEVEL_DBFS, reading=READING).calibration
    stage.now = stage.later
    return made


def begin(stage, person, made, *, after: timedelta = timedelta(minutes=5), task: int = 0, **changes):
    """A sitting with a claim, begun so long after the calibration."""
    stage.now += after
    return stage.recorder(person, task, **{"calibration": made.id, "device": DEVICE, **changes})


def item(recorder, *, pcm: bytes | None = None, **manifest: object) -> str:
    """A recorded item, not measured yet."""
    take = recorder.record(pcm or voice(2, seed=next(recorder.numbers)), prompt="p0")
    take.finish(**manifest)
    with recorder.stage.store.catalogue.read() as session:
        return session.scalars(select(Segment.id).where(Segment.take_id == take.id)).one()


def u_of(recorder, segment_id: str) -> float | None:
    """The uncertainty that counts for an item by all that is known now, None where it is uncalibrated."""
    with recorder.stage.store.catalogue.read() as session:
        calibration = calibration_now(session, session.get_one(Segment, segment_id))
    return None if calibration is None else calibration.u_db


def check(recorder, made, reading: str = READING, *, level_dbfs: float = LEVEL_DBFS):
    """A repeat check in a sitting."""
    return repeat(recorder, made.id, heard(recorder, steady(level_dbfs, seed=7)).id, reading)


def used(recorder) -> str | None:
    with recorder.stage.store.catalogue.read() as session:
        return session.get_one(Sitting, recorder.sitting).calibration_id


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("label_sha256", "11" * 32),
        ("os", "macOS"),
        ("browser", "Firefox"),
        ("gain_note", "70 %"),
        ("os", None),
    ],
)
def test_another_microphone_browser_or_gain_leaves_the_sitting_uncalibrated(stage, person, made, key, value):
    recorder = begin(stage, person, made, device={**DEVICE, key: value})
    assert used(recorder) is None
    assert u_of(recorder, item(recorder)) is None


def test_it_holds_for_a_sitting_that_begins_within_its_month(stage, person, made):
    stage.now += timedelta(days=30) - timedelta(seconds=1)
    last = sit_down(stage, person, calibration=made.id)
    put_away(last)
    stage.now += timedelta(seconds=2)
    late = sit_down(stage, person, calibration=made.id)
    assert (used(last), used(late)) == (made.id, None)


def test_a_take_at_another_rate_is_uncalibrated(stage, person, made):
    recorder = begin(stage, person, made)
    segment = item(recorder)
    with stage.store.catalogue.write() as session:
        row = session.get_one(Calibration, made.id)
        other = Calibration(
            id="other-rate", contributor_id=person.id, record={**row.record, "rate_hz": 48_000}
        )
        other.created_at, other.expires_at = row.created_at, row.expires_at
        session.add(other)
        session.flush()
        session.get_one(Sitting, recorder.sitting).calibration_id = other.id
    assert u_of(recorder, segment) is None


@pytest.mark.parametrize("settings", [{}, {"echoCancellation": True}])
def test_a_take_whose_sound_the_browser_may_have_worked_on_is_uncalibrated(stage, person, made, settings):
    recorder = begin(stage, person, made)
    frames = 2 * RATE_HZ
    counts = dict.fromkeys(("seen", "delivered", "total"), frames)
    capture = {"path": "mstp", **counts, "lost_frames": 0, "recorder": "1", "ended_by": "stop"}
    capture["settings"] = settings
    assert u_of(recorder, item(recorder, capture=capture)) is None


def test_shortly_after_it_was_made_it_needs_no_repeat_check(stage, person, made):
    recorder = begin(stage, person, made, after=timedelta(hours=2) - timedelta(minutes=10))
    assert u_of(recorder, item(recorder)) == 2.0


def test_skipping_the_repeat_check_makes_it_less_certain(stage, person, made):
    recorder = begin(stage, person, made, after=timedelta(hours=3))
    assert u_of(recorder, item(recorder)) == 2.83


def test_a_repeat_check_that_agrees_makes_it_as_certain_as_it_was(stage, person, made):
    recorder = begin(stage, person, made, after=timedelta(days=1))
    before = item(recorder)
    found = check(recorder, made, "66.2")
    assert found.agrees
    assert found.difference_db == pytest.approx(0.8, abs=0.05)
    assert u_of(recorder, before) == u_of(recorder, item(recorder)) == 2.0


def test_one_that_differs_leaves_what_follows_uncalibrated_until_another_agrees(stage, person, made):
    recorder = begin(stage, person, made, after=timedelta(days=1))
    first = check(recorder, made)
    good = item(recorder)
    turned = check(recorder, made, level_dbfs=LEVEL_DBFS - 6)
    lost = item(recorder)
    again = check(recorder, made)
    assert [first.agrees, turned.agrees, again.agrees] == [True, False, True]
    assert turned.difference_db == pytest.approx(-6, abs=0.05)
    assert [u_of(recorder, each) for each in (good, lost, item(recorder))] == [2.0, None, 2.0]


def test_what_was_refuted_stays_refuted_in_later_sittings(stage, person, made):
    first = sit_down(stage, person)
    check(first, made, level_dbfs=LEVEL_DBFS - 6)
    put_away(first)
    recorder = begin(stage, person, made, after=timedelta(minutes=20))
    assert u_of(recorder, item(recorder)) is None
    page = recorder_view(stage.store, person, recorder.claim, now=stage.now)
    assert page.calibrations == ()


def test_a_check_in_a_sound_check_just_before_counts_as_one_of_the_sitting(stage, person, made):
    stage.now += timedelta(days=2)
    first = sit_down(stage, person)
    check(first, made)
    put_away(first)
    recorder = begin(stage, person, made, after=timedelta(minutes=20))
    assert u_of(recorder, item(recorder)) == 2.0
    (shown,) = recorder_view(stage.store, person, recorder.claim, now=stage.now).calibrations
    assert (shown.fresh, shown.u_unrepeated_db, shown.calibration) == (True, 2.83, made)
    later = stage.now + timedelta(hours=3)
    assert not recorder_view(stage.store, person, recorder.claim, now=later).calibrations[0].fresh


def test_a_check_that_is_made_elsewhere_during_a_sitting_counts_from_then_on(stage, person, made):
    recorder = begin(stage, person, made, after=timedelta(days=2))
    before = item(recorder)
    pause(recorder)
    stage.now += timedelta(minutes=30)
    aside = sit_down(stage, person)
    check(aside, made, level_dbfs=LEVEL_DBFS - 6)
    put_away(aside)
    stage.now += timedelta(minutes=30)
    assert (u_of(recorder, before), u_of(recorder, item(recorder))) == (2.83, None)


def pause(recorder) -> None:
    heartbeat(recorder.stage.store, recorder.actor, recorder.sitting, state="paused", now=recorder.stage.now)


def test_the_same_reading_again_changes_nothing_and_another_one_is_refused(stage, person, made):
    recorder = begin(stage, person, made, after=timedelta(days=1))
    take = heard(recorder, steady(LEVEL_DBFS))
    first, again = (repeat(recorder, made.id, take.id, "67") for _ in range(2))
    assert (first.created, again.created, again.difference_db) == (True, False, first.difference_db)
    with pytest.raises(SittingError) as refused:
        repeat(recorder, made.id, take.id, "68")
    assert refused.value.code == "id.conflict"
    with stage.store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(CalibrationRepeat)) == 1


def test_a_repeat_check_of_somebody_elses_calibration_is_not_found(stage, person, made):
    other = stage.contributor()
    recorder = sit_down(stage, other)
    take = heard(recorder, steady(LEVEL_DBFS))
    with pytest.raises(AccessError) as hidden:
        repeat(recorder, made.id, take.id, "67")
    assert hidden.value.code == "not-found"
    mine = sit_down(stage, person)
    with pytest.raises(SittingError) as missing:
        repeat(mine, made.id, take.id, "67")
    assert missing.value.code == "calibration.takes-missing"


@pytest.mark.parametrize(
    ("changes", "pcm", "code"),
    [
        ({"browser": "Edge"}, steady(LEVEL_DBFS), "calibration.other-browser"),
        ({}, steady(LEVEL_DBFS, 9), "calibration.short"),
    ],
)
def test_a_repeat_check_that_says_nothing_is_refused(stage, person, made, changes, pcm, code):
    recorder = sit_down(stage, person, device={**DEVICE, **changes})
    take = heard(recorder, pcm)
    with pytest.raises(SignalError) as refused:
        repeat(recorder, made.id, take.id, "67")
    assert refused.value.code == code


def verdicts(stage, segment_id: str) -> list[VerdictRow]:
    with stage.store.catalogue.read() as session:
        of_it = select(VerdictRow).where(VerdictRow.segment_id == segment_id).order_by(VerdictRow.sequence)
        return list(session.scalars(of_it))


def judged_then(stage, row: VerdictRow) -> list[tuple[str, str]]:
    with stage.store.catalogue.read() as session:
        of_it = select(FindingRow).where(FindingRow.verdict_id == row.id).order_by(FindingRow.id)
        return [(each.code, each.measured) for each in session.scalars(of_it)]


def judged_again(stage, row: VerdictRow) -> list[tuple[str, str]]:
    """What anybody gets who has the clip's row, the terms and the kept facts."""
    with stage.store.catalogue.read() as session:
        measured = stored_measurement(session, session.get_one(Segment, row.segment_id).item_sha256)
        terms = terms_by_hash(session, row.terms_sha256)
    again = judge_row(measured, terms=terms, facts=Facts.from_document(row.facts), transcript=None)
    assert again.outcome == row.outcome
    return [(each.code, decimal_text(each.measured)) for each in again.findings]


def test_items_judged_before_the_repeat_check_are_judged_anew_by_it(stage, person, made, shared):
    recorder = begin(stage, person, made, after=timedelta(days=1))
    segment = item(recorder, pcm=spoken(shared))
    work_off(stage)
    check(recorder, made)
    work_off(stage)
    found = [Facts.from_document(row.facts).calibration.u_db for row in verdicts(stage, segment)]
    assert found == [2.83, 2.0]
    for row in verdicts(stage, segment):
        assert judged_again(stage, row) == judged_then(stage, row)
    judge_calibrated(stage.store, made.id, stage.later)
    assert len(verdicts(stage, segment)) == 2


@pytest.mark.parametrize("state", ["submitted", "active"])  # active: one item was sent back
def test_what_was_handed_in_stays_as_it_was_judged(stage, person, made, shared, state):
    recorder = begin(stage, person, made, after=timedelta(days=1))
    segment = item(recorder, pcm=spoken(shared))
    work_off(stage)
    with stage.store.catalogue.write() as session:
        claim = session.get_one(Claim, recorder.claim)
        claim.state, claim.submitted_at = state, stage.later
    check(recorder, made, level_dbfs=LEVEL_DBFS - 6)
    work_off(stage)
    assert len(verdicts(stage, segment)) == 1


@pytest.mark.parametrize("gain_db", [0.0, -5.0])
def test_whatever_the_gain_a_calibrated_microphone_reads_the_same_sound_pressure(store, now, shared, gain_db):
    stage = set_stage(store, now)
    person = stage.contributor()
    made = calibrated_by_meter(stage, person, level_dbfs=LEVEL_DBFS + gain_db, reading="67").calibration
    stage.now = stage.later
    recorder = begin(stage, person, made)
    quieter = np.frombuffer(spoken(shared), "<i2") * 10 ** (gain_db / 20)
    take = recorder.record(np.rint(quieter).astype("<i2").tobytes(), prompt="p0")
    take.finish()
    work_off(stage)
    (shown,) = take_view(stage.store, person, take.id).items
    # the room is at −62 dBFS of white noise, the reference noise at −30: 32 dB under 67 dB(A), both alike
    assert shown.noise_laeq_dba == pytest.approx(67 - 32, abs=0.6)
    assert shown.noise_laeq_dba - shown.noise_laeq_dbfs == pytest.approx(made.offset_db, abs=0.011)


def test_without_a_calibration_that_holds_no_figure_is_a_sound_pressure(stage, person, made, shared):
    recorder = begin(stage, person, made, device={**DEVICE, "browser": "Firefox"})
    segment = item(recorder, pcm=spoken(shared))
    work_off(stage)
    with stage.store.catalogue.read() as session:
        verdict = newest_verdict_row(session, segment)
        assert Facts.from_document(verdict.facts).calibration is None
        shown = take_view(stage.store, person, session.get_one(Segment, segment).take_id).items[0]
    assert shown.noise_laeq_dba is None
    assert [found.code for found in shown.verdict.findings] == ["noise.uncalibrated"]
