"""The payouts page: what a project owes, what was proposed, by whom, and what may be done with it now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import (
    Contributor,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Payout,
    PayoutLine,
    Project,
    Staff,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.desk import NEWEST, projects_of, require_own
from speechcorpus.workflows.payouts import own_accounts
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.sign_in import SignedIn, is_proven

SHOWN = 20
"""How many payouts the page shows, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """What one person is paid in a batch."""

    contributor_id: str
    pseudonym: str
    amount_minor: int
    state: str  # pending | settled | failed
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRow:
    """One batch with its people and its state."""

    payout_id: str
    state: str
    attempt: int
    total_minor: int
    sha256: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    sent_at: datetime | None
    payments: Sequence[PaymentRow]
    mine: bool  # proposed by the one who looks: another person approves
    pays_me: bool

    @property
    def pending(self) -> int:
        """How many payments no bank has answered yet."""
        return sum(payment.state == "pending" for payment in self.payments)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutsView:
    """One project's payouts."""

    project_id: str
    title: str
    projects: Mapping[str, str]
    currency: str
    exponent: int
    owed_minor: int
    owed_people: int
    waiting_minor: int  # fees of staff of whom nobody said by which account they are paid
    oldest_at: datetime | None  # of what is owed
    due_at: datetime | None  # when the oldest must be paid, by the terms
    on_the_way_minor: int
    paid_minor: int
    payouts: Sequence[PayoutRow]
    proven: bool  # they have just shown what nobody can hand to them
    pays: bool  # this role approves and sends

    @property
    def may_propose(self) -> bool:
        """Whether there is something to propose and nothing waits for approval."""
        return self.owed_minor > 0 and all(row.state != "proposed" for row in self.payouts)


def payouts_view(
    store: Store, signed: SignedIn, project_id: str | None, *, now: datetime
) -> PayoutsView | None:
    """Return the payouts of a project, the newest by default; None while there is no project.

    Raises
    ------
    AccessError : `not-found` for anybody but managers of the project and payers
    """
    with store.catalogue.read() as session:
        require_staff(session, signed.actor, "manager", "payer")
        projects = _projects(session, signed)
        if project_id is not None:
            if signed.actor.role == "manager":
                require_own(session, signed.actor, project_id)
        elif projects:
            project_id = projects[0].id
        chosen = next((each for each in projects if each.id == project_id), None)
        if chosen is None and project_id is not None:
            raise not_found("project")
        return None if chosen is None else _view(session, signed, chosen, projects, now)


def _projects(session: Session, signed: SignedIn) -> Sequence[Project]:
    if signed.actor.role == "manager":
        return projects_of(session, signed.actor)
    return session.scalars(select(Project).order_by(*NEWEST)).all()


def _view(
    session: Session, signed: SignedIn, project: Project, projects: Sequence[Project], now: datetime
) -> PayoutsView:
    price = Terms.from_document(newest_terms(session, project.id).document).price
    owed = _owed(session, project.id)
    oldest_at = _oldest_owed(session, project.id) if owed else None
    return PayoutsView(
        project_id=project.id,
        title=project.title,
        projects={each.id: each.title for each in projects},
        currency=price.currency,
        exponent=price.exponent,
        owed_minor=sum(owed),
        owed_people=len(owed),
        waiting_minor=sum(_held(session, project.id, "owed")) - sum(owed),
        oldest_at=oldest_at,
        due_at=None if oldest_at is None else oldest_at + timedelta(days=price.pay_within_d),
        on_the_way_minor=sum(_held(session, project.id, "paying")),
        paid_minor=sum(_held(session, project.id, "paid")),
        payouts=_payouts(session, signed.actor.id, project.id),
        proven=is_proven(signed, now),
        pays=signed.actor.role == "payer",
    )


def _held(session: Session, project_id: str, where: str) -> Sequence[int]:
    accounts = select(LedgerAccount.balance_minor).where(
        LedgerAccount.project_id == project_id,
        LedgerAccount.name.like(f"{where}:%"),
        LedgerAccount.balance_minor > 0,
    )
    return [int(minor) for minor in session.scalars(accounts)]


def _owed(session: Session, project_id: str) -> Sequence[int]:
    """Return what is owed to each contributor: what a proposal would pay."""
    owed = (
        select(LedgerAccount.balance_minor)
        .join(Contributor, LedgerAccount.name == "owed:" + Contributor.id)
        .where(LedgerAccount.project_id == project_id, LedgerAccount.balance_minor > 0)
    )
    return [int(minor) for minor in session.scalars(owed)]


def _oldest_owed(session: Session, project_id: str) -> datetime | None:
    """Return since when the oldest line is owed that no payment reached: the oldest are paid first."""
    person = func.substr(LedgerEntry.account, len("owed:") + 1)
    reached = func.sum(LedgerEntry.amount_minor).over(
        partition_by=LedgerEntry.account, order_by=LedgerEntry.id
    )
    lines = (
        select(LedgerTransaction.at, person.label("person"), reached.label("reached"))
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .join(Contributor, LedgerEntry.account == "owed:" + Contributor.id)
        .where(LedgerTransaction.project_id == project_id)
        .where(LedgerTransaction.kind.in_(("accrue", "assign")))
        .subquery()
    )
    gone = (
        select(func.coalesce(func.sum(LedgerAccount.balance_minor), 0))
        .where(LedgerAccount.project_id == project_id)
        .where(LedgerAccount.name.in_(("paying:" + lines.c.person, "paid:" + lines.c.person)))
        .scalar_subquery()
    )
    oldest: datetime | None = session.scalar(select(func.min(lines.c.at)).where(lines.c.reached > gone))
    return oldest


def _payouts(session: Session, staff_id: str, project_id: str) -> Sequence[PayoutRow]:
    newest = (
        select(Payout)
        .where(Payout.project_id == project_id)
        .order_by(Payout.proposed_at.desc(), Payout.id)
        .limit(SHOWN)
    )
    payouts = session.scalars(newest).all()
    names = {row.id: row.name for row in session.scalars(select(Staff))}
    payments = _payments(session, [payout.id for payout in payouts])
    own = own_accounts(session, staff_id)
    return [
        PayoutRow(
            payout_id=payout.id,
            state=payout.state,
            attempt=payout.attempt,
            total_minor=payout.total_minor,
            sha256=payout.sha256,
            proposed_by=names[payout.proposed_by],
            proposed_at=payout.proposed_at,
            approved_by=names[payout.approved_by] if payout.approved_by else None,
            approved_at=payout.approved_at,
            sent_at=payout.sent_at,
            payments=payments[payout.id],
            mine=payout.proposed_by == staff_id,
            pays_me=any(row.contributor_id in own for row in payments[payout.id]),
        )
        for payout in payouts
    ]


def _payments(session: Session, payout_ids: Sequence[str]) -> Mapping[str, Sequence[PaymentRow]]:
    found: dict[str, list[PaymentRow]] = {payout_id: [] for payout_id in payout_ids}
    rows = (
        select(PayoutLine, Contributor.pseudonym)
        .join(Contributor, Contributor.id == PayoutLine.contributor_id)
        .where(PayoutLine.payout_id.in_(payout_ids))
        .order_by(Contributor.pseudonym)
    )
    for line, pseudonym in session.execute(rows):
        row = PaymentRow(
            contributor_id=line.contributor_id,
            pseudonym=pseudonym,
            amount_minor=line.amount_minor,
            state=line.state,
            reference=line.reference,
        )
        found[line.payout_id].append(row)
    return found
