"""Flat fees: one sum for one piece of work, set aside once, owed once, or given back."""

from datetime import datetime

from sqlalchemy.orm import Session

from speechcorpus.work import ledger as book
from speechcorpus.workflows.ledger import is_posted, lock_ledger, post, reserve, reserved

FLAT = 12  # letters of a kind that the key of a flat fee keeps


def reserve_flat(
    session: Session,
    person_id: str | None,  # noqa: ARG001  called like `accrue_flat`; money set aside is nobody's yet
    project_id: str,
    *,
    kind: str,
    key: str,
    amount: int,
    now: datetime,
) -> None:
    """Set a flat fee aside before somebody works for it; asked again it stays as it is.

    Raises
    ------
    SittingError : `budget.short`
    """
    lock_ledger(session, project_id)
    posting = book.reserve(project_id, amount, claim=None, item=f"{kind}:{key}", line=kind[:FLAT])
    if not is_posted(session, posting):
        reserve(session, project_id, amount, claim_id=None, item=posting.item, line=posting.line, now=now)


def accrue_flat(
    session: Session, person_id: str, project_id: str, *, kind: str, key: str, amount: int, now: datetime
) -> None:
    """Owe a person a flat fee, once; what was not set aside before is taken from the budget now.

    Raises
    ------
    SittingError : `budget.short`
    """
    lock_ledger(session, project_id)
    item, line = f"{kind}:{key}", kind[:FLAT]
    posting = book.accrue(project_id, person_id, amount, claim=None, item=item, line=line)
    if is_posted(session, posting):
        return
    reserve_flat(session, person_id, project_id, kind=kind, key=key, amount=amount, now=now)
    post(session, posting, now=now)


def release_flat(session: Session, project_id: str, *, kind: str, key: str, now: datetime) -> None:
    """Give back a flat fee that nobody will earn any more."""
    lock_ledger(session, project_id)
    item = f"{kind}:{key}"
    left = reserved(session, project_id, claim_id=None, item=item)
    if left > 0:
        post(session, book.unreserve(project_id, left, claim=None, item=item, line=kind[:FLAT]), now=now)
