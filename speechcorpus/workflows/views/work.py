"""My work: every item of a claim with its state, its reasons, and what handing in would mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import BandTerms, PriceTerms
from speechcorpus.store.models import (
    Claim,
    Project,
    Prompt,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_segment, require_contributor
from speechcorpus.workflows.claims import terms_of_claim
from speechcorpus.workflows.item_owner import claims_of
from speechcorpus.workflows.seats import TWO, Seat, past_seat
from speechcorpus.workflows.views.claim_clips import TO_DO, ClipState, ClipView, clips_of
from speechcorpus.workflows.views.recording import prompts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimChoice:
    """One of my claims, to switch to."""

    claim_id: str
    state: str
    variety: str
    band: str
    claimed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherView:
    """The other person of a dialogue with two devices, and how many items of theirs are where."""

    pseudonym: str
    ready: int
    todo: int
    measuring: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkView:
    """One claim in full, as whoever holds it or sits beside them sees it, and my other ones to switch to.

    In a dialogue with two devices each sees their own items; the holder hands in for both.
    """

    claim_id: str
    state: str
    seat: Literal[1, 2]  # 1 holds the claim
    other: OtherView | None  # where there are two devices
    handed_in: bool  # by the holder
    project_title: str
    terms_version: str
    evaluator: str
    variety: str
    band: BandTerms
    price: PriceTerms
    lease_until: datetime
    answer_h: int
    window_d: int  # to appeal
    appeal_h: int  # until an appeal is answered
    clips: tuple[ClipView, ...]
    claims: tuple[ClaimChoice, ...]

    def counted(self, *states: ClipState) -> int:
        """Return how many clips are in one of these states."""
        return sum(clip.state in states for clip in self.clips)

    @property
    def is_open(self) -> bool:
        """Whether there is something to hand in still; of the second person also after the holder has."""
        return self.state == "active" or (self.seat == 2 and self.counted("ready", "measuring", *TO_DO) > 0)

    @property
    def hands_in(self) -> bool:
        """Whether I hand in: the holder does for both, the second person what was not ready then."""
        return self.seat == 1 or self.handed_in


def work_view(store: Store, actor: Actor, claim_id: str | None) -> WorkView | None:
    """Return a claim of the contributor who asks: the given one, else the newest; None without any."""
    with store.catalogue.read() as session:
        require_contributor(session, actor)
        choices = _choices(session, actor)
        wanted = claim_id or (choices[0].claim_id if choices else None)
        if wanted is None:
            return None
        return _work(session, past_seat(session, actor, wanted), actor.id, choices)


def claim_of_item(store: Store, actor: Actor, segment_id: str) -> str:
    """Return the claim that one's own item is worked on under."""
    with store.catalogue.read() as session:
        return own_segment(session, actor, segment_id)[1].id


def _choices(session: Session, actor: Actor) -> tuple[ClaimChoice, ...]:
    rows = session.execute(
        select(Claim, Task)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.id.in_(claims_of(actor.id)))
        .where(or_(Claim.state.in_(("active", "submitted")), Claim.contributor_id != actor.id))
        .where(Task.audition_id.is_(None))  # an audition has its own page, and is judged as a whole
        .order_by(Claim.state, Claim.claimed_at.desc())
    )
    return tuple(
        ClaimChoice(
            claim_id=claim.id,
            state=claim.state,
            variety=task.variety,
            band=task.band,
            claimed_at=claim.claimed_at,
        )
        for claim, task in rows
    )


def _work(session: Session, seat: Seat, person: str, choices: tuple[ClaimChoice, ...]) -> WorkView:
    claim = seat.claim
    terms, task = terms_of_claim(session, claim), session.get_one(Task, claim.task_id)
    prompts = prompts_of(session, task.id)
    return WorkView(
        claim_id=claim.id,
        state=claim.state,
        seat=seat.number,
        other=_other(session, seat, prompts),
        handed_in=claim.submitted_at is not None or claim.state != "active",
        project_title=session.get_one(Project, task.project_id).title,
        terms_version=terms.project.version,
        evaluator=claim.evaluator,
        variety=task.variety,
        band=terms.band(task.band),
        price=terms.price,
        lease_until=claim.lease_until,
        answer_h=terms.review.answer_h,
        window_d=terms.review.appeal.window_d,
        appeal_h=terms.review.appeal.answer_h,
        clips=clips_of(session, claim, prompts, person),
        claims=choices,
    )


def _other(session: Session, seat: Seat, prompts: Sequence[Prompt]) -> OtherView | None:
    if seat.other is None or seat.devices != TWO:
        return None
    states = [clip.state for clip in clips_of(session, seat.claim, prompts, seat.other.id)]
    return OtherView(
        pseudonym=seat.other.pseudonym,
        ready=states.count("ready"),
        todo=sum(state in TO_DO for state in states),
        measuring=states.count("measuring"),
    )
