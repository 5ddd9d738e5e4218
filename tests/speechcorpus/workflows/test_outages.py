"""An outage of ours costs nobody anything: deadlines move, and the items it touched are paid."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from speechcorpus.qc.facts import Facts, Outage
from speechcorpus.qc.judge import judge
from speechcorpus.store.models import (
    Claim,
    FindingRow,
    Job,
    SecondTranscript,
    Segment,
    Settlement,
    Sitting,
    Take,
    VerdictRow,
)
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows.appeal_ends import close_windows
from speechcorpus.workflows.appeals import open_appeal
from speechcorpus.workflows.chunks import append_chunk
from speechcorpus.workflows.deadlines import move_deadlines
from speechcorpus.workflows.house_clock import Reading, keep_time
from speechcorpus.workflows.items import measure_item, save_transcript
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.judging import judge_segment, stored_measurement
from speechcorpus.workflows.lapses import abandon_sittings
from speechcorpus.workflows.outages import outages_of
from speechcorpus.workflows.readiness import is_ready
from speechcorpus.workflows.takes import register_take
from tests.hearing import PAID, decide, handed_in, heard, lines, listening_stage, recorded, refuse
from tests.stage import calibrate, spoken, terms_text, voice, work_off

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SAID = "今仔日天氣真好，咱做伙來去公園行行。"


@pytest.fixture
def stage(store, now):
    return listening_stage(store, now)


@pytest.fixture
def recorder(stage):
    actor = stage.contributor()
    recorder = stage.recorder(actor, calibration=calibrate(stage, actor))
    recorder.record(voice(5, seed=77, level=0.0014), track="room").finish()
    return recorder


def away(stage, since, span):
    """Nobody can reach us for so long; when people can again."""
    first = Reading(wall=since, monotonic_ms=5_000, boot="b1")
    keep_time(stage.store, first, name="web")
    back = replace(first, wall=since + span, monotonic_ms=5_000 + round(span.total_seconds() * 1000))
    keep_time(stage.store, back, name="web")
    return back.wall


def outages_told(stage, segment_id):
    """What the newest verdict says about outages: of its facts, and of its findings."""
    with stage.store.catalogue.read() as session:
        newest = select(VerdictRow).where(VerdictRow.segment_id == segment_id)
        verdict = session.scalars(newest.order_by(VerdictRow.sequence.desc())).first()
        found = select(FindingRow.measured).where(
            FindingRow.verdict_id == verdict.id, FindingRow.code == "platform.outage"
        )
        return json.loads(verdict.facts)["outages"], session.scalars(found).all()


def item_of(stage, take):
    with stage.store.catalogue.read() as session:
        return session.scalars(select(Segment.id).where(Segment.take_id == take.id)).one()


def say(recorder, segment_id, at, text=SAID, base=0):
    save_transcript(recorder.stage.store, recorder.actor, segment_id, text, base, now=at)


def under_way(recorder, shared, prompt="p0"):
    """A take of which we had the first chunk when we went away, and all of it later."""
    take = recorder.take(spoken(shared), prompt=prompt)
    take.send(0)
    away(recorder.stage, recorder.stage.now + MINUTE, 3 * MINUTE)
    for index in range(1, take.chunk_count):
        take.send(index)
    take.finish()
    work_off(recorder.stage)
    return item_of(recorder.stage, take)


def test_a_take_under_way_in_an_outage_is_paid_whatever_listeners_say(stage, recorder, shared):
    item = under_way(recorder, shared)
    assert outages_told(stage, item) == ([{"began_at": "2026-03-02T08:31:00Z", "seconds": 180}], ["180"])
    say(recorder, item, stage.later)
    handed_in(recorder)
    reject = heard("consent.other-speaker", (8_000, 48_000))
    assert decide(stage, item, "reject", reject) == "undecided"
    assert decide(stage, item, "reject", reject) == "accepted"
    assert lines(stage.store, item) == PAID


def test_the_same_two_rejects_refuse_an_item_that_no_outage_touched(stage, recorder, shared):
    take = recorder.record(spoken(shared), prompt="p0")
    take.finish()
    away(stage, stage.later + MINUTE, 3 * MINUTE)  # all of it was here
    work_off(stage)
    item = item_of(stage, take)
    assert outages_told(stage, item) == (None, [])
    say(recorder, item, stage.later)
    handed_in(recorder)
    refuse(stage, item, heard("consent.other-speaker", (8_000, 48_000)))
    assert set(lines(stage.store, item).values()) == {"refused"}


def test_a_take_that_nobody_had_heard_of_for_long_was_not_under_way(stage, recorder):
    """Who leaves takes open, to wait for an outage, gains nothing."""
    take = recorder.record(voice(6, seed=3), prompt="p0")
    away(stage, stage.now + 6 * MINUTE, 2 * MINUTE)
    take.finish()
    with stage.store.catalogue.read() as session:
        assert outages_of(session, session.get_one(Take, take.id)) == ()


def test_a_chunk_that_came_lately_is_a_sign_that_a_long_take_is_under_way(stage, recorder):
    take = recorder.take(voice(12, seed=3), prompt="p0")
    take.send(0)
    append_chunk(stage.store, recorder.actor, take.id, take.sent(1), now=stage.now + 4 * MINUTE)
    away(stage, stage.now + 6 * MINUTE, 2 * MINUTE)
    take.send(2)
    take.finish()
    with stage.store.catalogue.read() as session:
        (told,) = outages_of(session, session.get_one(Take, take.id))
    assert told == Outage(began_at="2026-03-02T08:36:00Z", seconds=120)


def test_a_take_that_was_begun_after_an_outage_is_not_touched_by_it(stage, recorder):
    back = away(stage, stage.now, 2 * MINUTE)
    take = recorder.take(voice(2, seed=3), prompt="p0")
    with stage.store.catalogue.write() as session:  # as a registration after our return leaves it
        session.get_one(Take, take.id).created_at = back
    take.send(0)
    take.finish()
    with stage.store.catalogue.read() as session:
        assert outages_of(session, session.get_one(Take, take.id)) == ()
    assert register_take(stage.store, recorder.actor, take.id, take.body(), now=back).created is False


def test_an_outage_told_after_the_first_verdict_is_in_the_next_one(stage, recorder, shared):
    """The web process writes its pulse a moment after it serves again: a worker may have been quicker."""
    take = recorder.record(spoken(shared), prompt="p0")
    take.finish()
    item = item_of(stage, take)
    measure_item(stage.store, item, now=stage.later)
    assert outages_told(stage, item) == (None, [])
    with stage.store.catalogue.write() as session:
        session.get_one(Take, take.id).stored_at = stage.now + 4 * MINUTE
    away(stage, stage.now + MINUTE, 3 * MINUTE)
    work_off(stage)
    assert outages_told(stage, item)[1] == ["180"]
    with stage.store.catalogue.read() as session:
        before = session.scalar(select(func.count()).select_from(VerdictRow))
    with stage.store.catalogue.write() as session:  # the job again, as after a crash
        job = session.scalars(select(Job).where(Job.kind == "judge_outage")).one()
        job.state, job.run_after = "queued", stage.now
    work_off(stage)
    with stage.store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(VerdictRow)) == before


def lease(stage, recorder):
    with stage.store.catalogue.read() as session:
        return session.get_one(Claim, recorder.claim).lease_until


def test_what_was_still_to_be_done_when_its_time_ran_out_in_an_outage_is_touched(stage, recorder, shared):
    take = recorder.record(spoken(shared), prompt="p0")
    take.finish()  # no worker has heard it yet
    end = lease(stage, recorder)
    back = away(stage, end - HOUR, 2 * HOUR)
    assert lease(stage, recorder) == end + 2 * HOUR
    work_off(stage, at=back)
    item = item_of(stage, take)
    assert outages_told(stage, item)[1] == ["7200"]
    say(recorder, item, back + MINUTE)
    assert outages_told(stage, item)[1] == ["7200"]  # a text changes nothing about it


def test_an_outage_long_before_the_end_of_a_claim_touches_none_of_its_items(stage, recorder, shared):
    take = recorder.record(spoken(shared), prompt="p0")
    take.finish()
    end = lease(stage, recorder)
    away(stage, stage.later + HOUR, 2 * HOUR)
    work_off(stage)
    assert lease(stage, recorder) == end + 2 * HOUR
    assert outages_told(stage, item_of(stage, take)) == (None, [])


def brought(stage, recorder, shared):
    """An item that is recorded, written down and handed in."""
    take = recorder.record(spoken(shared), prompt="p0")
    take.finish()
    work_off(stage)
    item = item_of(stage, take)
    say(recorder, item, stage.later)
    handed_in(recorder)
    return item


def sent_back(stage, recorder, shared):
    """An item with a `fix`, its claim's time to repair running."""
    item = brought(stage, recorder, shared)
    assert decide(stage, item, "fix", note="re-read the end") == "fix"
    return item


