"""The manager's page of draws: what could be drawn, and how each round goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import Offer, Round, RoundEntry, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.desk import own_project, projects_of
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.views.rounds import PastRound, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedRound:
    """One round with what became of its offers."""

    shown: PastRound
    waiting: int
    offers: Mapping[str, int]  # open, taken, passed
    can_cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsDesk:
    """Everything the manager's page of draws shows."""

    project_id: str
    project_title: str
    projects: Mapping[str, str]
    terms: Terms
    free: Mapping[tuple[str, str], int]  # open tasks in no round, by band and style
    rounds: tuple[WatchedRound, ...]

    @property
    def bands(self) -> Sequence[str]:
        """Bands with tasks that could be drawn, quiet first."""
        return [band.name for band in self.terms.bands if any(band.name == cell for cell, _ in self.free)]

    @property
    def styles(self) -> Sequence[str]:
        """Styles with tasks that could be drawn."""
        return sorted({style for _, style in self.free})


def rounds_desk(
    store: Store, actor: Actor, project_id: str | None = None, *, now: datetime
) -> RoundsDesk | None:
    """Return a manager's rounds of one project, the newest project by default; None while there is none."""
    with store.catalogue.read() as session:
        project = own_project(session, actor, project_id)
        if project is None:
            return None
        version = newest_terms(session, project.id)
        return RoundsDesk(
            project_id=project.id,
            project_title=project.title,
            projects={each.id: each.title for each in projects_of(session, actor)},
            terms=Terms.from_document(version.document),
            free=_free(session, version.id),
            rounds=tuple(
                _watched(session, each, now)
                for each in listed(session, (Round.project_id == project.id,), 50)
            ),
        )


def _free(session: Session, terms_id: str) -> Mapping[tuple[str, str], int]:
    open_ones = (Task.terms_id == terms_id, Task.state == "open", Task.round_id.is_(None))
    rows = session.execute(
        select(Task.band, Task.style, func.count())
        .where(*open_ones, Task.audition_id.is_(None))
        .group_by(Task.band, Task.style)
    )
    return {(band, style): count for band, style, count in rows}


def _watched(session: Session, shown: PastRound, now: datetime) -> WatchedRound:
    mine = RoundEntry.round_id == shown.round_id
    waiting = select(func.count()).where(mine, RoundEntry.rank.is_not(None), RoundEntry.won_at.is_(None))
    states = select(Offer.state, func.count()).where(Offer.round_id == shown.round_id).group_by(Offer.state)
    return WatchedRound(
        shown=shown,
        waiting=(session.scalar(waiting) or 0) if shown.state == "drawn" else 0,
        offers=dict(session.execute(states).all()),
        can_cancel=shown.state in ("announced", "open") and now < shown.closes_at,
    )
