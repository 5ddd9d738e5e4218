"""Two takes of one talk are laid side by side, and their items are judged by what both tell."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from speechcorpus.domain.errors import SignalError
from speechcorpus.qc.facts import Facts
from speechcorpus.record.manifest import parse_manifest
from speechcorpus.store.models import Contributor, FindingRow, Job, Segment, Take, TakePair, VerdictRow
from speechcorpus.workflows import pair_takes as job
from speechcorpus.workflows.judge_clip import judge_row
from speechcorpus.workflows.judging import newest_verdict_row, stored_measurement
from speechcorpus.workflows.pair_takes import pair_takes
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.segments import cut_take
from speechcorpus.workflows.take_pairs import alignment_of, bleed_db_of, other_span, pairs_of_take
from tests.dialogue import TALK, pair
from tests.stage import RATE_HZ, set_stage, work_off
from tests.two_tracks import talk_of_two

pytestmark = pytest.mark.either_database


@pytest.fixture
def two(store, now):
    return pair(set_stage(store, now), consents=True, devices="two")


def pairs(two):
    with two.stage.store.catalogue.read() as session:
        return session.scalars(select(TakePair)).all()


def items(two, take):
    with two.stage.store.catalogue.read() as session:
        return session.scalars(
            select(Segment).where(Segment.take_id == take.id).order_by(Segment.start_sample)
        ).all()


def verdicts(two, segment):
    """Each verdict of an item: what both tracks told it, and its findings."""
    with two.stage.store.catalogue.read() as session:
        rows = session.scalars(
            select(VerdictRow).where(VerdictRow.segment_id == segment.id).order_by(VerdictRow.sequence)
        ).all()
        found = select(FindingRow.code, FindingRow.severity)
        return [
            (
                Facts.from_document(row.facts).partner,
                dict(session.execute(found.where(FindingRow.verdict_id == row.id)).all()),
            )
            for row in rows
        ]


def test_two_takes_are_laid_side_by_side_by_what_their_browsers_asked_each_other(two, shared):
    tracks = talk_of_two(shared)
    mine, theirs = tracks.send(two)
    for take in (mine, theirs):
        cut_take(two.stage.store, take.id, now=two.stage.later)
    with ThreadPoolExecutor(2) as workers:  # each of the two takes asked for the same pair
        list(workers.map(lambda take: pair_takes(two.stage.store, take.id, two.stage.later), (mine, theirs)))
    (found,) = pairs(two)
    assert (found.first_take_id, found.second_take_id) == (mine.id, theirs.id)
    assert (found.method, found.facts["clocks"]["method"]) == ("exchanges", "exchanges")
    assert found.offset_s == pytest.approx(tracks.later_s, abs=0.003)
    assert 1000 * abs(found.offset_s - tracks.later_s) <= found.uncertainty_ms
    own_s = {who: sum(end - start for each, start, end in tracks.turns if each == who) for who in "12"}
    assert found.figures["share_pct"] == pytest.approx(100 * own_s["1"] / sum(own_s.values()), abs=5)
    assert found.figures["overlap_pct"] <= 2
    assert found.figures["sync_offset_ms"] < 5
    assert all(leak < -40 for leak in found.figures["bleed_db"].values())
    later = tracks.later_s * RATE_HZ
    with two.stage.store.catalogue.read() as session:
        assert pairs_of_take(session, theirs.id) == pairs_of_take(session, mine.id) != ()
        for segment in items(two, mine):
            ((take_id, start, end),) = other_span(session, segment)
            assert take_id == theirs.id
            assert start == pytest.approx(max(0, segment.start_sample - later), abs=50)
            assert end == pytest.approx(segment.end_sample - later, abs=50)
        seen = alignment_of(session, session.get_one(TakePair, found.id), own=theirs.id)
        assert float(seen.to_other(0)) == pytest.approx(later, abs=50)
    pair_takes(two.stage.store, mine.id, now=two.stage.later + timedelta(hours=1))  # a job that runs again
    assert [row.measured_at for row in pairs(two)] == [found.measured_at]


def test_a_leak_is_named_at_every_item_and_costs_nothing_whoever_s_take_came_first(two, shared):
    tracks = talk_of_two(shared, bleed_db=-12)
    (mine,) = tracks.send(two, seats="1")
    work_off(two.stage)
    assert pairs(two) == []
    (theirs,) = tracks.send(two, seats="2")
    work_off(two.stage)
    (found,) = pairs(two)
    assert (found.method, found.facts["sound"]["first"] is None) == ("sound", False)
    for segment in items(two, mine):
        (before, old), (after, new) = verdicts(two, segment)
        assert (before, after.bleed_db) == (None, pytest.approx(-12, abs=2))
        assert set(new) - set(old) == {"dialogue.bleed", "platform.late-check"}
        assert new["dialogue.bleed"] == "flag"
    with two.stage.store.catalogue.read() as session:
        assert bleed_db_of(session, theirs.id) == pytest.approx(-12, abs=2)
        for segment in items(two, theirs):
            verdict = newest_verdict_row(session, segment.id)
            terms = terms_by_hash(session, verdict.terms_sha256)
            row, facts = stored_measurement(session, segment.item_sha256), Facts.from_document(verdict.facts)
            again = judge_row(row, terms=terms, facts=facts, transcript=None)
            assert "dialogue.bleed" in {each.code for each in again.findings}
            assert {each.code: each.severity for each in again.findings} == verdicts(two, segment)[-1][1]


def test_a_job_that_died_between_the_pair_and_its_items_judges_them_when_it_runs_again(two, shared):
    tracks = talk_of_two(shared, seeds="01")
    (mine,) = tracks.send(two, seats="1")
    work_off(two.stage)
    (theirs,) = tracks.send(two, seats="2")
    figures = {"overlap_pct": 31.0, "share_pct": 40.0, "turn_s": 9.0, "sync_offset_ms": 24.0}
    row = TakePair(
        id=str(uuid4()), first_take_id=mine.id, second_take_id=theirs.id, method="exchanges", facts={}
    )
    row.offset_s, row.drift_ppm, row.uncertainty_ms, row.measured_at = 1.25, 0.0, 3.0, two.stage.later
    row.figures = {**figures, "bleed_db": {"first": -30.0, "second": -10.0}}
    with two.stage.store.catalogue.write() as session:
        session.add(row)
    pair_takes(two.stage.store, theirs.id, now=two.stage.later)
    for segment in items(two, mine):
        partner, found = verdicts(two, segment)[-1]
        assert (partner.bleed_db, partner.share_pct) == (-30.0, 40.0)
        assert {"dialogue.overlap", "dialogue.unsynced"} <= set(found)
        assert "dialogue.bleed" not in found
    work_off(two.stage)
    for segment in items(two, theirs):
        partner, found = verdicts(two, segment)[-1]
        assert (partner.bleed_db, partner.share_pct) == (-10.0, 60.0)
        assert found["dialogue.bleed"] == "flag"


def test_a_take_that_was_taken_back_is_held_against_nothing(two, shared):
    tracks = talk_of_two(shared, seeds="01")
    _, theirs = tracks.send(two)
    with two.stage.store.catalogue.write() as session:
        session.get_one(Contributor, two.holder.id).state = "withdrawn"
    pair_takes(two.stage.store, theirs.id, now=two.stage.later)
    assert pairs(two) == []


def takes_of_partner(two, tracks, count):
    """Takes of one sitting that all began at one time, each a little shorter than the one before."""
    recorder, takes = two.recorder_of(two.partner), []
    for number in range(count):
        takes.append(recorder.record(tracks.second[: len(tracks.second) - 2000 * number], prompt=TALK))
        takes[-1].finish(markers=[], clock=tracks.clocks[1].clock)
    return takes


def test_a_track_that_cannot_be_heard_keeps_no_other_from_being_compared(two, shared, monkeypatch):
    tracks, blobs = talk_of_two(shared, seeds="01"), two.stage.store.blobs
    rotten, missing, whole = takes_of_partner(two, tracks, 3)
    (mine,) = tracks.send(two, seats="1")
    with two.stage.store.catalogue.read() as session:
        masters = [session.get_one(Take, each.id).master_sha256 for each in (rotten, missing)]
    blobs.path_of(masters[0]).chmod(0o600)
    blobs.path_of(masters[0]).write_bytes(b"RIFF")
    blobs.quarantine(masters[1])
    read = []
    monkeypatch.setattr(
        job, "parse_manifest", lambda document: read.append(document["take"]) or parse_manifest(document)
    )
    with pytest.raises(SignalError):
        pair_takes(two.stage.store, mine.id, two.stage.later)
    assert [each.second_take_id for each in pairs(two)] == [whole.id]
    assert sorted(read) == sorted(each.id for each in (mine, rotten, missing, whole))


def test_a_leak_that_one_of_the_pairs_could_not_measure_is_not_known(two, shared):
    tracks = talk_of_two(shared, seeds="01")
    (mine,) = tracks.send(two, seats="1")
    theirs, again = takes_of_partner(two, tracks, 2)
    for number, (other, bleed_db) in enumerate([(theirs, -40.0), (again, None)]):
        row = TakePair(
            id=str(uuid4()), first_take_id=mine.id, second_take_id=other.id, method="wall", facts={}
        )
        row.offset_s, row.drift_ppm, row.uncertainty_ms, row.measured_at = 0.0, 0.0, 1000.0, two.stage.later
        row.figures = {"bleed_db": {"first": bleed_db, "second": -30.0}}
        with two.stage.store.catalogue.write() as session:
            session.add(row)
        with two.stage.store.catalogue.read() as session:
            assert bleed_db_of(session, mine.id) == (-40.0, None)[number]
            assert bleed_db_of(session, other.id) == -30.0


def test_takes_at_one_device_and_sound_checks_are_compared_with_nothing(store, now, shared):
    one = pair(set_stage(store, now), consents=True)
    one.agree()
    one.take(talk_of_two(shared, seeds="01").first)
    with one.stage.store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == "pair_takes")) == 0