def test_an_outage_is_told_of_an_item_to_be_repaired_and_is_no_repair(stage, recorder, shared):
    item = sent_back(stage, recorder, shared)
    back = away(stage, lease(stage, recorder) - HOUR, 2 * HOUR)
    work_off(stage, at=back)
    assert outages_told(stage, item)[1] == ["7200"]
    with stage.store.catalogue.read() as session:
        assert not is_ready(session, session.get_one(Segment, item), text=True)
    say(recorder, item, back + MINUTE, SAID[:4] + "，" + SAID[4:], base=1)
    assert outages_told(stage, item)[1] == ["7200"]
    with stage.store.catalogue.read() as session:
        assert is_ready(session, session.get_one(Segment, item), text=True)


def test_what_was_handed_in_before_its_claims_time_ran_out_is_not_touched(stage, recorder, shared):
    item = brought(stage, recorder, shared)
    back = away(stage, lease(stage, recorder) - HOUR, 2 * HOUR)
    work_off(stage, at=back)
    assert outages_told(stage, item) == (None, [])


def test_anybody_computes_the_finding_again_from_the_facts_of_the_clip(stage, recorder, shared):
    item = under_way(recorder, shared)
    with stage.store.catalogue.read() as session:
        verdict = session.scalars(select(VerdictRow).where(VerdictRow.segment_id == item)).one()
        facts = Facts.from_document(verdict.facts)
        row = stored_measurement(session, session.get_one(Segment, item).item_sha256)
        kept = session.scalars(
            select(FindingRow.code).where(FindingRow.verdict_id == verdict.id).order_by(FindingRow.id)
        ).all()
    again = judge(row, Facts.from_document(facts.to_document()), None, parse_terms(terms_text()))
    assert [each.code for each in again.findings] == kept
    assert "platform.outage" in kept
    short = replace(facts, outages=(Outage(began_at="2026-03-02T08:31:00Z", seconds=60),))
    told = judge(row, short, None, parse_terms(terms_text()))
    assert "platform.outage" not in {each.code for each in told.findings}  # more than 60 s


