"""Payouts: one person proposes what is owed, another approves exactly that; only then is money on its way.

Both have just shown a passkey or a password of their own, and neither is paid by it.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, LedgerError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import (
    Acquaintance,
    Contributor,
    LedgerAccount,
    Payout,
    PayoutLine,
    Project,
    Staff,
)
from speechcorpus.store.store import Store
from speechcorpus.work import ledger as book
from speechcorpus.work.edges import PAYMENT, PAYOUT
from speechcorpus.work.payout_batch import batch_document, batch_sha256
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.desk import require_own
from speechcorpus.workflows.factors import require_live
from speechcorpus.workflows.ledger import balance, lock_ledger, post
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.sign_in import SignedIn, is_proven


def propose_payout(store: Store, signed: SignedIn, project_id: str, *, now: datetime) -> str:
    """Propose to pay everything a project owes now and return the payout's id.

    What is owed to the one who proposes is left out: for that somebody else proposes.

    Raises
    ------
    AccessError : `not-found`; `payout.sign-in` unless a passkey or a password was just shown
    LedgerError : `payout.nothing` when nothing is owed, `payout.open` while another proposal waits
    """
    with store.catalogue.write() as session:
        staff = _proposer(session, signed, project_id, now)
        lock_ledger(session, project_id)
        amounts = _owed(session, project_id, but=own_accounts(session, staff.id))
        if not amounts:
            raise LedgerError("payout.nothing", "nothing is owed", project=project_id)
        _require_none_open(session, project_id)
        price = Terms.from_document(newest_terms(session, project_id).document).price
        payout = Payout(id=str(uuid4()), project_id=project_id, state="proposed", attempt=1)
        payout.currency, payout.exponent = price.currency, price.exponent
        payout.total_minor, payout.proposed_by = sum(amounts.values()), staff.id
        payout.proposed_at, payout.sha256 = now, batch_sha256(_document(payout, amounts))
        session.add(payout)
        session.flush()
        session.add_all(
            PayoutLine(payout_id=payout.id, contributor_id=person, amount_minor=minor)
            for person, minor in amounts.items()
        )
        session.flush()
        audit_payout(session, signed.actor, "payout.proposed", payout, now)
        return payout.id


def approve_payout(store: Store, signed: SignedIn, payout_id: str, *, sha256: str, now: datetime) -> None:
    """Approve the batch of this hash: from here on its money cannot be paid a second time.

    Raises
    ------
    AccessError : `not-found` for anybody but payers; `payout.sign-in`
    LedgerError : `payout.same-person` for the one who proposed it, `payout.own` for one who is paid by it,
        `payout.changed` if it is not the batch of `sha256`, or is not owed like this any more
    SittingError : `payout.edge` for one that is not proposed, so of two approvals one counts
    """
    with store.catalogue.write() as session:
        staff = require_staff(session, signed.actor, "payer")
        require_proof(session, signed, now)
        payout = locked_payout(session, payout_id)
        after = PAYOUT.after(payout.state, "approve")
        amounts = amounts_of(session, payout)
        _require_second_person(session, payout, staff, amounts)
        if sha256 != payout.sha256 or batch_sha256(_document(payout, amounts)) != sha256:
            raise _changed(payout)
        if any(minor > _owed_to(session, payout, person) for person, minor in amounts.items()):
            raise _changed(payout)
        post(session, book.approve(payout.project_id, amounts, batch=batch_of(payout)), now=now)
        payout.state, payout.approved_by, payout.approved_at = after, staff.id, now
        session.flush()
        audit_payout(session, signed.actor, "payout.approved", payout, now)


def cancel_payout(store: Store, actor: Actor, payout_id: str, *, now: datetime) -> None:
    """Take a proposal back; what it named stays owed.

    Raises
    ------
    SittingError : `payout.edge` for one that was approved
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "manager", "payer")
        payout = locked_payout(session, payout_id)
        _require_project(session, actor, payout.project_id)
        payout.state, payout.ended_at = PAYOUT.after(payout.state, "cancel"), now
        session.flush()
        audit_payout(session, actor, "payout.cancelled", payout, now)


def propose_again(store: Store, signed: SignedIn, payout_id: str, *, now: datetime) -> None:
    """Propose a batch anew of which no payment arrived: the same payments, to be approved once more.

    Raises
    ------
    As `propose_payout`, and SittingError `payout.edge` for one that did not fail
    """
    with store.catalogue.write() as session:
        payout = locked_payout(session, payout_id)
        staff = _proposer(session, signed, payout.project_id, now)
        after = PAYOUT.after(payout.state, "propose")
        _require_none_open(session, payout.project_id)
        amounts = amounts_of(session, payout)
        if amounts.keys() & own_accounts(session, staff.id):
            raise _is_payee(payout)
        payout.state, payout.attempt, payout.proposed_by = after, payout.attempt + 1, staff.id
        payout.proposed_at, payout.approved_by, payout.approved_at = now, None, None
        payout.sent_at = payout.ended_at = None
        payout.sha256 = batch_sha256(_document(payout, amounts))
        session.flush()
        for line in lines_of(session, payout.id):
            line.state, line.reference, line.ended_at = PAYMENT.after(line.state, "propose"), None, None
        session.flush()
        audit_payout(session, signed.actor, "payout.proposed", payout, now)


