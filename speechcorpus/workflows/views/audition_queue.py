"""What reviewers see of auditions: what waits, and one of them without a name on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.terms import BandTerms
from speechcorpus.store.models import Audition, AuditionReview, Prompt, Segment, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.audition_reviews import (
    HOLDING,
    held_items,
    is_free,
    is_held,
    items_of,
    may_hear,
    open_review,
)
from speechcorpus.workflows.auditions import sentences_of
from speechcorpus.workflows.projects import terms_by_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingAudition:
    """One look that is still to be had."""

    review_id: str
    name: str  # of the look, not of the person
    variety: str
    band: str
    waited: timedelta
    due_at: datetime
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionPiece:
    """One thing to hear: a sentence that was read, or a piece of free speech to write down."""

    segment_id: str
    number: int
    prompt_text: str | None  # None: free speech
    duration_s: float
    rate_hz: int
    findings: tuple[Finding, ...]  # what the machine holds it for
    to_write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionHearing:
    """An audition to its listener: sounds, prompts and the machine's numbers, nothing of the person."""

    review_id: str
    name: str
    fence: int
    lease_until: datetime
    variety: str
    band: BandTerms
    marks: str
    pieces: tuple[AuditionPiece, ...]

    @property
    def held(self) -> int:
        """How many pieces the machine holds for their sound."""
        return sum(bool(piece.findings) for piece in self.pieces)


def audition_list(store: Store, actor: Actor, *, now: datetime) -> Sequence[WaitingAudition]:
    """Return the auditions that this reviewer may hear, those that are due first coming first."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        heard = select(AuditionReview.audition_id).where(
            AuditionReview.reviewer_id == actor.id, AuditionReview.state == "decided"
        )
        rows = session.execute(
            select(AuditionReview, Audition)
            .join(Audition, Audition.id == AuditionReview.audition_id)
            .where(Audition.state == "submitted", AuditionReview.state.in_(("queued", "assigned")))
            .where(Audition.id.not_in(heard))
            .order_by(Audition.due_at, AuditionReview.id)
        ).all()
        free = [(row, each) for row, each in rows if is_free(row, actor, now)]
        hearable = {each.id for _, each in free if may_hear(session, actor, each, now=now)}
        free = [(row, each) for row, each in free if each.id in hearable]
        return _one_each(actor, free, now)


def _one_each(
    actor: Actor, rows: Sequence[tuple[AuditionReview, Audition]], now: datetime
) -> Sequence[WaitingAudition]:
    """Show each audition once: both looks at it are alike, but for the one that is held."""
    shown: dict[str, WaitingAudition] = {}
    for row, audition in rows:
        mine = is_held(row, actor, now)
        if audition.id not in shown or mine:
            shown[audition.id] = WaitingAudition(
                review_id=row.id,
                name=row.id[:8],
                variety=audition.variety,
                band=audition.band,
                waited=now - cast(datetime, audition.submitted_at),
                due_at=cast(datetime, audition.due_at),
                mine=mine,
            )
    return tuple(shown.values())


def hearing_is_mine(store: Store, actor: Actor, review_id: str, *, now: datetime) -> bool:
    """Say whether this reviewer holds the audition now; `not-found` for one they may not hear at all."""
    with store.catalogue.read() as session:
        review, _ = open_review(session, actor, review_id, now=now)
        return is_held(review, actor, now)


def audition_hearing(store: Store, actor: Actor, review_id: str, *, now: datetime) -> AuditionHearing:
    """Return an audition to the one who holds it."""
    with store.catalogue.read() as session:
        review, audition = open_review(session, actor, review_id, now=now)
        if not is_held(review, actor, now):
            raise not_found("audition")
        terms = terms_by_hash(session, audition.terms_sha256)
        return AuditionHearing(
            review_id=review.id,
            name=review.id[:8],
            fence=review.fence,
            lease_until=cast(datetime, review.lease_until),
            variety=audition.variety,
            band=terms.band(audition.band),
            marks=terms.task.transcript.marks,
            pieces=_pieces(session, audition),
        )


def _pieces(session: Session, audition: Audition) -> tuple[AuditionPiece, ...]:
    items = items_of(session, audition)
    held, written = held_items(session, items), {each.id for each, _ in sentences_of(session, audition)}
    texts = _prompts(session, items)
    rates = {
        take.id: take.rate_hz
        for take in session.scalars(select(Take).where(Take.id.in_({each.take_id for each in items})))
    }
    return tuple(
        AuditionPiece(
            segment_id=each.id,
            number=number,
            prompt_text=None if each.id in written else texts.get(each.prompt_id or ""),
            duration_s=(each.end_sample - each.start_sample) / rates[each.take_id],
            rate_hz=rates[each.take_id],
            findings=tuple(finding for finding in held[each.id].findings if finding.severity in HOLDING)
            if each.id in held
            else (),
            to_write=each.id in written,
        )
        for number, each in enumerate(items, 1)
    )


def _prompts(session: Session, items: Sequence[Segment]) -> Mapping[str, str]:
    ids = {each.prompt_id for each in items if each.prompt_id}
    return dict(session.execute(select(Prompt.id, Prompt.text).where(Prompt.id.in_(ids))).all())
