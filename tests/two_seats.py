"""Items of a dialogue with two devices, judged as a worker leaves them."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import FindingRow, Segment, VerdictRow
from speechcorpus.workflows.sittings import close_sitting
from speechcorpus.workflows.transcripts import save_transcript
from tests.dialogue import TALK, Pair
from tests.hearing import TEXT, judged
from tests.stage import sha256, voice

HOUR = timedelta(hours=1)


def item(
    two: Pair, actor: Actor, *findings: FindingRow, text: str | None = TEXT, written: timedelta = HOUR
) -> str:
    """An item of one of the two; with a text, written so long before it is handed in, it is ready."""
    with two.stage.store.catalogue.read() as session:
        seed = session.scalar(select(func.count()).select_from(Segment)) + 1
    sent = two.take_of(actor, voice(2.0, seed=seed))
    takes = {sent.id: sha256(sent.master)}
    close_sitting(two.stage.store, actor, sent.recorder.sitting, takes, now=two.stage.later)
    with two.stage.store.catalogue.write() as session:
        row = Segment(id=sent.id, take_id=sent.id, claim_id=two.claim, prompt_id=TALK, start_sample=0)
        row.end_sample, row.created_at = sent.frames, two.stage.now
        session.add(row)
    outcome = "rejected" if findings else "accepted"
    judged(two.stage.store, sent.id, outcome, *findings, text=text, now=two.stage.later - written)
    return sent.id


def write(two: Pair, actor: Actor, segment_id: str, at: datetime) -> None:
    """Write an item down, and have it judged with its text."""
    save_transcript(two.stage.store, actor, segment_id, TEXT, 0, now=at)
    verdict = VerdictRow(id=str(uuid4()), segment_id=segment_id, sequence=2, revision_number=1, facts="{}")
    verdict.evaluator, verdict.terms_sha256, verdict.outcome = "qc@1.0.0+0123abcd", "0" * 64, "accepted"
    verdict.created_at = at
    with two.stage.store.catalogue.write() as session:
        session.add(verdict)
