"""Accepted recordings for the manager's pages: rows as the flow leaves them, with numbers to count on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.qc.judge import EVALUATOR
from speechcorpus.store.models import (
    Claim,
    FindingRow,
    OutcomeRow,
    Review,
    Segment,
    Sitting,
    Take,
    Task,
    TermsVersion,
    VerdictRow,
)
from speechcorpus.workflows import people
from tests.stage import Stage

RATE_HZ = 16_000
SHA = "0" * 64


@dataclass(kw_only=True)
class Shelf:
    """Puts recordings into a project, each with its band, style, speaker and outcome."""

    stage: Stage

    def voice(self, gender: str | None = None, **facts: str) -> Actor:
        person = people.create_contributor(
            self.stage.store, locale="zh-Hant", gender=gender, now=self.stage.now, **facts
        )
        return Actor(role="contributor", id=person)

    def put(
        self,
        actor: Actor,
        *,
        seconds: float = 10,
        band: str = "low",
        style: str = "read",
        variety: str = "nan-TW",
        outcome: str | None = "accepted",
        findings: tuple[tuple[str, str], ...] = (),
        at: datetime | None = None,
        **segment: object,
    ) -> str:
        """The id of a new item; `outcome` None: measured, not handed in."""
        at = at or self.stage.now
        ids = [str(uuid4()) for _ in range(5)]
        with self.stage.store.catalogue.write() as session:
            terms = session.scalars(
                select(TermsVersion).where(TermsVersion.project_id == self.stage.project_id)
            ).first()
            task = Task(id=ids[0], project_id=self.stage.project_id, terms_id=terms.id, variety=variety)
            task.style, task.band, task.state, task.created_at = style, band, "submitted", at
            session.add(task)
            session.flush()
            claim = Claim(id=ids[1], task_id=ids[0], contributor_id=actor.id, fence=1, state="submitted")
            claim.terms_sha256, claim.price, claim.evaluator = terms.sha256, {}, EVALUATOR
            claim.claimed_at, claim.lease_until = at, at
            session.add(claim)
            session.flush()
            sitting = Sitting(id=ids[2], contributor_id=actor.id, claim_id=ids[1], band=band, device={})
            sitting.body_sha256, sitting.state, sitting.opened_at, sitting.last_seen_at = (
                SHA,
                "closed",
                at,
                at,
            )
            session.add(sitting)
            session.flush()
            take = Take(id=ids[3], sitting_id=ids[2], sequence=1, track="main", prompt_ids=[], channels=1)
            take.rate_hz, take.capture_path, take.first_sitting_sample, take.body_sha256 = (
                RATE_HZ,
                "mstp",
                0,
                SHA,
            )
            take.state, take.created_at = "stored", at
            session.add(take)
            session.flush()
            item = Segment(
                id=ids[4], take_id=ids[3], claim_id=ids[1], start_sample=0, created_at=at, **segment
            )
            item.end_sample = round(seconds * RATE_HZ)
            session.add(item)
            session.flush()
            self._judge(session, item, findings, at)
            if outcome is not None:
                line = OutcomeRow(segment_id=item.id, line="record", state=outcome, price_minor=1500)
                line.decided_at = None if outcome == "pending" else at
                session.add(line)
        return ids[4]

    def _judge(self, session, item, findings, at):
        verdict = VerdictRow(id=str(uuid4()), segment_id=item.id, sequence=1, evaluator=EVALUATOR, facts="{}")
        verdict.terms_sha256, verdict.created_at = SHA, at
        verdict.outcome = "repairable" if findings else "accepted"
        session.add(verdict)
        session.flush()
        session.add_all(
            FindingRow(
                verdict_id=verdict.id,
                code=code,
                severity=severity,
                measured="1",
                comparator=">",
                limit="0",
                unit="dB",
                facts={},
            )
            for code, severity in findings
        )

    def heard(self, segment_id: str) -> None:
        """Let somebody have listened to an item."""
        reviewer = people.create_staff(self.stage.store, name="R", role="reviewer", now=self.stage.now)
        with self.stage.store.catalogue.write() as session:
            review = Review(id=str(uuid4()), segment_id=segment_id, reviewer_id=reviewer, terms_sha256=SHA)
            review.state, review.decision, review.decided_at = "decided", "accept", self.stage.now
            review.created_at = self.stage.now
            session.add(review)


def shelf(stage: Stage) -> Shelf:
    return Shelf(stage=stage)
