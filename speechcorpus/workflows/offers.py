"""Offers: a task of a round held for one person, until they take it or it goes to the next in rank."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from speechcorpus.corpus.prompt_pool import preferred
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.audit import append_audit
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.models import Contributor, Offer, Round, RoundEntry, Task, TermsVersion
from speechcorpus.store.store import Store
from speechcorpus.work.draw import Cell, least_covered
from speechcorpus.work.edges import OFFER
from speechcorpus.workflows.access import not_found, require_contributor
from speechcorpus.workflows.caps import has_room
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.prompt_pools import held_out_speakers, pools_of
from speechcorpus.workflows.qualifications import require_speaker

GIVEN = ("claimed", "submitted", "in_review", "accepted")


@dataclass(frozen=True, slots=True)
class Log:
    """What happened to offers in a transaction; audit rows come last, for writers of the log wait there."""

    rows: list[tuple[str, str, Mapping[str, object]]] = field(default_factory=list)

    def add(self, action: str, about: str, **detail: object) -> None:
        """Remember one event."""
        self.rows.append((action, about, detail))

    def write(self, session: Session, actor: Actor | str, now: datetime) -> None:
        """Append every event to the audit log."""
        for action, about, detail in self.rows:
            append_audit(session, actor=actor, action=action, object=about, detail=detail, now=now)


def decline_offer(store: Store, actor: Actor, offer_id: str, *, now: datetime) -> None:
    """Let the offered task go to the next in rank; no reason asked, and nothing is held against anybody.

    An offer that is over already stays as it ended.
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        offer = own_offer(session, actor, offer_id)
        log = Log()
        lock_round(session, offer.round_id)
        if _end(session, offer_id, "pass", "declined", now):
            log.add("offer.declined", f"offer:{offer_id}", task=offer.task_id)
            pass_on(session, session.get_one(Task, offer.task_id), log, now=now)
        log.write(session, actor, now)


def own_offer(session: Session, actor: Actor, offer_id: str) -> Offer:
    """Return an offer made to the contributor who asks."""
    found = session.get(Offer, offer_id)
    if found is None or actor.role != "contributor" or found.contributor_id != actor.id:
        raise not_found("offer")
    return found


def offer_holds(offer_id: str, contributor_id: str, now: datetime) -> ColumnElement[bool]:
    """Return the condition under which a task may be claimed through this offer."""
    standing = select(Offer.id).where(
        Offer.id == offer_id,
        Offer.task_id == Task.id,
        Offer.contributor_id == contributor_id,
        Offer.state == "open",
        Offer.accept_until > now,
    )
    return standing.exists()


def take_offer(session: Session, offer_id: str, claim_id: str, now: datetime) -> bool:
    """Mark an offer as taken by a claim; False if it was over."""
    return _end(session, offer_id, "take", "taken", now, claim_id=claim_id)


def _end(session: Session, offer_id: str, event: str, how: str, now: datetime, **more: object) -> bool:
    values = {"state": OFFER.after("open", event), "how": how, "ended_at": now, **more}
    over = update(Offer).where(Offer.id == offer_id, Offer.state == "open").values(**values)
    return changed_rows(session.execute(over)) == 1


def pass_late_offers(session: Session, round_id: str, log: Log, *, now: datetime) -> int:
    """End the offers of a round that nobody answered in time and pass their tasks on; return how many.

    The caller holds the lock of the round.
    """
    late = select(Offer.id, Offer.task_id).where(
        Offer.round_id == round_id, Offer.state == "open", Offer.accept_until <= now
    )
    ended = [
        (offer_id, task_id)
        for offer_id, task_id in session.execute(late.order_by(Offer.accept_until, Offer.id)).all()
        if _end(session, offer_id, "pass", "time", now)  # taken in the last moment: that stands
    ]
    for offer_id, task_id in ended:
        log.add("offer.passed", f"offer:{offer_id}", task=task_id)
        pass_on(session, session.get_one(Task, task_id), log, now=now)
    return len(ended)


def pass_on(session: Session, task: Task, log: Log, *, now: datetime) -> None:
    """Offer a task that is open again to the next in rank whom it fits; without one it is open to all."""
    if task.round_id is None or task.state != "open":
        return
    the_round = lock_round(session, task.round_id)
    if the_round.state == "drawn":
        terms = terms_of_round(session, the_round)
        for entry in waiting(session, the_round.id):
            if _ticked(entry)((task.band, task.style)) and is_ready_for(session, entry, terms, task.id):
                make_offer(session, the_round, entry, task.id, terms, log, now=now)
                return
    open_to_all(session, [task.id], log)


def lock_round(session: Session, round_id: str) -> Round:
    """Return a round nobody else changes until this transaction ends."""
    session.flush()  # the row is read anew
    return session.get_one(Round, round_id, with_for_update=True)


