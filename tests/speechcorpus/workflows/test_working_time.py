from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import Claim, ClaimTime, Contributor, EditorBeat, OutcomeRow, Segment, Task
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows.claim_signs import active_seconds, note_input
from speechcorpus.workflows.items import save_transcript
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.rounds import announce_round
from speechcorpus.workflows.sittings import close_sitting
from speechcorpus.workflows.working_time import below_floor, floor_alarms, hourly, time_claims
from tests.audition import handed_in
from tests.racing import until_somebody_waits
from tests.stage import set_stage, terms_text, voice

SECONDS_LATER = timedelta(seconds=1)


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def lite(sqlite_store, now):
    return set_stage(sqlite_store, now)


def terms_of(stage):
    with stage.store.catalogue.read() as session:
        return Terms.from_document(newest_terms(session, stage.project_id).document)


def seconds(stage, claim):
    with stage.store.catalogue.read() as session:
        return active_seconds(session, session.get_one(Claim, claim))


def timed(stage, number, *, minutes=1.0, person=None, accepted=1, style="read", band="low"):
    """A claim that somebody finished, timed already."""
    at = stage.now - timedelta(hours=number)
    with stage.store.catalogue.write() as session:
        terms = newest_terms(session, stage.project_id)
        task = Task(id=str(uuid4()), project_id=stage.project_id, terms_id=terms.id, variety="nan-TW")
        task.style, task.band, task.state, task.created_at = style, band, "accepted", at
        session.add(task)
        session.flush()
        claim = Claim(id=str(uuid4()), task_id=task.id, contributor_id=person.id, fence=1, price={})
        claim.terms_sha256, claim.evaluator, claim.state = terms.sha256, "e", "submitted"
        claim.claimed_at, claim.lease_until, claim.submitted_at = at, at, at
        session.add(claim)
        session.flush()
        row = ClaimTime(claim_id=claim.id, active_s=round(60 * minutes), editor_s=0, accepted=accepted)
        row.sound_ms, row.timed_at = 5000, at
        session.add(row)


def test_a_claim_is_as_long_as_what_was_heard_of_it(lite):
    recorder = lite.recorder()
    sent = recorder.record(voice(7), prompt="p0")
    sent.finish()  # ten minutes later by the stage's clock: a pause, the sound itself counts
    assert seconds(lite, recorder.claim) == 7
    with lite.store.catalogue.read() as session:
        segment = session.scalars(select(Segment.id)).one()
    save_transcript(lite.store, recorder.actor, segment, "今仔日天氣真好。", 0, now=lite.later)
    assert seconds(lite, recorder.claim) == 67
    close_sitting(lite.store, recorder.actor, recorder.sitting, {}, now=lite.later + timedelta(minutes=4))
    assert seconds(lite, recorder.claim) == 240  # waiting for us is work; the text was written meanwhile


def test_typing_is_remembered_a_few_times_a_minute_and_only_of_ones_own_item(lite):
    recorder = lite.recorder()
    recorder.record(voice(2), prompt="p0").finish()
    with lite.store.catalogue.read() as session:
        segment = session.scalars(select(Segment.id)).one()
    for second in range(0, 60, 2):
        note_input(lite.store, recorder.actor, segment, now=lite.later + timedelta(seconds=second))
    with lite.store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(EditorBeat)) == 3
    assert seconds(lite, recorder.claim) == 2 + 40 + 60
    with pytest.raises(AccessError):
        note_input(lite.store, lite.contributor(), segment, now=lite.later)


def test_a_finished_claim_is_timed_once_and_again_when_more_of_it_is_accepted(stage):
    recorder = stage.recorder()
    recorder.record(voice(4), prompt="p0").finish()
    with stage.store.catalogue.write() as session:
        segment = session.scalars(select(Segment)).one()
        session.get_one(Claim, recorder.claim).state = "submitted"
        line = OutcomeRow(segment_id=segment.id, line="record", state="pending", price_minor=1500)
        session.add(line)
    assert time_claims(stage.store, now=stage.later) == 0
    decide(stage, segment.id, "void")
    assert time_claims(stage.store, now=stage.later + SECONDS_LATER) == 1
    assert time_claims(stage.store, now=stage.later + SECONDS_LATER) == 0
    assert [(row.accepted, row.active_s) for row in times(stage)] == [(0, 4)]