def test_facts_from_before_outages_were_told_are_read_as_they_were(stage, recorder, shared):
    item = under_way(recorder, shared)
    with stage.store.catalogue.read() as session:
        document = json.loads(session.scalars(select(VerdictRow.facts)).first())
    del document["outages"]
    assert Facts.from_document(json.dumps(document)).outages is None
    with stage.store.catalogue.write() as session:
        assert judge_segment(session, session.get_one(Segment, item), now=stage.later) is not None


def test_the_time_to_appeal_is_longer_by_an_outage_and_does_not_end_in_one(stage, recorder, shared):
    item = brought(stage, recorder, shared)
    refuse(stage, item, heard("consent.other-speaker", (8_000, 48_000)))
    end = stage.later + 3 * HOUR + timedelta(days=14)
    pulse = Reading(wall=end - HOUR, monotonic_ms=5_000, boot="b1")
    keep_time(stage.store, pulse, name="web")
    tidy(stage.store, end + HOUR)  # a worker alone
    keep_time(
        stage.store, replace(pulse, wall=end + 3 * HOUR, monotonic_ms=5_000 + 4 * 3_600_000), name="web"
    )
    assert close_windows(stage.store, now=end + 3 * HOUR) == 0
    assert open_appeal(stage.store, recorder.actor, item, "record", "", now=end + 3 * HOUR)
    assert close_windows(stage.store, now=end + 5 * HOUR) == 1  # of the other line


def test_days_on_which_nobody_could_reach_us_make_no_sitting_abandoned(stage, recorder):
    back = away(stage, stage.now + HOUR, timedelta(days=8))
    assert abandon_sittings(stage.store, now=back + timedelta(days=6, hours=22)) == 0
    assert abandon_sittings(stage.store, now=back + timedelta(days=6, hours=23, minutes=1)) == 1
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(Sitting.state)).all() == ["abandoned"]


def test_the_second_person_of_a_claim_that_was_handed_in_has_the_time_of_an_outage_as_well(stage, recorder):
    with stage.store.catalogue.write() as session:
        session.get_one(Claim, recorder.claim).state = "submitted"
    end = lease(stage, recorder)
    away(stage, end - HOUR, 2 * HOUR)
    assert lease(stage, recorder) == end + 2 * HOUR


def test_every_hold_of_one_person_moves_and_what_ended_stays(stage, recorder, now):
    held = {"state": "assigned", "fence": 1, "created_at": now, "price_minor": 1, "drafts": []}
    asked = {"first_revision": 1, "reason": "gold", "terms_sha256": "0" * 64}
    rows = {"runs": now + HOUR, "over": now - HOUR}
    items = [recorded(prompt, recorder) for prompt in ("p0", "p1")]
    with stage.store.catalogue.write() as session:
        for (name, until), item in zip(rows.items(), items, strict=True):
            held["lease_until"] = until
            session.add(SecondTranscript(id=name, segment_id=item, **asked, **held))
            session.flush()
            session.add(Settlement(id=name, second_id=name, **held))
        session.flush()
        assert move_deadlines(session, HOUR, before=now, now=now + HOUR) == []
        for table in (SecondTranscript, Settlement):
            assert session.get_one(table, "runs").lease_until == now + 2 * HOUR
            assert session.get_one(table, "over").lease_until == now - HOUR