def terms_of_round(session: Session, the_round: Round) -> Terms:
    """Return the terms a round was announced under."""
    return Terms.from_document(session.get_one(TermsVersion, the_round.terms_id).document)


def waiting(session: Session, round_id: str) -> Sequence[RoundEntry]:
    """Return the wait list of a drawn round: whom nothing was offered yet, in the order of rank."""
    mine = (RoundEntry.round_id == round_id, RoundEntry.rank.is_not(None), RoundEntry.won_at.is_(None))
    return session.scalars(select(RoundEntry).where(*mine).order_by(RoundEntry.rank)).all()


def is_ready_for(session: Session, entry: RoundEntry, terms: Terms, task_id: str) -> bool:
    """Say whether this person could claim the task now: still here, agreed, qualified, with room."""
    person = session.get_one(Contributor, entry.contributor_id)
    if person.state != "active" or not has_room(session, person.id, terms, task_id):
        return False
    try:
        require_consent(session, person.id, terms)
        require_speaker(session, person.id, terms.project.variety, terms)
    except SpeechCorpusError:
        return False
    return True


def make_offer(
    session: Session,
    the_round: Round,
    entry: RoundEntry,
    task_id: str,
    terms: Terms,
    log: Log,
    *,
    now: datetime,
) -> None:
    """Hold a task for a person; from now on the round counts as won, also if they never answer."""
    until = now + timedelta(hours=terms.draw.accept_h)
    offer = Offer(
        id=str(uuid4()),
        round_id=the_round.id,
        entry_id=entry.id,
        task_id=task_id,
        contributor_id=entry.contributor_id,
        state="open",
        offered_at=now,
        accept_until=until,
    )
    entry.won_at = entry.won_at or now
    session.add(offer)
    session.flush()
    log.add("offer.made", f"offer:{offer.id}", task=task_id, ticket=entry.ticket, rank=entry.rank)


def walk(
    session: Session, the_round: Round, entries: Sequence[RoundEntry], log: Log, *, now: datetime
) -> Sequence[str]:
    """Go through the ranks once, giving each person the least-covered task that fits; return whom it fitted.

    Of equal work, who is in dev or test of a release gets the sentences kept back for them. What is left
    over and fits nobody who waits is open to all.
    """
    terms = terms_of_round(session, the_round)
    free, covered = _free(session, the_round.id), _covered(session, the_round.project_id)
    pools = pools_of(session, the_round)
    splits = held_out_speakers(session, the_round.project_id)
    served = []
    for entry in entries:
        found = least_covered(free, covered, _ticked(entry))
        if found is None or not is_ready_for(session, entry, terms, found[1]):
            continue
        cell, _ = found
        task_id = preferred(free[cell], pools, splits.get(entry.contributor_id))
        free[cell].remove(task_id)
        covered[cell] = (covered[cell][0] + 1, covered[cell][1])
        make_offer(session, the_round, entry, task_id, terms, log, now=now)
        served.append(entry.ticket)
    open_to_all(session, [task for tasks in free.values() for task in tasks], log)
    return served


def open_to_all(session: Session, task_ids: Sequence[str], log: Log) -> None:
    """Take tasks out of their round: whoever comes may claim them, within the caps."""
    if task_ids:
        session.execute(update(Task).where(Task.id.in_(task_ids)).values(round_id=None))
        for task_id in sorted(task_ids):
            log.add("task.open-to-all", f"task:{task_id}")


def _ticked(entry: RoundEntry) -> Callable[[Cell], bool]:
    return lambda cell: cell[0] in entry.bands and cell[1] in entry.styles


def _free(session: Session, round_id: str) -> dict[Cell, list[str]]:
    held = select(Offer.task_id).where(Offer.state == "open", Offer.round_id == round_id)
    rows = session.execute(
        select(Task.band, Task.style, Task.id)
        .where(Task.round_id == round_id, Task.state == "open", Task.id.not_in(held))
        .order_by(Task.created_at, Task.id)
    )
    free: dict[Cell, list[str]] = {}
    for band, style, task_id in rows:
        free.setdefault((band, style), []).append(task_id)
    return free


def _covered(session: Session, project_id: str) -> dict[Cell, tuple[int, int]]:
    held = select(Offer.task_id).where(Offer.state == "open")
    given = func.count().filter(or_(Task.state.in_(GIVEN), Task.id.in_(held)))
    rows = session.execute(
        select(Task.band, Task.style, given, func.count())
        .where(Task.project_id == project_id, Task.state != "void", Task.audition_id.is_(None))
        .group_by(Task.band, Task.style)
    )
    return {(band, style): (done, every) for band, style, done, every in rows}


def tickets_json(tickets: Sequence[str]) -> str:
    """Return tickets as the round keeps them."""
    return json.dumps(list(tickets), separators=(",", ":"))
