"""Auditions for tests: begun by the workflow, their items written as worker and browser leave them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import (
    Audition,
    AuditionReview,
    FindingRow,
    Prompt,
    Revision,
    Segment,
    Sitting,
    Take,
    Task,
    TaskPrompt,
    VerdictRow,
)
from speechcorpus.workflows.audition_reviews import AuditionOpinion, decide_audition, take_audition
from speechcorpus.workflows.audition_tasks import FREE, claims_of
from speechcorpus.workflows.auditions import begin_audition, hand_in_audition
from speechcorpus.workflows.segments import READ
from tests.drawing import sound_checked
from tests.stage import RATE_HZ, Stage

WORDS = ("我今仔日透早去菜市仔買菜。", "轉來煮飯予囡仔食。", "下晡去公園行行咧。")


@dataclass(kw_only=True)
class Tryout:
    """One person's audition, and the listeners it meets."""

    stage: Stage
    actor: Actor
    id: str
    words: tuple[str, ...] = ()  # what was written down
    listeners: list[Actor] = field(default_factory=list)

    def row(self) -> Audition:
        with self.stage.store.catalogue.read() as session:
            return session.get_one(Audition, self.id)

    def reviews(self) -> list[AuditionReview]:
        with self.stage.store.catalogue.read() as session:
            mine = select(AuditionReview).where(AuditionReview.audition_id == self.id)
            return list(session.scalars(mine.order_by(AuditionReview.created_at, AuditionReview.id)))

    def claims(self) -> dict[str, str]:
        with self.stage.store.catalogue.read() as session:
            return {style: claim.id for style, claim in claims_of(session, self.id).items()}

    def items(self, style: str | None = None) -> list[str]:
        """Ids of the items, of the sentences read first."""
        claims = [self.claims()[style]] if style else list(self.claims().values())
        with self.stage.store.catalogue.read() as session:
            mine = select(Segment.id).where(Segment.claim_id.in_(claims))
            return list(session.scalars(mine.order_by(Segment.created_at)))

    def record(self, *, held: int = 0, words: tuple[str, ...] = WORDS[:1], free_s: float = 60) -> None:
        """Every sentence and a minute of free speech, written down; the first `held` are clipped."""
        sound_checked(self.stage, self.actor)
        claims, at, self.words = self.claims(), self.stage.now, words
        with self.stage.store.catalogue.write() as session:
            tasks = select(Task.id).where(Task.audition_id == self.id, Task.style == READ)
            prompts = session.scalars(
                select(TaskPrompt.prompt_id)
                .where(TaskPrompt.task_id.in_(tasks))
                .order_by(TaskPrompt.position)
            )
            for number, prompt_id in enumerate(prompts):
                self.item(
                    session, claims[READ], prompt_id, at + timedelta(seconds=number), held=number < held
                )
            topic = session.scalars(select(Prompt.id).where(Prompt.kind == "audition")).one()
            for number, text in enumerate(words):
                when = at + timedelta(seconds=10 + number)
                self.item(session, claims[FREE], topic, when, seconds=free_s / len(words), text=text)

    def item(self, session, claim, prompt, at, *, seconds=2.0, text=None, held=False) -> None:
        """One recorded item, as a worker leaves it."""
        sitting, take, segment, verdict = (str(uuid4()) for _ in range(4))
        row = Sitting(id=sitting, contributor_id=self.actor.id, claim_id=claim, band="low", device={})
        row.body_sha256, row.state, row.opened_at, row.last_seen_at = "0" * 64, "closed", at, at
        session.add(row)
        session.flush()
        sent = Take(id=take, sitting_id=sitting, sequence=1, track="main", prompt_ids=[prompt], channels=1)
        sent.rate_hz, sent.capture_path, sent.first_sitting_sample = RATE_HZ, "mstp", 0
        sent.body_sha256, sent.state, sent.created_at, sent.stored_at = "0" * 64, "stored", at, at
        sent.frames = round(seconds * RATE_HZ)
        session.add(sent)
        session.flush()
        piece = Segment(id=segment, take_id=take, claim_id=claim, prompt_id=prompt, created_at=at)
        piece.start_sample, piece.end_sample, piece.item_sha256 = 0, sent.frames, "0" * 64
        session.add(piece)
        session.flush()
        if text is not None:
            session.add(Revision(segment_id=segment, number=1, text=text, author="t", created_at=at))
        said = VerdictRow(id=verdict, segment_id=segment, sequence=1, evaluator="e", facts="{}")
        said.revision_number = None if text is None else 1
        said.terms_sha256, said.outcome, said.created_at = "0" * 64, "rejected" if held else "accepted", at
        session.add(said)
        session.flush()
        if held:
            fault = FindingRow(verdict_id=verdict, code="audio.clipped", severity="blocks", measured="4.0")
            fault.comparator, fault.limit, fault.unit, fault.facts = ">", "1.0", "ms", {}
            session.add(fault)

    def hand_in(self) -> None:
        hand_in_audition(self.stage.store, self.actor, self.id, now=self.stage.later)

    def listen(
        self,
        *,
        texts: tuple[str, ...] | None = None,
        other: bool = False,
        confirms: bool = False,
        by: Actor | None = None,
        at: datetime | None = None,
    ) -> str | None:
        """The next listener's opinion; what the audition has come to."""
        actor, now = by or self.stage.reviewer(), at or self.stage.later
        waiting = next(each.id for each in self.reviews() if each.state == "queued")
        fence = take_audition(self.stage.store, actor, waiting, now=now)
        self.listeners.append(actor)
        opinion = AuditionOpinion(
            other_variety=self.items() if other else (),
            confirms_held=confirms,
            texts=dict(zip(self.items(FREE), texts or self.words, strict=True)),
        )
        return decide_audition(self.stage.store, actor, waiting, fence=fence, opinion=opinion, now=now)


def tryout(stage: Stage, actor: Actor | None = None, *, now: datetime | None = None) -> Tryout:
    """Somebody new begins their audition in the stage's project."""
    actor = actor or stage.contributor(vouched=False)
    begun = begin_audition(stage.store, actor, stage.project_id, "low", now=now or stage.now)
    return Tryout(stage=stage, actor=actor, id=begun)


def handed_in(stage: Stage, **recorded: object) -> Tryout:
    """An audition that waits for its listeners."""
    made = tryout(stage)
    made.record(**recorded)
    made.hand_in()
    return made
