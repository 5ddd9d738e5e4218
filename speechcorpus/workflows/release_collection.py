"""What a release says of how its work was paid and refused: counted in the catalogue, no person named."""

from collections import Counter
from fractions import Fraction

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from speechcorpus.corpus.statistics import quartiles
from speechcorpus.store.models import Appeal, Claim, ClaimTime, Contributor, OutcomeRow, Segment, Task
from speechcorpus.work.working_time import ENOUGH_PEOPLE
from speechcorpus.workflows.item_owner import owned_by
from speechcorpus.workflows.review_figures import DECIDED, OVERTURNED

SECONDS_PER_HOUR = 3600


def collection_of(session: Session, project_id: str) -> dict[str, object]:
    """Return `release.json: collection`: decided and refused lines, prices, pay for an hour, appeals."""
    return {
        **_lines(session, project_id),
        **_hours(session, project_id),
        **_appeals(session, project_id),
    }


def _lines(session: Session, project_id: str) -> dict[str, object]:
    rows = session.execute(
        select(OutcomeRow.line, OutcomeRow.state, OutcomeRow.price_minor, Claim.price)
        .join(Segment, OutcomeRow.segment_id == Segment.id)
        .join(Claim, Segment.claim_id == Claim.id)
        .join(Task, Claim.task_id == Task.id)
        .where(Task.project_id == project_id, OutcomeRow.state.in_(("accepted", "refused")))
    ).all()
    states = Counter(state for _, state, _, _ in rows)
    prices: dict[str, set[int]] = {}
    for line, _, price, _ in rows:
        prices.setdefault(line, set()).add(price)
    return {
        "decided": sum(states.values()),
        "refused": states["refused"],
        "currency": next((str(price.get("currency")) for *_, price in rows), "none"),
        "price_minor": {line: _span(found) for line, found in sorted(prices.items())},
    }


def _hours(session: Session, project_id: str) -> dict[str, object]:
    """Return what an hour of each finished claim actually paid people: quartiles, if enough people worked.

    Of fewer than five the quartiles would tell what one of them earned.
    """
    paid = func.sum(case((OutcomeRow.state == "accepted", OutcomeRow.price_minor), else_=0))
    rows = session.execute(
        select(Claim.contributor_id, ClaimTime.active_s, paid)
        .join(Claim, Claim.id == ClaimTime.claim_id)
        .join(Contributor, Contributor.id == Claim.contributor_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Segment, Segment.claim_id == Claim.id)
        .join(OutcomeRow, OutcomeRow.segment_id == Segment.id)
        .where(Task.project_id == project_id, Task.audition_id.is_(None), Contributor.source_kind == "human")
        .where(ClaimTime.active_s > 0, owned_by(Claim.contributor_id))  # the time is the holder's
        .group_by(Claim.id, Claim.contributor_id, ClaimTime.active_s)
    ).all()
    people = {person for person, _, _ in rows}
    hourly = [float(Fraction(int(minor) * SECONDS_PER_HOUR, seconds)) for _, seconds, minor in rows]
    found: dict[str, object] = {"timed_claims": len(rows), "timed_people": len(people), "hourly_minor": None}
    if len(people) >= ENOUGH_PEOPLE:
        _, low, middle, high, _ = quartiles(hourly)
        found["hourly_minor"] = {"q25": round(low), "median": round(middle), "q75": round(high)}
    return found


def _appeals(session: Session, project_id: str) -> dict[str, object]:
    """Count what contributors appealed against, and how often they were right."""
    states = session.scalars(
        select(Appeal.state)
        .join(Segment, Segment.id == Appeal.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project_id, Appeal.opened_by == "contributor", Appeal.state.in_(DECIDED))
    ).all()
    return {"appeals": len(states), "overturned": sum(state in OVERTURNED for state in states)}


def _span(prices: set[int]) -> str:
    low, high = min(prices), max(prices)
    return str(low) if low == high else f"{low}–{high}"
