"""Rounds as everybody may read them: what was promised, what was drawn, and how to check it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Offer, Project, Round, RoundEntry, Task
from speechcorpus.store.store import Store
from speechcorpus.work.draw_record import SCHEMA, DrawRecord, RoundState
from speechcorpus.workflows.access import not_found, require_contributor
from speechcorpus.workflows.draw_entries import kept_entry

REVEALED = ("drawn", "settled", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class MyEntry:
    """My own ticket, and everything it was made of."""

    ticket: str
    contributor_ref: str
    nonce: str
    bands: tuple[str, ...]
    styles: tuple[str, ...]
    entered_at: datetime
    weight: int | None
    rank: int | None
    offered: bool
    ahead: int | None  # how many wait before me; None where I do not wait


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """One round as its page shows it."""

    round_id: str
    project_title: str
    state: RoundState
    tasks: int
    cells: tuple[tuple[str, str, int], ...]  # band, style, tasks that are still in the round
    announced_at: datetime
    opens_at: datetime
    closes_at: datetime
    drawn_at: datetime | None
    record: DrawRecord
    entries: int
    offers: int  # made until now, those of the wait list included
    mine: MyEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRound:
    """A round in a list, with its odds."""

    round_id: str
    project_title: str
    state: RoundState
    tasks: int
    entries: int
    served: int
    opens_at: datetime
    closes_at: datetime
    reason: str | None


def round_record(store: Store, round_id: str) -> Mapping[str, Any]:
    """Return what is published of a round: the file that `speechcorpus draw verify` reads."""
    with store.catalogue.read() as session:
        return record_of(_found(session, round_id)).to_document()


def record_of(the_round: Round) -> DrawRecord:
    """Return the public record; the seed of a round that is not drawn is in no view."""
    return DrawRecord(
        schema=SCHEMA,
        round=the_round.id,
        project=the_round.project_id,
        state=cast(RoundState, the_round.state),
        commit=the_round.commit_sha256,
        seed=the_round.seed if the_round.state in REVEALED else None,
        roll=_list(the_round.roll),
        root=the_round.root,
        ranking=_list(the_round.ranking),
        offered=_list(the_round.offered),
        reason=the_round.reason,
    )


def _list(text: str | None) -> tuple[Any, ...] | None:
    return None if text is None else tuple(json.loads(text))


def round_view(store: Store, actor: Actor | None, round_id: str) -> RoundView:
    """Return a round for whoever asks; a signed-in contributor finds their own ticket in it."""
    with store.catalogue.read() as session:
        the_round = _found(session, round_id)
        cells = session.execute(
            select(Task.band, Task.style, func.count())
            .where(Task.round_id == round_id)
            .group_by(Task.band, Task.style)
            .order_by(Task.band, Task.style)
        ).all()
        return RoundView(
            round_id=the_round.id,
            project_title=session.get_one(Project, the_round.project_id).title,
            state=cast(RoundState, the_round.state),
            tasks=the_round.tasks,
            cells=tuple((band, style, count) for band, style, count in cells),
            announced_at=the_round.announced_at,
            opens_at=the_round.opens_at,
            closes_at=the_round.closes_at,
            drawn_at=the_round.drawn_at,
            record=record_of(the_round),
            entries=_count_entries(session, round_id),
            offers=_count_offers(session, round_id),
            mine=_mine(session, the_round, actor),
        )


def _found(session: Session, round_id: str) -> Round:
    the_round = session.get(Round, round_id)
    if the_round is None:
        raise not_found("round")
    return the_round


def _mine(session: Session, the_round: Round, actor: Actor | None) -> MyEntry | None:
    if actor is None or actor.role != "contributor":
        return None
    entry = kept_entry(session, the_round.id, require_contributor(session, actor).id)
    return None if entry is None else my_entry(session, the_round, entry)


def my_entry(session: Session, the_round: Round, entry: RoundEntry) -> MyEntry:
    """Return an entry as its owner sees it."""
    return MyEntry(
        ticket=entry.ticket,
        contributor_ref=entry.contributor_ref,
        nonce=entry.nonce,
        bands=tuple(entry.bands),
        styles=tuple(entry.styles),
        entered_at=entry.entered_at,
        weight=entry.weight,
        rank=entry.rank,
        offered=entry.won_at is not None,
        ahead=_ahead(session, entry) if the_round.state == "drawn" and entry.won_at is None else None,
    )


def _ahead(session: Session, entry: RoundEntry) -> int:
    before = (
        RoundEntry.round_id == entry.round_id,
        RoundEntry.rank < entry.rank,
        RoundEntry.won_at.is_(None),
    )
    return session.scalar(select(func.count()).select_from(RoundEntry).where(*before)) or 0


def _count_entries(session: Session, round_id: str) -> int:
    return session.scalar(select(func.count()).where(RoundEntry.round_id == round_id)) or 0


def _count_offers(session: Session, round_id: str) -> int:
    return session.scalar(select(func.count()).where(Offer.round_id == round_id)) or 0


def all_rounds(store: Store, project_id: str | None = None, *, most: int = 50) -> Sequence[PastRound]:
    """Return every round, the newest first, with how many people wanted a task and how many got one."""
    with store.catalogue.read() as session:
        return listed(session, () if project_id is None else (Round.project_id == project_id,), most)


def listed(session: Session, which: Sequence[Any], most: int) -> Sequence[PastRound]:
    """Return rounds with their odds, the newest first."""
    entries = select(func.count()).where(RoundEntry.round_id == Round.id).scalar_subquery()
    won = (RoundEntry.round_id == Round.id, RoundEntry.won_at.is_not(None))
    served = select(func.count()).select_from(RoundEntry).where(*won).scalar_subquery()
    rows = session.execute(
        select(Round, Project.title, entries, served)
        .join(Project, Project.id == Round.project_id)
        .where(*which)
        .order_by(Round.announced_at.desc(), Round.id)
        .limit(most)
    )
    return [
        PastRound(
            round_id=row.id,
            project_title=title,
            state=cast(RoundState, row.state),
            tasks=row.tasks,
            entries=joined,
            served=helped,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            reason=row.reason,
        )
        for row, title, joined, helped in rows
    ]
