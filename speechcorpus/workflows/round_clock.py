"""What the clock does to rounds: open, close, draw, pass late offers on, settle."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.store.models import Offer, Round, RoundEntry, Task
from speechcorpus.store.store import Store
from speechcorpus.work.draw import drawn, root_of, sorted_roll, weight_of
from speechcorpus.work.edges import ROUND
from speechcorpus.workflows.offers import (
    Log,
    lock_round,
    pass_late_offers,
    pass_on,
    tickets_json,
    waiting,
    walk,
)
from speechcorpus.workflows.one_by_one import one_by_one

MOVING = ("announced", "open", "closed", "drawn")
LOSSES_COUNT = timedelta(days=28)
CLOCK = "clock"  # who acted, as the audit log has it


def advance_rounds(store: Store, *, now: datetime) -> int:
    """Move every round as far as its times say; return how many steps were made.

    Each step is a transaction of its own: the roll is out before the seed is.
    """
    with store.catalogue.read() as session:
        round_ids = session.scalars(select(Round.id).where(Round.state.in_(MOVING)).order_by(Round.id)).all()
    return one_by_one(lambda round_id: _steps(store, round_id, now), round_ids)


def _steps(store: Store, round_id: str, now: datetime) -> int:
    steps = 0
    while _step(store, round_id, now):
        steps += 1
    return steps


def _step(store: Store, round_id: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        the_round, log = lock_round(session, round_id), Log()
        moved = _move(session, the_round, log, now)
        session.flush()
        log.write(session, CLOCK, now)
        return moved


def _move(session: Session, the_round: Round, log: Log, now: datetime) -> bool:
    match the_round.state:
        case "announced" if now >= the_round.opens_at:
            the_round.state = ROUND.after(the_round.state, "open")
            log.add("round.opened", f"round:{the_round.id}")
        case "open" if now >= the_round.closes_at:
            _close(session, the_round, log, now)
        case "closed":
            _draw(session, the_round, log, now)
        case "drawn":
            passed = pass_late_offers(session, the_round.id, log, now=now)
            return bool(_pass_forgotten(session, the_round, log, now) + passed) or _settle(
                session, the_round, log, now
            )
        case _:
            return False
    return True


def _entries(session: Session, round_id: str) -> dict[str, RoundEntry]:
    rows = session.scalars(select(RoundEntry).where(RoundEntry.round_id == round_id))
    return {row.ticket: row for row in rows}


def _close(session: Session, the_round: Round, log: Log, now: datetime) -> None:
    """Weigh every ticket and publish the roll: from here on neither tickets nor weights can change."""
    entries = _entries(session, the_round.id)
    for entry in entries.values():
        entry.weight = weight_of(losses(session, entry.contributor_id, the_round.project_id, now=now))
    roll = sorted_roll((ticket, entry.weight or 1) for ticket, entry in entries.items())
    the_round.roll = canonical_json([[ticket, weight] for ticket, weight in roll]).decode()
    the_round.root, the_round.state = root_of(roll), ROUND.after(the_round.state, "close")
    log.add("round.closed", f"round:{the_round.id}", tickets=len(roll), root=the_round.root)


def losses(session: Session, contributor_id: str, project_id: str, *, now: datetime) -> int:
    """Return how many rounds of a project a person lost in the last 28 days since the last one won."""
    theirs = (RoundEntry.contributor_id == contributor_id, Round.project_id == project_id)
    joined = select(RoundEntry).join(Round, Round.id == RoundEntry.round_id).where(*theirs)
    last_win = session.scalar(joined.with_only_columns(func.max(RoundEntry.won_at)))
    since = now - LOSSES_COUNT if last_win is None else max(last_win, now - LOSSES_COUNT)
    lost = joined.where(RoundEntry.won_at.is_(None), Round.drawn_at > since)
    return session.scalar(lost.with_only_columns(func.count())) or 0


def _draw(session: Session, the_round: Round, log: Log, now: datetime) -> None:
    """Rank the tickets, reveal the seed and walk the ranks once."""
    entries = _entries(session, the_round.id)
    # as it was published: whoever has no weight was not in it
    roll = sorted_roll((ticket, entry.weight) for ticket, entry in entries.items() if entry.weight)
    ranking = drawn(bytes.fromhex(the_round.seed), roll)
    for rank, ticket in enumerate(ranking, start=1):
        entries[ticket].rank = rank
    the_round.state, the_round.drawn_at = ROUND.after(the_round.state, "draw"), now
    log.add("round.drawn", f"round:{the_round.id}", seed=the_round.seed, root=the_round.root)
    session.flush()
    served = walk(session, the_round, [entries[ticket] for ticket in ranking], log, now=now)
    the_round.ranking, the_round.offered = tickets_json(ranking), tickets_json(served)


def _pass_forgotten(session: Session, the_round: Round, log: Log, now: datetime) -> int:
    """Pass on tasks of a round that are open and offered to nobody: none should be, and none may lie idle."""
    held = select(Offer.task_id).where(Offer.state == "open", Offer.round_id == the_round.id)
    idle = select(Task).where(Task.round_id == the_round.id, Task.state == "open", Task.id.not_in(held))
    tasks = session.scalars(idle.order_by(Task.id)).all()
    for task in tasks:
        pass_on(session, task, log, now=now)
    return len(tasks)


def _settle(session: Session, the_round: Round, log: Log, now: datetime) -> bool:
    """End a round once nobody waits any more, or nothing that was given out can come back."""
    live = select(Task.id).where(Task.round_id == the_round.id, Task.state.in_(("open", "claimed")))
    tasks = session.scalars(live).all()
    if tasks and (waiting(session, the_round.id) or _is_offered(session, the_round.id)):
        return False
    the_round.state, the_round.ended_at = ROUND.after(the_round.state, "settle"), now
    log.add("round.settled", f"round:{the_round.id}")
    return True


def _is_offered(session: Session, round_id: str) -> bool:
    standing = select(Offer.id).where(Offer.round_id == round_id, Offer.state == "open").limit(1)
    return session.scalars(standing).first() is not None
