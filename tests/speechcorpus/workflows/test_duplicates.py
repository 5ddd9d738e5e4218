"""The same recording handed in twice: who made it hears of it, people settle it, the first one stays."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import AccessError
from speechcorpus.qc.facts import Facts
from speechcorpus.qc.judge import judge
from speechcorpus.qc.measure import analyze
from speechcorpus.qc.routing import a_listener_settles
from speechcorpus.store.models import FindingRow, Review, Segment, Withdrawal, WithdrawnItem
from speechcorpus.workflows.contests import contest, still_holding
from speechcorpus.workflows.duplicate_audio import other_audio
from speechcorpus.workflows.duplicates import CODE
from speechcorpus.workflows.items import HeardItem, item_audio, keep_heard, measure_item
from speechcorpus.workflows.judging import newest_verdict_row, stored_measurement
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.views.review import codes_of_item
from tests.stage import RATE_HZ, set_stage, spoken, voice

pytestmark = pytest.mark.either_database


@pytest.fixture(scope="module")
def measured():
    return analyze([np.frombuffer(voice(0.5), "<i2") / 32768], RATE_HZ, 1)


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def recorder(stage):
    return stage.recorder()


def recorded(recorder, pcm, prompt):
    recorder.record(pcm, prompt=prompt).finish()
    with recorder.stage.store.catalogue.read() as session:
        of = (Segment.prompt_id == prompt, Segment.claim_id == recorder.claim, Segment.chosen.is_(True))
        return session.scalars(select(Segment.id).where(*of)).one()


@pytest.fixture
def item_of(measured):
    """Records an item whose samples are told by one letter, and judges it."""

    def item(recorder, samples, prompt):
        segment_id = recorded(recorder, voice(1.0), prompt)
        keep(recorder.stage, segment_id, samples)
        return segment_id

    def keep(stage, segment_id, samples):
        row = replace(measured, sha256=samples * 64)
        keep_heard(stage.store, segment_id, HeardItem(version=1, measurement=row), stage.later)

    item.again = keep
    return item


def found(stage, segment_id):
    """The finding about a copy, if there is one."""
    with stage.store.catalogue.read() as session:
        verdict = newest_verdict_row(session, segment_id)
        rows = select(FindingRow).where(FindingRow.verdict_id == verdict.id, FindingRow.code == CODE)
        return session.scalars(rows).one_or_none()


def test_the_same_samples_again_are_held_and_name_the_item_that_was_there_first(stage, recorder, item_of):
    first, second = (item_of(recorder, "a", prompt) for prompt in ("p0", "p1"))
    assert found(stage, first) is None
    copy = found(stage, second)
    assert (copy.severity, copy.comparator, copy.limit, copy.unit) == ("blocks", ">=", "0.95", "1")
    assert (float(copy.measured), copy.facts) == (1, {"other": first, "exact": "yes", "own": "yes"})
    with stage.store.catalogue.read() as session:
        assert CODE in still_holding(session, session.get_one(Segment, second))


def test_it_is_found_whoever_of_the_project_recorded_it_first(stage, recorder, item_of):
    first, other = item_of(recorder, "a", "p0"), stage.recorder(task=1)
    assert found(stage, item_of(other, "a", "p2")).facts == {"other": first, "exact": "yes", "own": "no"}
    assert found(stage, item_of(other, "b", "p3")) is None


def test_who_made_it_can_contest_it_and_two_listeners_may_then_say_so(stage, recorder, item_of):
    second = [item_of(recorder, "a", prompt) for prompt in ("p0", "p1")][1]
    contest(stage.store, recorder.actor, second, CODE, "Two takes.", now=stage.later)
    with stage.store.catalogue.read() as session:
        segment = session.get_one(Segment, second)
        assert CODE not in still_holding(session, segment)
        assert CODE in {code.code for code in codes_of_item(session, segment)}


def test_the_listener_who_holds_the_review_hears_both_and_nobody_else_does(stage, recorder, item_of):
    first, second = (item_of(recorder, "a", prompt) for prompt in ("p0", "p1"))
    reviewer, review_id = stage.reviewer(), str(uuid4())
    terms = {"round": 1, "purpose": "contest", "double": False, "severity": 0, "created_at": stage.now}
    with stage.store.catalogue.write() as session:
        sha256 = newest_verdict_row(session, second).terms_sha256
        session.add(Review(id=review_id, segment_id=second, terms_sha256=sha256, state="queued", **terms))
    for nobody in (reviewer, stage.manager, recorder.actor):
        with pytest.raises(AccessError):
            other_audio(stage.store, nobody, review_id, now=stage.later)
    with stage.store.catalogue.write() as session:
        review = session.get_one(Review, review_id)
        review.state, review.reviewer_id = "assigned", reviewer.id
        review.lease_until = stage.later + timedelta(hours=1)
        expected = item_audio(stage.store, session, session.get_one(Segment, first))
    heard = other_audio(stage.store, reviewer, review_id, now=stage.later)
    assert (heard.path, heard.offset, heard.length) == (expected.path, expected.offset, expected.length)


def test_the_verdict_can_be_computed_again_from_the_facts_that_are_downloaded(stage, recorder, item_of):
    second = [item_of(recorder, "a", prompt) for prompt in ("p0", "p1")][1]
    with stage.store.catalogue.read() as session:
        verdict = newest_verdict_row(session, second)
        row = stored_measurement(session, session.get_one(Segment, second).item_sha256)
        terms = terms_by_hash(session, verdict.terms_sha256)
    again = judge(row, Facts.from_document(verdict.facts), None, terms)
    assert again.outcome == verdict.outcome == "rejected"
    assert CODE in {finding.code for finding in again.findings}


def test_facts_of_before_there_was_such_a_check_say_that_nobody_knew():
    facts = Facts(style="read", band="low")
    document = facts.to_document().replace('"same_sound":null,', "")
    assert "same_sound" not in document
    assert Facts.from_document(document) == facts


def test_a_first_item_that_is_measured_again_does_not_become_the_copy_of_its_copy(stage, recorder, item_of):
    first, second = (item_of(recorder, "a", prompt) for prompt in ("p0", "p1"))
    item_of.again(stage, first, "a")
    assert found(stage, first) is None
    assert found(stage, second) is not None


def test_what_was_taken_back_or_recorded_anew_is_compared_with_nothing(stage, recorder, item_of):
    taken_back = item_of(recorder, "a", "p0")
    with stage.store.catalogue.write() as session:
        row = Withdrawal(id=str(uuid4()), contributor_id=recorder.actor.id, scope="item")
        row.segment_id, row.withdrawn_at = taken_back, stage.now
        session.add(row)
        session.flush()
        session.add(WithdrawnItem(segment_id=taken_back, effect="sound", withdrawal_id=row.id))
    assert found(stage, item_of(recorder, "a", "p1")) is None
    item_of(recorder, "b", "p1")  # the take before no longer counts
    assert found(stage, item_of(stage.recorder(task=1), "a", "p2")) is None


def test_a_louder_or_cut_copy_of_one_s_own_voice_is_shown_and_sent_to_a_listener(stage, recorder, shared):
    original = np.frombuffer(spoken(shared), "<i2")
    copy = (0.8 * original).astype("<i2")[2_000:-3_000]
    items = [recorded(recorder, pcm.tobytes(), f"p{n}") for n, pcm in enumerate((original, copy))]
    other = recorded(stage.recorder(task=1), copy[100:].tobytes(), "p2")
    for segment_id in (*items, other):
        measure_item(stage.store, segment_id, stage.later)
    shown = found(stage, items[1])
    assert (shown.severity, shown.facts) == ("flag", {"other": items[0], "exact": "no", "own": "yes"})
    assert 0.95 <= float(shown.measured) <= 1
    assert a_listener_settles([shown.code])
    with stage.store.catalogue.read() as session:
        assert CODE not in still_holding(session, session.get_one(Segment, items[1]))
    assert found(stage, other) is None  # a copy that is not sample by sample is looked for in one's own sound
