"""A long sitting without one edit or retake: a few of its items are heard again, none is refused."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.qc.facts import Facts
from speechcorpus.qc.judge import EVALUATOR
from speechcorpus.store.models import (
    Claim,
    OutcomeRow,
    Prompt,
    Review,
    Revision,
    Segment,
    Sitting,
    Take,
    Task,
    VerdictRow,
)
from speechcorpus.workflows.perfect_sittings import drawn_of_perfect
from speechcorpus.workflows.submission import hand_in_rest
from tests.stage import set_stage, voice

pytestmark = pytest.mark.either_database

CLIPS = 200


@pytest.fixture
def stage(store, now):
    unsampled = {
        "unflagged_pct = 5": "unflagged_pct = 0",
        "first_two_claims_pct = 20": "first_two_claims_pct = 0",
    }
    return set_stage(store, now, **unsampled)


@pytest.fixture
def recorder(stage):
    """Somebody whose sitting has one take, of 200 lines that were read and written to the letter."""
    recorder = stage.recorder()
    recorder.record(voice(1), track="main").finish(markers=[])
    with stage.store.catalogue.write() as session:
        take = session.scalars(select(Take)).one()
        facts = Facts(style="read", band="low").to_document()
        terms = session.get_one(Claim, recorder.claim).terms_sha256
        for number in range(CLIPS):
            add_line(session, stage, recorder, take, number)
            session.flush()
        for segment in session.scalars(select(Segment)):
            verdict = VerdictRow(id=str(uuid4()), segment_id=segment.id, sequence=1, revision_number=1)
            verdict.evaluator, verdict.terms_sha256, verdict.facts = EVALUATOR, terms, facts
            verdict.outcome, verdict.created_at = "accepted", stage.later
            session.add(verdict)
    return recorder


def add_line(session, stage, recorder, take: Take, number: int) -> None:
    prompt, segment = f"line-{number}", f"00000000-0000-4000-8000-{number:012}"
    row = Prompt(id=prompt, project_id=stage.project_id, kind="read", variety="nan-TW", licence="CC0-1.0")
    row.text = f"這是第{number}句。"
    session.add(row)
    session.flush()
    item = Segment(id=segment, take_id=take.id, claim_id=recorder.claim, prompt_id=prompt)
    item.start_sample, item.end_sample, item.created_at = 0, 1, stage.now
    item.item_sha256 = f"{number:064x}"
    session.add(item)
    session.flush()
    session.add(Revision(segment_id=segment, number=1, text=row.text, author="t", created_at=stage.now))


def drawn(recorder) -> frozenset[str]:
    with recorder.stage.store.catalogue.read() as session:
        return drawn_of_perfect(session, session.get_one(Claim, recorder.claim))


def change(recorder, edit) -> None:
    with recorder.stage.store.catalogue.write() as session:
        edit(session)


def test_some_items_are_drawn_and_always_the_same(recorder):
    found = drawn(recorder)
    assert 0 < len(found) < CLIPS / 10
    assert drawn(recorder) == found


def test_one_edit_is_enough_to_show_that_somebody_listened(recorder):
    def edit(session):
        first = session.scalars(select(Segment.id).limit(1)).one()
        row = Revision(segment_id=first, number=2, text="這是第一句。", author="t")
        row.created_at = recorder.stage.now
        session.add(row)

    change(recorder, edit)
    assert drawn(recorder) == frozenset()


def test_so_is_one_retake(recorder):
    def retake(session):
        before = session.scalars(select(Segment).limit(1)).one()
        again = Segment(id=str(uuid4()), take_id=before.take_id, claim_id=before.claim_id, chosen=False)
        again.prompt_id, again.created_at = before.prompt_id, before.created_at
        again.start_sample, again.end_sample = 0, 1
        session.add(again)

    change(recorder, retake)
    assert drawn(recorder) == frozenset()


def test_a_shorter_sitting_is_not_asked(recorder):
    def shorten(session):
        session.scalars(select(Segment).limit(1)).one().prompt_id = None

    change(recorder, shorten)
    assert drawn(recorder) == frozenset()


def test_free_speech_has_no_prompt_to_be_true_to(recorder):
    def talk(session):
        session.get_one(Task, session.get_one(Claim, recorder.claim).task_id).style = "monologue"

    change(recorder, talk)
    assert drawn(recorder) == frozenset()


def test_two_days_are_two_sittings(recorder):
    def split(session):
        take = session.scalars(select(Take)).one()
        other = Sitting(
            id=str(uuid4()), contributor_id=recorder.actor.id, claim_id=recorder.claim, band="low"
        )
        other.device, other.body_sha256, other.state = {}, "0" * 64, "closed"
        other.opened_at = other.last_seen_at = recorder.stage.now
        session.add(other)
        session.flush()
        later = Take(id=str(uuid4()), sitting_id=other.id, sequence=0, track="main", prompt_ids=[])
        for name in ("rate_hz", "channels", "capture_path", "first_sitting_sample", "body_sha256"):
            setattr(later, name, getattr(take, name))
        later.state, later.created_at = "stored", take.created_at
        session.add(later)
        session.flush()
        session.scalars(select(Segment).limit(1)).one().take_id = later.id

    change(recorder, split)
    assert drawn(recorder) == frozenset()


def test_the_items_drawn_are_heard_and_the_others_are_accepted(recorder):
    found, stage = drawn(recorder), recorder.stage
    with stage.store.catalogue.write() as session:
        claim = session.get_one(Claim, recorder.claim)
        actor = Actor(role="contributor", id=recorder.actor.id)
        assert hand_in_rest(session, stage.store, actor, claim, now=stage.later)
    with stage.store.catalogue.read() as session:
        assert set(session.scalars(select(Review.segment_id))) == found
        records = select(OutcomeRow).where(OutcomeRow.line == "record")
        states = {line.segment_id: line.state for line in session.scalars(records)}
    assert {item for item, state in states.items() if state == "pending"} == found
    assert {state for item, state in states.items() if item not in found} == {"accepted"}