def batch_bytes(session: Session, payout: Payout) -> bytes:
    """Return what is sent; it is what was approved.

    Raises
    ------
    LedgerError : `payout.changed` if somebody changed it in the database meanwhile
    """
    document = _document(payout, amounts_of(session, payout))
    if batch_sha256(document) != payout.sha256:
        raise _changed(payout)
    return document


def require_proof(session: Session, signed: SignedIn, now: datetime) -> None:
    """Refuse a sign-in by a link, or one that is too old: neither will do for money.

    Raises
    ------
    AccessError : `payout.sign-in`; `auth.expired` for one that was just ended
    """
    require_live(session, signed.session_token)
    if not is_proven(signed, now):
        raise AccessError("payout.sign-in", "money wants a passkey or a password of the last 10 minutes")


def locked_payout(session: Session, payout_id: str) -> Payout:
    """Return a payout whose row and whose project's money nobody else moves until the transaction ends."""
    project_id = session.scalar(select(Payout.project_id).where(Payout.id == payout_id))
    if project_id is None:
        raise not_found("payout")
    lock_ledger(session, project_id)
    return session.get_one(Payout, payout_id, with_for_update=True, populate_existing=True)


def lines_of(session: Session, payout_id: str) -> list[PayoutLine]:
    """Return the payments of a batch, in the order of the batch."""
    mine = select(PayoutLine).where(PayoutLine.payout_id == payout_id)
    return list(session.scalars(mine.order_by(PayoutLine.contributor_id)))


def amounts_of(session: Session, payout: Payout) -> Mapping[str, int]:
    """Return what each person is paid by a batch, in minor units."""
    return {line.contributor_id: line.amount_minor for line in lines_of(session, payout.id)}


def batch_of(payout: Payout) -> str:
    """Return the name under which the ledger books an attempt of a batch once."""
    return f"{payout.id}:{payout.attempt}"


def own_accounts(session: Session, staff_id: str) -> frozenset[str]:
    """Return the contributors who are known to be this member of staff."""
    own = (Acquaintance.staff_id == staff_id, Acquaintance.kind == "own")
    return frozenset(session.scalars(select(Acquaintance.contributor_id).where(*own)))


def audit_payout(session: Session, actor: Actor, action: str, payout: Payout, now: datetime) -> None:
    """Log a step of a payout with the hash of its batch."""
    append_audit(
        session,
        actor=actor,
        action=action,
        object=f"payout:{payout.id}",
        detail={"sha256": payout.sha256, "attempt": payout.attempt, "total_minor": payout.total_minor},
        now=now,
    )


def _proposer(session: Session, signed: SignedIn, project_id: str, now: datetime) -> Staff:
    staff = require_staff(session, signed.actor, "manager", "payer")
    _require_project(session, signed.actor, project_id)
    require_proof(session, signed, now)
    return staff


def _require_project(session: Session, actor: Actor, project_id: str) -> None:
    if actor.role == "manager":
        require_own(session, actor, project_id)
    elif session.get(Project, project_id) is None:
        raise not_found("project")


def _require_none_open(session: Session, project_id: str) -> None:
    waiting = select(func.count()).where(Payout.project_id == project_id, Payout.state == "proposed")
    if session.scalar(waiting):
        raise LedgerError("payout.open", "another proposal waits for approval", project=project_id)


def _require_second_person(
    session: Session, payout: Payout, staff: Staff, amounts: Mapping[str, int]
) -> None:
    if staff.id == payout.proposed_by:
        raise LedgerError("payout.same-person", "whoever proposed it does not approve it", payout=payout.id)
    if amounts.keys() & (own_accounts(session, staff.id) | own_accounts(session, payout.proposed_by)):
        raise _is_payee(payout)


def _is_payee(payout: Payout) -> LedgerError:
    return LedgerError("payout.own", "nobody sends money to themselves", payout=payout.id)


def _changed(payout: Payout) -> LedgerError:
    return LedgerError("payout.changed", "this is not the batch that was proposed", payout=payout.id)


def _owed(session: Session, project_id: str, *, but: frozenset[str]) -> Mapping[str, int]:
    """Return what is owed to each contributor; fees of staff wait for the account they are paid by."""
    owed = (
        select(Contributor.id, LedgerAccount.balance_minor)
        .join(LedgerAccount, LedgerAccount.name == "owed:" + Contributor.id)
        .where(LedgerAccount.project_id == project_id, LedgerAccount.balance_minor > 0)
        .order_by(Contributor.id)
    )
    return {person: int(minor) for person, minor in session.execute(owed) if person not in but}


def _owed_to(session: Session, payout: Payout, person: str) -> int:
    return balance(session, payout.project_id, f"owed:{person}")


def _document(payout: Payout, amounts: Mapping[str, int]) -> bytes:
    return batch_document(
        payout=payout.id,
        attempt=payout.attempt,
        project=payout.project_id,
        currency=payout.currency,
        exponent=payout.exponent,
        amounts=amounts,
    )
