"""What staff are paid for a decision: the same whatever they decide, set aside before they begin.

It is owed for a gold item, a second opinion and a decision that turned out to be too quick as well: who
looked at their pay would else learn which those were.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypedDict

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from speechcorpus.store.models import (
    Acquaintance,
    Appeal,
    Audition,
    AuditionReview,
    Claim,
    Contributor,
    LedgerAccount,
    Review,
    SecondTranscript,
    Segment,
    Settlement,
    Task,
    TermsVersion,
)
from speechcorpus.work import ledger as book
from speechcorpus.workflows.flat_fees import accrue_flat, release_flat, reserve_flat
from speechcorpus.workflows.ledger import lock_ledger, post
from speechcorpus.workflows.projects import terms_by_hash

Decided = Literal["review", "appeal", "listening", "settlement"]
DECIDED: Final[tuple[Decided, ...]] = ("review", "appeal", "listening", "settlement")
"""An item, a refusal, an audition, two texts: the kinds of fee, and the lines they are booked as."""
Standing = Literal["open", "decided", "over"]
STANDING: Final[Mapping[str, Standing]] = {
    **dict.fromkeys(("decided", "upheld", "overturned", "settled"), "decided"),
    **dict.fromkeys(("lapsed", "expired"), "over"),
}
"""Whether somebody decided, or nobody will; every other state is open."""
ASSIGNED: Final = "fees"
"""The line of what was owed before anybody had said by which account a member of staff is paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What one decision is paid, and from where; 0 where the terms do not pay staff by decision."""

    project_id: str
    decided: Decided
    key: str  # the id of what is decided
    amount: int


class _Booked(TypedDict):
    kind: str
    key: str
    amount: int


def fee_of_review(session: Session, review: Review) -> Fee:
    """Return the fee of a look at an item, gold or not."""
    segment = session.get_one(Segment, review.segment_id)
    return _fee(session, segment, review.terms_sha256, "review", review.id)


def fee_of_appeal(session: Session, appeal: Appeal) -> Fee:
    """Return the fee of a judgement about a refused line."""
    segment = session.get_one(Segment, appeal.segment_id)
    terms_sha256 = session.get_one(Claim, segment.claim_id).terms_sha256
    return _fee(session, segment, terms_sha256, "appeal", appeal.id)


def fee_of_listening(session: Session, review: AuditionReview) -> Fee:
    """Return the fee of an opinion about an audition."""
    audition = session.get_one(Audition, review.audition_id)
    price = terms_by_hash(session, audition.terms_sha256).price.review
    amount = 0 if price is None else price.audition_minor
    return Fee(project_id=audition.project_id, decided="listening", key=review.id, amount=amount)


def fee_of_settlement(session: Session, row: Settlement) -> Fee:
    """Return the fee of settling two texts: what both writers were promised."""
    second = session.get_one(SecondTranscript, row.second_id)
    segment = session.get_one(Segment, second.segment_id)
    fee = _fee(session, segment, second.terms_sha256, "settlement", row.id)
    return replace(fee, amount=row.price_minor if fee.amount else 0)


def _fee(session: Session, segment: Segment, terms_sha256: str, decided: Decided, key: str) -> Fee:
    price = terms_by_hash(session, terms_sha256).price.review
    task_id = session.get_one(Claim, segment.claim_id).task_id
    project_id = session.get_one(Task, task_id).project_id
    return Fee(project_id=project_id, decided=decided, key=key, amount=0 if price is None else price.minor)


def fees_of_decisions(session: Session) -> Iterator[tuple[Fee, Standing]]:
    """Yield the fee of every decision that was asked for under terms that pay staff, and how it stands."""
    documents = session.scalars(select(TermsVersion.sha256).order_by(TermsVersion.sha256)).all()
    paying = {each: price for each in documents if (price := terms_by_hash(session, each).price.review)}
    if not paying:
        return
    for decided, asked in _asked():
        under = asked.selected_columns.terms_sha256.in_(paying)
        for key, state, terms_sha256, project_id, price_minor in session.execute(asked.where(under)):
            price = paying[terms_sha256]
            amount = {"listening": price.audition_minor, "settlement": price_minor}.get(decided, price.minor)
            fee = Fee(project_id=project_id, decided=decided, key=key, amount=amount)
            yield fee, STANDING.get(state, "open")


Asked = Select[str, str, str, str, int]


def _asked() -> Iterator[tuple[Decided, Asked]]:
    """Give the queries of what staff decide: id, state, terms, project and the price that a row names."""
    none = literal(0)
    held = (Claim.id == Segment.claim_id, Task.id == Claim.task_id)
    yield (
        "review",
        select(Review.id, Review.state, Review.terms_sha256, Task.project_id, none).where(
            Segment.id == Review.segment_id, *held
        ),
    )
    yield (
        "appeal",
        select(Appeal.id, Appeal.state, Claim.terms_sha256, Task.project_id, none).where(
            Segment.id == Appeal.segment_id, *held
        ),
    )
    heard = select(AuditionReview.id, AuditionReview.state, Audition.terms_sha256, Audition.project_id, none)
    yield "listening", heard.where(Audition.id == AuditionReview.audition_id)
    second = (SecondTranscript.id == Settlement.second_id, Segment.id == SecondTranscript.segment_id)
    price_minor = Settlement.price_minor
    yield (
        "settlement",
        select(
            Settlement.id, Settlement.state, SecondTranscript.terms_sha256, Task.project_id, price_minor
        ).where(*second, *held),
    )


def set_fee_aside(session: Session, fee: Fee, *, now: datetime) -> None:
    """Set the fee of a decision aside for whoever takes it up; taken up again, it stays as it is.

    Raises
    ------
    SittingError : `budget.short`: nobody begins what cannot be paid
    """
    if fee.amount:
        what = _Booked(kind=fee.decided, key=fee.key, amount=fee.amount)
        reserve_flat(session, None, fee.project_id, **what, now=now)


def owe_fee(session: Session, staff_id: str, fee: Fee, *, now: datetime) -> None:
    """Owe the fee of a decision to who made it, once."""
    if fee.amount:
        what = _Booked(kind=fee.decided, key=fee.key, amount=fee.amount)
        accrue_flat(session, paid_as(session, staff_id) or staff_id, fee.project_id, **what, now=now)


def release_fee(session: Session, fee: Fee, *, now: datetime) -> None:
    """Give back the fee of a decision that nobody makes any more."""
    if fee.amount:
        release_flat(session, fee.project_id, kind=fee.decided, key=fee.key, now=now)


def paid_as(session: Session, staff_id: str) -> str | None:
    """Return the contributor a member of staff is paid as: the account of theirs that was declared first."""
    own = (Acquaintance.staff_id == staff_id, Acquaintance.kind == "own", Contributor.state != "erased")
    return session.scalar(
        select(Acquaintance.contributor_id)
        .join(Contributor, Contributor.id == Acquaintance.contributor_id)
        .where(*own)
        .order_by(Acquaintance.known_at, Acquaintance.contributor_id)
        .limit(1)
    )


def assign_fees(session: Session, staff_id: str, *, now: datetime) -> None:
    """Put what a member of staff is owed, in every project, to the account they are paid by, if any."""
    person = paid_as(session, staff_id)
    if person is None:
        return
    held = (LedgerAccount.name == f"owed:{staff_id}", LedgerAccount.balance_minor > 0)
    for project_id in session.scalars(
        select(LedgerAccount.project_id).where(*held).order_by(LedgerAccount.project_id)
    ).all():
        lock_ledger(session, project_id)
        row = session.get_one(LedgerAccount, (project_id, f"owed:{staff_id}"), populate_existing=True)
        if row.balance_minor > 0:
            posting = book.assign(project_id, staff_id, person, row.balance_minor, line=ASSIGNED)
            post(session, posting, now=now)
