"""The draw on a contributor's first page: rounds to join, offers to answer, wait lists, past odds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import Contributor, Offer, Project, Round, RoundEntry, Task, TaskPrompt
from speechcorpus.workflows.draw_entries import kept_entry, require_eligible
from speechcorpus.workflows.offers import terms_of_round
from speechcorpus.workflows.views.rounds import MyEntry, PastRound, listed, my_entry

RESULTS_STAY = timedelta(days=7)
PAST = 5
BANDS = ("low", "medium", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawCell:
    """One kind of work in a round; `task_id` is one of its tasks, for what it is worth."""

    task_id: str
    band: str
    style: str
    tasks: int
    items: int  # of the largest task


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A round that is coming, open, or whose result concerns me."""

    round_id: str
    project_id: str
    project_title: str
    variety: str
    state: str
    opens_at: datetime
    closes_at: datetime
    is_open: bool  # by its times, now
    tasks: int
    entries: int
    cells: tuple[DrawCell, ...]
    terms: Terms
    mine: MyEntry | None
    obstacle: str | None  # code of why I cannot join, None where I can


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOffer:
    """A task that is held for me until I answer."""

    offer_id: str
    round_id: str
    task_id: str
    project_title: str
    variety: str
    style: str
    band: str
    items: int
    terms: Terms
    accept_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Everything about draws that my first page shows."""

    rounds: tuple[Draw, ...]
    offers: tuple[HeldOffer, ...]
    past: tuple[PastRound, ...]


def draws_of(session: Session, person: Contributor, *, now: datetime) -> Draws:
    """Return the draws of a contributor: in their variety, or in any while they did not say one."""
    return Draws(
        rounds=tuple(_draw(session, person, each, now) for each in _rounds(session, person, now)),
        offers=tuple(_offers(session, person, now)),
        past=tuple(listed(session, (Round.drawn_at.is_not(None),), PAST)),
    )


def _rounds(session: Session, person: Contributor, now: datetime) -> Sequence[Round]:
    """Return rounds one can join or will be able to; and my own until their result has been seen a while."""
    joined = select(RoundEntry.round_id).where(RoundEntry.contributor_id == person.id)
    coming = Round.state.in_(("announced", "open", "closed"))
    mine = Round.id.in_(joined) & or_(Round.state == "drawn", Round.ended_at > now - RESULTS_STAY)
    rows = session.scalars(select(Round).where(or_(coming, mine)).order_by(Round.closes_at, Round.id)).all()
    return [each for each in rows if person.variety in (None, terms_of_round(session, each).project.variety)]


def _draw(session: Session, person: Contributor, the_round: Round, now: datetime) -> Draw:
    terms, entry = terms_of_round(session, the_round), kept_entry(session, the_round.id, person.id)
    joined = select(func.count()).where(RoundEntry.round_id == the_round.id)
    running = the_round.state in ("announced", "open") and now < the_round.closes_at
    return Draw(
        round_id=the_round.id,
        project_id=the_round.project_id,
        project_title=session.get_one(Project, the_round.project_id).title,
        variety=terms.project.variety,
        state=the_round.state,
        opens_at=the_round.opens_at,
        closes_at=the_round.closes_at,
        is_open=running and now >= the_round.opens_at,
        tasks=the_round.tasks,
        entries=session.scalar(joined) or 0,
        cells=_cells(session, the_round.id),
        terms=terms,
        mine=None if entry is None else my_entry(session, the_round, entry),
        obstacle=_obstacle(session, person, terms, now) if entry is None and running else None,
    )


def _obstacle(session: Session, person: Contributor, terms: Terms, now: datetime) -> str | None:
    try:
        require_eligible(session, person, terms, now=now)
    except SpeechCorpusError as refusal:
        return refusal.code
    return None


def _cells(session: Session, round_id: str) -> tuple[DrawCell, ...]:
    size = select(func.count()).where(TaskPrompt.task_id == Task.id).scalar_subquery()
    rows = session.execute(
        select(func.min(Task.id), Task.band, Task.style, func.count(), func.max(size))
        .where(Task.round_id == round_id)
        .group_by(Task.band, Task.style)
    )
    cells = [
        DrawCell(task_id=task_id, band=band, style=style, tasks=tasks, items=items)
        for task_id, band, style, tasks, items in rows
    ]
    return tuple(sorted(cells, key=lambda cell: (cell.style, BANDS.index(cell.band))))


def _offers(session: Session, person: Contributor, now: datetime) -> Sequence[HeldOffer]:
    size = select(func.count()).where(TaskPrompt.task_id == Task.id).scalar_subquery()
    rows = session.execute(
        select(Offer, Task, Project.title, size)
        .join(Task, Task.id == Offer.task_id)
        .join(Project, Project.id == Task.project_id)
        .where(Offer.contributor_id == person.id, Offer.state == "open", Offer.accept_until > now)
        .order_by(Offer.accept_until)
    ).all()
    return [
        HeldOffer(
            offer_id=offer.id,
            round_id=offer.round_id,
            task_id=task.id,
            project_title=title,
            variety=task.variety,
            style=task.style,
            band=task.band,
            items=items,
            terms=terms_of_round(session, session.get_one(Round, offer.round_id)),
            accept_until=offer.accept_until,
        )
        for offer, task, title, items in rows
    ]
