"""The budget page: where a project's money is, how it got there, and what the rest will buy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import PriceTerms, Terms
from speechcorpus.store.models import LedgerAccount, LedgerEntry, LedgerTransaction, Payout, Project
from speechcorpus.store.store import Store
from speechcorpus.workflows.desk import own_project, projects_of
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.views.coverage import accepted_seconds, missing_seconds
from speechcorpus.workflows.views.ledger import budget_of
from speechcorpus.workflows.working_time import FloorAlarm, floor_alarms

PARTS: Final = ("paid", "paying", "owed", "reserved", "free")  # together they are what was put in
ACCOUNTS: Final[Mapping[str, str]] = {
    "funding": "funding",
    "project_budget": "free",
    "reserved": "reserved",
    "owed": "owed",
    "paying": "paying",
    "paid": "paid",
}
PENDING: Final = ("proposed", "approved", "sent")
SECONDS_PER_HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the accounts held at the end of a day (UTC), in minor units."""

    day: date
    paid: int
    owed: int  # approved and in transit with it
    reserved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutLine:
    """A batch that is under way."""

    payout_id: str
    state: str
    total_minor: int
    proposed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPage:
    """The money of one project, in minor units of its currency."""

    project_id: str
    title: str
    projects: Mapping[str, str]
    price: PriceTerms
    funding: int  # what was ever put in
    parts: Mapping[str, int]  # of PARTS: together they are the funding
    people_owed: int
    days: tuple[Day, ...]
    payouts: tuple[PayoutLine, ...]
    alarms: tuple[FloorAlarm, ...]  # work that pays a quarter of its people less than was promised
    accepted_s: float
    missing_s: float  # of the targets

    @property
    def spent(self) -> int:
        """What accepted work has come to: owed, under way and paid."""
        return self.parts["owed"] + self.parts["paying"] + self.parts["paid"]

    @property
    def per_hour_minor(self) -> int | None:
        """What an accepted hour has cost; None before the first one."""
        hours = self.accepted_s / SECONDS_PER_HOUR
        return round(self.spent / hours) if hours > 0 else None

    @property
    def to_targets_minor(self) -> int | None:
        """What the rest of the targets would cost at that price; None while nothing tells."""
        cost = self.per_hour_minor
        return None if cost is None else round(cost * self.missing_s / SECONDS_PER_HOUR)

    @property
    def is_enough(self) -> bool | None:
        """Whether what is free pays for the rest of the targets; None while nothing tells."""
        wanted = self.to_targets_minor
        return None if wanted is None else wanted <= self.parts["free"]


def budget_page(store: Store, actor: Actor, project_id: str | None = None) -> BudgetPage | None:
    """Return the money of a project, the newest one by default; None before the first is made.

    Raises
    ------
    AccessError : `not-found` for anybody else, and for other managers' projects
    """
    with store.catalogue.read() as session:
        project = own_project(session, actor, project_id)
        if project is None:
            return None
        titles = {each.id: each.title for each in projects_of(session, actor)}
        return _view(session, project, titles)


def _view(session: Session, project: Project, titles: Mapping[str, str]) -> BudgetPage:
    held = budget_of(session, project.id)
    terms = Terms.from_document(newest_terms(session, project.id).document)
    return BudgetPage(
        project_id=project.id,
        title=project.title,
        projects=titles,
        price=terms.price,
        funding=held.funded_minor,
        parts={
            "paid": held.paid_minor,
            "paying": held.paying_minor,
            "owed": held.owed_minor,
            "reserved": held.reserved_minor,
            "free": held.budget_minor,
        },
        people_owed=_people_owed(session, project.id),
        days=_days(session, project.id),
        payouts=_payouts(session, project.id),
        alarms=floor_alarms(session, project.id, terms),
        accepted_s=accepted_seconds(session, [project.id]),
        missing_s=missing_seconds(session, [project.id]),
    )


def _people_owed(session: Session, project_id: str) -> int:
    owed = (LedgerAccount.name.startswith("owed:"), LedgerAccount.balance_minor > 0)
    wanted = select(func.count()).where(LedgerAccount.project_id == project_id, *owed)
    return session.scalar(wanted) or 0


def _days(session: Session, project_id: str) -> tuple[Day, ...]:
    """Return the balances at the end of every day on which money moved, with the days between."""
    kind = case(
        *((LedgerEntry.account.startswith(f"{name}:"), part) for name, part in ACCOUNTS.items()), else_=""
    )
    day = _day(session, LedgerTransaction.at)
    rows = session.execute(
        select(day, kind, func.sum(LedgerEntry.amount_minor))
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerTransaction.project_id == project_id, LedgerTransaction.state == "posted")
        .group_by(day, kind)
    )
    moved: dict[date, dict[str, int]] = {}
    for said, part, minor in rows:
        moved.setdefault(date.fromisoformat(said), {})[part] = int(minor)
    return tuple(_running(moved)) if moved else ()


def _day(session: Session, moment: Any) -> Any:
    """Return a moment's day in UTC, as text: databases write times differently."""
    if session.get_bind().dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD")
    return func.strftime("%Y-%m-%d", moment)


def _running(moved: Mapping[date, Mapping[str, int]]) -> list[Day]:
    held = dict.fromkeys((*PARTS, "funding", ""), 0)
    days, at, last = [], min(moved), max(moved)
    while at <= last:
        for part, minor in moved.get(at, {}).items():
            held[part] += minor
        owed = held["owed"] + held["paying"]
        days.append(Day(day=at, paid=held["paid"], owed=owed, reserved=held["reserved"]))
        at += timedelta(days=1)
    return days


def _payouts(session: Session, project_id: str) -> tuple[PayoutLine, ...]:
    rows: Sequence[Payout] = session.scalars(
        select(Payout)
        .where(Payout.project_id == project_id, Payout.state.in_(PENDING))
        .order_by(Payout.proposed_at)
    ).all()
    return tuple(
        PayoutLine(
            payout_id=row.id, state=row.state, total_minor=row.total_minor, proposed_at=row.proposed_at
        )
        for row in rows
    )
