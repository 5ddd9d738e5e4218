"""How an appeal ends, and what ends by itself: the judge's clock, and the time in which one can appeal."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Appeal, Claim, ClosedRefusal, OutcomeRow, Review, Segment, Task
from speechcorpus.store.store import Store
from speechcorpus.work.edges import APPEAL, TASK
from speechcorpus.workflows.appeals import add_appeal, appeal_of, is_closed, window_end
from speechcorpus.workflows.gold import correct_after_overturn
from speechcorpus.workflows.house_clock import steps_since
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.outcomes import close_line, release_refused
from speechcorpus.workflows.receipts import decision_receipt
from speechcorpus.workflows.review_fees import fee_of_appeal, release_fee
from speechcorpus.workflows.second_draw import draw_second
from speechcorpus.workflows.settling import refusal_of
from speechcorpus.workflows.withdrawn_items import is_withdrawn

JANITOR = "janitor"
End = Literal["uphold", "overturn", "expire"]


def end_appeal(
    session: Session,
    store: Store,
    appeal: Appeal,
    event: End,
    *,
    by: str,
    reason: str | None = None,
    now: datetime,
) -> None:
    """Take an open appeal to its end, in the transaction that holds its claim: the line, its money, its task.

    Overturned or left without an answer, the line is accepted and owed. Upheld, the refusal stands and its
    money goes back to the budget.
    """
    appeal.state, appeal.decided_at, appeal.lease_until = APPEAL.after(appeal.state, event), now, None
    appeal.reason = reason
    if event == "expire":
        appeal.judge_id = None  # nobody judged; who held it may have touched the item since
        release_fee(session, fee_of_appeal(session, appeal), now=now)
    session.flush()
    segment = session.get_one(Segment, appeal.segment_id)
    claim = session.get_one(Claim, segment.claim_id)
    row = session.get_one(OutcomeRow, (appeal.segment_id, appeal.line))
    if event == "uphold":
        _close(session, row, now)
    else:
        _pay(session, claim, segment, row, now)
    if event == "overturn":
        correct_after_overturn(session, segment.id, by=by, now=now)
    append_audit(
        session,
        actor=by,
        action=f"appeal.{appeal.state}",
        object=f"appeal:{appeal.id}",
        detail={"segment": appeal.segment_id, "line": appeal.line, "code": appeal.code},
        now=now,
    )
    decision_receipt(session, store, claim, now=now)


def _pay(session: Session, claim: Claim, segment: Segment, row: OutcomeRow, now: datetime) -> None:
    close_line(session, row, "overturn", now=now)
    task = session.get_one(Task, claim.task_id, with_for_update=True)
    if task.state == "rejected" and task.fence == claim.fence:  # else somebody else was refused
        task.state = TASK.after(task.state, "overturn")
    session.flush()
    draw_second(session, segment.id, now=now)
    enqueue(session, "cut_clip", {"segment_id": segment.id}, now=now)


def _close(session: Session, row: OutcomeRow, now: datetime) -> None:
    session.add(ClosedRefusal(segment_id=row.segment_id, line=row.line, closed_at=now))
    session.flush()
    release_refused(session, row, now=now)


def expire_appeals(store: Store, *, now: datetime) -> int:
    """Pay what no judge answered in time; return how many appeals that were."""
    late = select(Appeal.id).where(Appeal.state == "open", Appeal.due_at < now)
    with store.catalogue.read() as session:
        ids = session.scalars(late.order_by(Appeal.due_at)).all()
    return one_by_one(lambda appeal_id: _expire(store, appeal_id, now), ids)


def _expire(store: Store, appeal_id: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        appeal = locked_appeal(session, appeal_id)
        if appeal.state != "open" or now <= answer_end(session, appeal):
            return False  # a judge was faster, or only our clock was
        end_appeal(session, store, appeal, "expire", by=JANITOR, now=now)
    return True


def answer_end(session: Session, appeal: Appeal) -> datetime:
    """Return until when a judge can answer; what a clock jumped is added."""
    return appeal.due_at + steps_since(session, appeal.opened_at)


def locked_appeal(session: Session, appeal_id: str) -> Appeal:
    """Return an appeal as it is once its claim is held: one step of an item at a time."""
    segment_id = session.get_one(Appeal, appeal_id).segment_id
    claim_id = session.get_one(Segment, segment_id).claim_id
    session.get_one(Claim, claim_id, with_for_update=True)
    return session.get_one(Appeal, appeal_id, populate_existing=True)


def close_windows(store: Store, *, now: datetime) -> int:
    """Give back the money of refusals that nobody appealed in time; return how many lines."""
    with store.catalogue.read() as session:
        keys = [
            (row.segment_id, row.line)
            for row in _open_refusals(session)
            if now > window_end(session, session.get_one(Segment, row.segment_id), row)
        ]
    return one_by_one(lambda key: _close_window(store, *key, now), keys)


def _open_refusals(session: Session) -> Sequence[OutcomeRow]:
    """Return the refused lines without an appeal whose money is still set aside."""
    of_line = (Appeal.segment_id == OutcomeRow.segment_id, Appeal.line == OutcomeRow.line)
    closed = (ClosedRefusal.segment_id == OutcomeRow.segment_id, ClosedRefusal.line == OutcomeRow.line)
    wanted = select(OutcomeRow).where(
        OutcomeRow.state == "refused", ~exists().where(*of_line), ~exists().where(*closed)
    )
    return session.scalars(wanted.order_by(OutcomeRow.decided_at, OutcomeRow.segment_id)).all()


def _close_window(store: Store, segment_id: str, line: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        segment = session.get_one(Segment, segment_id)
        session.get_one(Claim, segment.claim_id, with_for_update=True)
        row = session.get_one(OutcomeRow, (segment_id, line), populate_existing=True)
        over = row.state == "refused" and now > window_end(session, segment, row)
        if not over or appeal_of(session, row) is not None or is_closed(session, row):
            return False
        _close(session, row, now)
        append_audit(
            session,
            actor=JANITOR,
            action="refusal.closed",
            object=f"segment:{segment_id}",
            detail={"line": line},
            now=now,
        )
    return True


def reopen_refusals(session: Session, reviewer_id: str, since: datetime, now: datetime) -> int:
    """Put the refusals of a reviewer since then before a judge: their ear is in doubt; return how many.

    Silence pays them, as with every appeal. What is closed stays closed: its money is gone.
    """
    mine = (Review.reviewer_id == reviewer_id, Review.decision == "reject", Review.decided_at >= since)
    rejected = set(session.scalars(select(Review.segment_id).where(*mine, Review.round > 0)))
    doubted = [
        row
        for row in _open_refusals(session)
        if row.segment_id in rejected and not is_withdrawn(session, row.segment_id, "review")
    ]
    for row in doubted:
        segment = session.get_one(Segment, row.segment_id)
        add_appeal(session, segment, row, "", opened_by="house", now=now)
    return len(doubted)


def lift_refusals(store: Store, project_id: str, codes: Collection[str], *, now: datetime) -> int:
    """Accept the open refusals on codes that cannot refuse any more (V9), also what waits for a judge.

    Returns how many lines. Each is a transaction of its own that may be done again: claim before project, as
    everywhere.
    """
    if not codes:
        return 0
    closed = (ClosedRefusal.segment_id == OutcomeRow.segment_id, ClosedRefusal.line == OutcomeRow.line)
    unsettled = (
        select(OutcomeRow.line, Segment)
        .join(Segment, Segment.id == OutcomeRow.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project_id, OutcomeRow.state == "refused", ~exists().where(*closed))
        .order_by(OutcomeRow.decided_at, OutcomeRow.segment_id, OutcomeRow.line)
    )
    with store.catalogue.read() as session:
        found = [(each, line, refusal_of(session, each)) for line, each in session.execute(unsettled).all()]
    keys = [(segment.id, line) for segment, line, finding in found if finding and finding.code in codes]
    return sum(_lift(store, segment_id, line, now) for segment_id, line in keys)


def _lift(store: Store, segment_id: str, line: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        segment = session.get_one(Segment, segment_id)
        session.get_one(Claim, segment.claim_id, with_for_update=True)
        row = session.get_one(OutcomeRow, (segment_id, line), populate_existing=True)
        if row.state != "refused" or is_closed(session, row):
            return False  # a judge was faster
        appeal = appeal_of(session, row) or add_appeal(session, segment, row, "", opened_by="house", now=now)
        end_appeal(session, store, appeal, "expire", by=JANITOR, now=now)
    return True
