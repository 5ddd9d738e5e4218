"""What I can still do about an item of mine, and what it pays: contests, appeals and their clocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.terms import PriceTerms
from speechcorpus.store.models import Claim, Contest, OutcomeRow, Segment
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.appeals import Appealable, appealable
from speechcorpus.workflows.claims import terms_of_claim
from speechcorpus.workflows.contests import holding_codes
from speechcorpus.workflows.item_owner import owned_by
from speechcorpus.workflows.late_items import is_late
from speechcorpus.workflows.settling import refusal_of
from speechcorpus.workflows.views.appeals import AppealState, appeals_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Of one item: what was found in a refusal, what may be contested or appealed, what it pays."""

    refusal: Finding | None  # what two listeners agreed on
    appealable: tuple[Appealable, ...]  # refused lines, and until when
    appeals: tuple[AppealState, ...]
    contested: Mapping[str, str]  # code -> open | confirmed | won | lapsed
    contestable: tuple[str, ...]  # codes that hold it and were not contested
    paid_minor: int  # of accepted lines
    kept_minor: (
        int | None
    )  # reserved until it is decided, or until an appeal's time is over; None: by the minute


def rights_view(
    store: Store, actor: Actor, segment_ids: Sequence[str], *, now: datetime
) -> Mapping[str, Rights]:
    """Return what the contributor who asks can do about their own items among these."""
    with store.catalogue.read() as session:
        person = require_contributor(session, actor)
        rows = session.execute(
            select(Segment, Claim)
            .join(Claim, Claim.id == Segment.claim_id)
            .where(Segment.id.in_(segment_ids), owned_by(person.id))
        ).all()
        appeals = appeals_of(session, [segment.id for segment, _ in rows])
        return {
            segment.id: _rights(session, segment, claim, appeals.get(segment.id, ()), now)
            for segment, claim in rows
        }


def _rights(
    session: Session, segment: Segment, claim: Claim, appeals: tuple[AppealState, ...], now: datetime
) -> Rights:
    lines = session.scalars(select(OutcomeRow).where(OutcomeRow.segment_id == segment.id)).all()
    refused = any(row.state == "refused" for row in lines)
    still = tuple(each for each in appealable(session, segment) if each.until > now) if refused else ()
    contested = {
        row.code: row.state
        for row in session.scalars(select(Contest).where(Contest.segment_id == segment.id))
    }
    with_me = claim.state == "active" or is_late(session, claim, segment, now=now)
    holding = holding_codes(session, segment.id) if with_me else ()
    waiting = {each.line for each in still} | {each.line for each in appeals if each.state == "open"}
    return Rights(
        refusal=refusal_of(session, segment) if refused or appeals else None,
        appealable=still,
        appeals=appeals,
        contested=contested,
        contestable=tuple(code for code in holding if code not in contested),
        paid_minor=sum(row.price_minor for row in lines if row.state == "accepted"),
        kept_minor=_kept(lines, waiting, terms_of_claim(session, claim).price),
    )


def _kept(lines: Sequence[OutcomeRow], waiting: set[str], price: PriceTerms) -> int | None:
    """Return what is reserved for the lines that are not decided for good; None for prices by the minute."""
    prices = {"record": price.record, "transcribe": price.transcribe}
    states = {row.line: row.state for row in lines}
    open_lines = [
        line
        for line in prices
        if states.get(line, "pending" if not lines else "void") == "pending" or line in waiting
    ]
    if any(prices[line].unit != "item" for line in open_lines):
        return None
    return sum(prices[line].minor for line in open_lines)
