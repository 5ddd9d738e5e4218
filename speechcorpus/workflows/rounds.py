"""Rounds of the draw: announced by a manager, joined by contributors, driven by the clock."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import Round, Task
from speechcorpus.store.store import Store
from speechcorpus.work.draw import SEED_BYTES, commit_of
from speechcorpus.work.edges import ROUND
from speechcorpus.workflows.access import (
    not_found,
    require_staff,
)
from speechcorpus.workflows.desk import require_own
from speechcorpus.workflows.offers import Log, lock_round, open_to_all
from speechcorpus.workflows.projects import newest_terms, require_project
from speechcorpus.workflows.working_time import require_fair_pay

LONGEST_REASON = 300


def announce_round(
    store: Store,
    actor: Actor,
    project_id: str,
    *,
    bands: Sequence[str] = (),
    styles: Sequence[str] = (),
    most: int | None = None,
    opens_at: datetime | None = None,
    now: datetime,
) -> str:
    """Put open tasks of a project into a draw, publish the commit to its seed and return the round's id.

    Parameters
    ----------
    bands, styles : which tasks; empty for every one
    most : how many tasks at most; None for all of them
    opens_at : when tickets are taken, not before the terms' `announce_h` are over; None for then

    Raises
    ------
    SittingError : `pay.below-floor`, `round.no-tasks`, `round.too-soon`
    """
    with store.catalogue.write() as session:
        require_project(session, actor, project_id)
        version = newest_terms(session, project_id)
        terms = Terms.from_document(version.document)
        require_fair_pay(session, project_id, terms)
        opens, closes = _window(terms, opens_at, now)
        task_ids = _lock_tasks(session, version.id, bands, styles, most)
        the_round = _announced(project_id, version.id, len(task_ids), now)
        the_round.opens_at, the_round.closes_at = opens, closes
        session.add(the_round)
        session.flush()
        session.execute(update(Task).where(Task.id.in_(task_ids)).values(round_id=the_round.id))
        log = Log()
        log.add(
            "round.announced",
            f"round:{the_round.id}",
            project=project_id,
            commit=the_round.commit_sha256,
            tasks=len(task_ids),
            opens_at=opens.isoformat(),
            closes_at=closes.isoformat(),
        )
        log.write(session, actor, now)
    return the_round.id


def _window(terms: Terms, opens_at: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """Return from when to when tickets are taken."""
    earliest = now + timedelta(hours=terms.draw.announce_h)
    opens = opens_at or earliest
    if opens < earliest:
        why = f"a draw is announced {terms.draw.announce_h} h before it opens"
        raise SittingError("round.too-soon", why, hours=terms.draw.announce_h)
    return opens, opens + timedelta(minutes=terms.draw.window_min)


def _announced(project_id: str, terms_id: str, tasks: int, now: datetime) -> Round:
    round_id, seed = str(uuid4()), secrets.token_bytes(SEED_BYTES)
    return Round(
        id=round_id,
        project_id=project_id,
        terms_id=terms_id,
        state="announced",
        commit_sha256=commit_of(seed, round_id),
        seed=seed.hex(),
        tasks=tasks,
        announced_at=now,
    )


def _lock_tasks(
    session: Session, terms_id: str, bands: Sequence[str], styles: Sequence[str], most: int | None
) -> Sequence[str]:
    """Return open tasks of no round under these terms, held until the transaction ends."""
    wanted: list[ColumnElement[bool]] = [Task.terms_id == terms_id]
    wanted += [Task.state == "open", Task.round_id.is_(None), Task.audition_id.is_(None)]
    wanted += [Task.band.in_(bands)] if bands else []
    wanted += [Task.style.in_(styles)] if styles else []
    # NO KEY UPDATE: who holds a claim of another task must not be waited for
    found = select(Task.id).where(*wanted).order_by(Task.created_at, Task.id).limit(most)
    task_ids = session.scalars(found.with_for_update(key_share=True)).all()
    if not task_ids:
        raise SittingError("round.no-tasks", "no open task of this kind is in no draw yet")
    return task_ids


def cancel_round(store: Store, actor: Actor, round_id: str, *, reason: str, now: datetime) -> str:
    """Call a round off before its close and return its project; it stays listed, its seed is revealed.

    Raises
    ------
    SittingError : `round.reason` without one, `round.edge` once it is closed
    """
    said = " ".join(reason.split())[:LONGEST_REASON]
    with store.catalogue.write() as session:
        require_staff(session, actor, "manager")
        known = session.get(Round, round_id)
        if known is None:
            raise not_found("round")
        require_own(session, actor, known.project_id)
        if not said:
            raise SittingError("round.reason", "a cancelled draw says why")
        the_round = lock_round(session, round_id)
        if now >= the_round.closes_at:
            raise SittingError("round.edge", "the round is closed", state=the_round.state, event="cancel")
        the_round.state = ROUND.after(the_round.state, "cancel")
        the_round.reason, the_round.ended_at = said, now
        log = Log()
        log.add("round.cancelled", f"round:{round_id}", reason=said, seed=the_round.seed)
        tasks = session.scalars(select(Task.id).where(Task.round_id == round_id)).all()
        open_to_all(session, tasks, log)
        log.write(session, actor, now)
        return the_round.project_id
