"""A person with recorded items in every state, for tests of withdrawal."""

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.models import Claim, Clip, OutcomeRow, Review, Revision, Segment, Take, VerdictRow
from speechcorpus.workflows.item_hand_in import accept_item
from speechcorpus.workflows.ledger import balance
from tests.stage import Recorder, Stage, voice

PRICE = 1500


@dataclass(kw_only=True)
class Kept:
    """What one person recorded: an item that waits for a listener, and one that was accepted."""

    stage: Stage
    actor: Actor
    recorder: Recorder
    waiting: str
    accepted: str
    review: str

    def segment(self, segment_id: str) -> Segment:
        with self.stage.store.catalogue.read() as session:
            return session.get_one(Segment, segment_id)

    def master(self, segment_id: str) -> str:
        with self.stage.store.catalogue.read() as session:
            take = session.get_one(Take, session.get_one(Segment, segment_id).take_id)
            return take.master_sha256

    def states(self) -> dict[str, str]:
        with self.stage.store.catalogue.read() as session:
            rows = session.scalars(select(OutcomeRow)).all()
            return {row.segment_id: row.state for row in rows if row.line == "record"}

    def owed(self) -> int:
        with self.stage.store.catalogue.read() as session:
            return balance(session, self.stage.project_id, f"owed:{self.actor.id}")


def kept(stage: Stage, actor: Actor | None = None, *, task: int = 0, seed: int = 1) -> Kept:
    """Two recorded, measured and handed-in items of one claim."""
    recorder = stage.recorder(actor, task=task)
    prompts = (f"p{2 * task}", f"p{2 * task + 1}")
    for n, prompt in enumerate(prompts):
        recorder.record(voice(1, seed=10 * seed + n), prompt=prompt).finish()
    with stage.store.catalogue.write() as session:
        mine = select(Segment).where(Segment.claim_id == recorder.claim).order_by(Segment.prompt_id)
        waiting, accepted = session.scalars(mine).all()
        for segment in (waiting, accepted):
            segment.item_sha256 = uuid4().hex * 2
            session.add(_verdict(stage, segment.id))
            session.add(_text(stage, segment.id))
            session.add(OutcomeRow(segment_id=segment.id, line="record", state="pending", price_minor=PRICE))
        review = Review(id=str(uuid4()), segment_id=waiting.id, terms_sha256=_terms(session, recorder))
        review.state, review.created_at = "queued", stage.now
        session.add(review)
        session.flush()
        accept_item(session, accepted.id, now=stage.now)
        made = (waiting.id, accepted.id, review.id)
    return Kept(
        stage=stage,
        actor=recorder.actor,
        recorder=recorder,
        waiting=made[0],
        accepted=made[1],
        review=made[2],
    )


def clip_of(stage: Stage, segment_id: str) -> str:
    """The digest of a release copy that was cut of an item."""
    data = segment_id.encode()
    sha256 = stage.store.blobs.put_bytes(data)
    with stage.store.catalogue.write() as session:
        clip = Clip(segment_id=segment_id, blob_sha256=sha256, rate_hz=16_000, frames=1, encoder="test")
        clip.created_at = stage.now
        note_blob(session, sha256, size=len(data), now=stage.now)
        session.add(clip)
    return sha256


def _terms(session: Session, recorder: Recorder) -> str:
    return session.get_one(Claim, recorder.claim).terms_sha256


def _verdict(stage: Stage, segment_id: str) -> VerdictRow:
    row = VerdictRow(id=str(uuid4()), segment_id=segment_id, sequence=1, revision_number=1, evaluator="e")
    row.terms_sha256, row.facts, row.outcome, row.created_at = "0" * 64, "{}", "accepted", stage.now
    return row


def _text(stage: Stage, segment_id: str) -> Revision:
    return Revision(segment_id=segment_id, number=1, text="食飽未。", author="t", created_at=stage.now)
