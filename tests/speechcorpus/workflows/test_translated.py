"""A block of texts that reads like Mandarin goes to a listener, with what was found; it refuses nothing."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.event import Event
from speechcorpus.store.models import Claim, OutcomeRow, Review, Segment, Task, VerdictRow
from speechcorpus.workflows.events import keep_event
from speechcorpus.workflows.judging import newest_verdict_row
from speechcorpus.workflows.reviews import take_review
from speechcorpus.workflows.submission import hand_in_rest
from speechcorpus.workflows.transcripts import save_transcript
from speechcorpus.workflows.translated import Wording, translated_texts
from speechcorpus.workflows.views.review import review_view
from tests.monologue import sentences, talk
from tests.stage import set_stage
from tests.statements import statements

pytestmark = pytest.mark.either_database

TAIGI = "今仔日天氣真好。你食飽未？咱來去看海。伊明仔載欲轉來。我欲來去矣。"
MANDARIN = "他們現在很喜歡這個。我們沒有時間。你為什麼不吃？"


@pytest.fixture
def stage(store, now):
    unsampled = {
        "unflagged_pct = 5": "unflagged_pct = 0",
        "first_two_claims_pct = 20": "first_two_claims_pct = 0",
    }
    return set_stage(store, now, **unsampled)


@pytest.fixture
def heard(stage, shared):
    return talk(stage, sentences(shared, 1, 2, 3, pause_s=3.2))


def write(heard, *texts: str) -> list[Segment]:
    segments = heard.segments()
    for segment, text in zip(segments, texts, strict=False):
        save_transcript(heard.stage.store, heard.actor, segment.id, text, 0, now=heard.stage.later)
    return segments


def translated(heard):
    with heard.stage.store.catalogue.read() as session:
        return translated_texts(session, session.get_one(Claim, heard.recorder.claim))


def test_a_block_with_three_pieces_of_mandarin_is_translated_as_a_whole(heard):
    first, second, *_ = write(heard, TAIGI, MANDARIN)
    found = translated(heard)
    assert found.keys() == {first.id, second.id}
    wording = found[second.id]
    assert wording.score >= 3
    assert wording.sentences == 8
    assert found[first.id].here == ()
    assert set(wording.here) == set(wording.words)
    assert all(word in MANDARIN for word in wording.words)


def test_what_is_marked_as_spoken_in_another_language_does_not_count(heard):
    _, second, *_ = write(heard, TAIGI, MANDARIN)
    spoken = Event(
        kind="code-switch",
        start_sample=second.start_sample,
        end_sample=second.end_sample,
        language="cmn-TW",
    )
    store, take = heard.stage.store, heard.take.id
    keep_event(store, heard.actor, take, str(uuid4()), spoken, 0, now=heard.stage.later)
    assert translated(heard) == {}


def test_every_item_costs_the_same_few_questions_however_many_there_are(heard):
    """The texts of all others are not read once more for each: an hour of speech has hundreds of items."""
    asked = []
    for texts in ((TAIGI,), (TAIGI, TAIGI, MANDARIN)):
        write(heard, *texts)
        with statements() as sent:
            translated(heard)
        asked.append([sent_ for sent_ in sent if "FROM revision" in sent_ or "JOIN revision" in sent_])
    assert [len(each) for each in asked] == [len(heard.segments())] * 2  # each item's own text, and no other


def test_taigi_is_not_and_four_sentences_decide_nothing(heard):
    write(heard, TAIGI, TAIGI)
    assert translated(heard) == {}


def test_too_few_sentences_decide_nothing(heard):
    write(heard, MANDARIN)
    assert translated(heard) == {}


def test_a_transcript_of_mandarin_is_not_asked(heard):
    write(heard, TAIGI, MANDARIN)
    with heard.stage.store.catalogue.write() as session:
        claim = session.get_one(Claim, heard.recorder.claim)
        session.get_one(Task, claim.task_id).variety = "cmn-TW"
    assert translated(heard) == {}


def passed(stage, segments: list[Segment]) -> None:
    """Write down a verdict without a flag for each, so that nothing but the block can ask for a listener."""
    with stage.store.catalogue.write() as session:
        for segment in segments:
            before = newest_verdict_row(session, segment.id)
            verdict = VerdictRow(id=str(uuid4()), segment_id=segment.id, sequence=before.sequence + 1)
            verdict.revision_number, verdict.evaluator = before.revision_number, before.evaluator
            verdict.terms_sha256, verdict.facts = before.terms_sha256, before.facts
            verdict.outcome, verdict.created_at = "accepted", stage.later
            session.add(verdict)


def handed_in(heard, *texts: str) -> tuple[list[str], list[Review]]:
    """The items that have a text, handed in, and the reviews this asked for."""
    segments = write(heard, *texts)[: len(texts)]
    passed(heard.stage, segments)
    with heard.stage.store.catalogue.write() as session:
        claim = session.get_one(Claim, heard.recorder.claim)
        hand_in_rest(session, heard.stage.store, heard.actor, claim, now=heard.stage.later)
    with heard.stage.store.catalogue.read() as session:
        wanted = select(Review).where(Review.segment_id.in_([segment.id for segment in segments]))
        return [segment.id for segment in segments], list(session.scalars(wanted))


def test_every_item_of_such_a_block_is_heard_with_the_evidence_and_none_is_refused(heard):
    ids, reviews = handed_in(heard, TAIGI, MANDARIN)
    assert {review.segment_id for review in reviews} == set(ids)
    with heard.stage.store.catalogue.read() as session:
        assert "refused" not in session.scalars(select(OutcomeRow.state)).all()
    for review in reviews:
        shown = shown_to_a_reviewer(heard.stage, review)
        assert shown.wording.words
        assert bool(shown.wording.here) == (review.segment_id == ids[1])


def test_items_of_any_other_block_are_accepted_as_they_were(heard):
    _, reviews = handed_in(heard, TAIGI, TAIGI)
    assert reviews == []


def shown_to_a_reviewer(stage, review: Review):
    reviewer = stage.reviewer()
    take_review(stage.store, reviewer, review.id, now=stage.later)
    return review_view(stage.store, reviewer, review.id, now=stage.later)


def test_evidence_comes_back_as_it_was_kept():
    wording = Wording(score=4, sentences=10, words=("很", "他們"), here=("很",))
    assert Wording.from_document(wording.to_document()) == wording
