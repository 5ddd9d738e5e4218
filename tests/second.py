"""Accepted clips of a project and people who write them down again, for tests of double transcription."""

from dataclasses import dataclass

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import (
    Claim,
    Contributor,
    Revision,
    SecondTranscript,
    Segment,
    Settlement,
)
from speechcorpus.workflows.second_draw import draw_second
from speechcorpus.workflows.second_settling import settle, take_settlement
from speechcorpus.workflows.second_transcripts import WrittenSecond, take_second, write_second
from tests.accepted import accepted_clips
from tests.stage import Stage

OTHER = "伊欲去佗位？我毋知影矣。"  # unlike any sentence of the stage


@dataclass(kw_only=True)
class Pair:
    """One accepted segment drawn for a second text, with everybody it concerns."""

    stage: Stage
    speaker: Actor
    second: str
    segment: str
    first: str  # the first text
    writer: Actor

    def take(self, actor: Actor | None = None, now=None):
        return take_second(self.stage.store, actor or self.writer, self.second, now=now or self.stage.later)

    def write(self, text: str, actor: Actor | None = None) -> WrittenSecond:
        fence = self.take(actor).fence
        said = {"fence": fence, "text": text, "now": self.stage.later}
        return write_second(self.stage.store, actor or self.writer, self.second, **said)

    def row(self) -> SecondTranscript:
        with self.stage.store.catalogue.read() as session:
            return session.get_one(SecondTranscript, self.second)

    def settlement(self) -> Settlement | None:
        with self.stage.store.catalogue.read() as session:
            return session.scalars(select(Settlement).where(Settlement.second_id == self.second)).first()

    def settle(self, side: str, own: str = "", actor: Actor | None = None):
        row, actor = self.settlement(), actor or self.stage.reviewer()
        fence = take_settlement(self.stage.store, actor, row.id, now=self.stage.later).fence
        said = {"fence": fence, "side": side, "own": own, "now": self.stage.later}
        return settle(self.stage.store, actor, row.id, **said)


def pair(stage: Stage, *, clips: int = 1, speakers: int = 1) -> Pair:
    """The first of some accepted clips, drawn; somebody of the same variety to write it down."""
    people = accepted_clips(stage, speakers=speakers, clips=clips)
    with stage.store.catalogue.write() as session:
        segment = session.scalars(
            select(Segment)
            .join(Claim, Claim.id == Segment.claim_id)
            .where(Claim.contributor_id == people[0].id)
            .order_by(Segment.created_at)
        ).first()
        segment.gold = True
        session.flush()
        second = draw_second(session, segment.id, now=stage.now)
        first = session.scalars(select(Revision.text).where(Revision.segment_id == segment.id)).one()
    return Pair(
        stage=stage,
        speaker=people[0],
        second=second,
        segment=segment.id,
        first=first,
        writer=stage.contributor(),
    )


def set_variety(stage: Stage, actor: Actor, variety: str | None) -> None:
    """Let a person speak another variety."""
    with stage.store.catalogue.write() as session:
        session.get_one(Contributor, actor.id).variety = variety