def test_two_workers_that_time_one_claim_both_do(stage):
    recorder = stage.recorder()
    with stage.store.catalogue.write() as session:
        session.get_one(Claim, recorder.claim).state = "submitted"
    with ThreadPoolExecutor(1) as pool:
        with stage.store.catalogue.write() as session:
            session.get_one(Claim, recorder.claim, with_for_update=True)
            first = ClaimTime(claim_id=recorder.claim, active_s=1, editor_s=0, accepted=0, sound_ms=0)
            first.timed_at = stage.now
            session.add(first)
            session.flush()
            other = pool.submit(time_claims, stage.store, now=stage.later)
            until_somebody_waits(stage.store)
        assert other.result() == 1
    assert [row.timed_at for row in times(stage)] == [stage.later]


def decide(stage, segment_id, state):
    with stage.store.catalogue.write() as session:
        row = session.get_one(OutcomeRow, (segment_id, "record"))
        row.state, row.decided_at = state, stage.later


def times(stage):
    with stage.store.catalogue.read() as session:
        return session.scalars(select(ClaimTime)).all()


def test_before_a_claim_people_are_told_what_was_measured_else_an_estimate(lite):
    terms = terms_of(lite)
    with lite.store.catalogue.read() as session:
        assert hourly(session, lite.project_id, terms, "read", "low").basis == "declared"
    people = [lite.contributor() for _ in range(5)]
    for number in range(20):
        timed(lite, number, minutes=number + 1, person=people[number % 5])
    with lite.store.catalogue.read() as session:
        rate = hourly(session, lite.project_id, terms, "read", "low")
        assert (rate.basis, rate.claims, int(rate.p50_min), int(rate.p90_min)) == ("measured", 20, 10, 18)
        assert hourly(session, lite.project_id, terms, "read", "high").basis == "declared"


def test_synthetic_voices_and_auditions_are_in_no_figure_of_work(lite):
    people = [lite.contributor() for _ in range(5)]
    with lite.store.catalogue.write() as session:
        session.get_one(Contributor, people[0].id).source_kind = "synthetic"
    for number in range(20):
        timed(lite, number, person=people[number % 5])
    with lite.store.catalogue.read() as session:
        assert hourly(session, lite.project_id, terms_of(lite), "read", "low").basis == "declared"


def test_auditions_of_five_people_are_a_better_estimate_than_a_declared_one(lite):
    for _ in range(5):
        handed_in(lite)
    assert time_claims(lite.store, now=lite.later) == 10
    with lite.store.catalogue.read() as session:
        rate = hourly(session, lite.project_id, terms_of(lite), "read", "low")
        spoken = hourly(session, lite.project_id, terms_of(lite), "monologue", "high")
    assert (rate.basis, rate.people, rate.is_estimate) == ("auditions", 5, True)
    assert float(rate.p50_min) == pytest.approx(2 / 60, abs=0.1)  # two seconds a sentence, as they were made
    assert float(spoken.p50_min) == 1  # a minute was one piece


def test_work_that_pays_below_the_floor_is_named(stage):
    terms = parse_terms(terms_text())
    people = [stage.contributor() for _ in range(5)]
    for number in range(20):
        timed(stage, number, minutes=60, person=people[number % 5])
    with stage.store.catalogue.read() as session:
        assert below_floor(session, stage.project_id, terms)
        (alarm,) = floor_alarms(session, stage.project_id, terms)
    with pytest.raises(SittingError, match="a quarter earns 2500 an hour at most, the floor is"):
        announce_round(stage.store, stage.manager, stage.project_id, now=stage.now)
    per_item = terms.price.record.minor + terms.price.transcribe.minor
    assert (alarm.style, alarm.band, alarm.hourly_minor, alarm.claims) == ("read", "low", per_item, 20)
