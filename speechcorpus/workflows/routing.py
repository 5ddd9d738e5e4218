"""Routing: which items people hear, for what reason and how many; in the queue all of them look alike."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.terms import Terms
from speechcorpus.qc.routing import a_listener_settles, place_in_queue
from speechcorpus.store.models import Claim, Review, Segment, Task
from speechcorpus.workflows.contests import contested_codes
from speechcorpus.workflows.gold import project_of, queue_gold
from speechcorpus.workflows.item_owner import claims_of, owner_of
from speechcorpus.workflows.translated import Wording
from speechcorpus.workflows.views.clips import VerdictView

FIRST_CLAIMS: Final = 2  # of a contributor: a larger share of these is heard

Purpose = Literal["flagged", "random", "contest", "repaired", "second"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Why an item is heard, by how many people at once, and where it stands in the queue."""

    purpose: Purpose
    opinions: int
    double: bool
    severity: int
    wording: Wording | None


def hearing_of(
    session: Session,
    claim: Claim,
    segment: Segment,
    verdict: VerdictView,
    terms: Terms,
    *,
    wording: Wording | None,
    too_perfect: bool,
    held: bool,
    sent_back: bool,
) -> Hearing | None:
    """Return how an item that is handed in is heard, None if nobody needs to.

    Heard is what is contested, what was repaired, a block that reads like a translation, what was brought
    without a known partner (`held`), a flag that ears can settle, and a share of all else. Other flags only
    move an item forward that is heard anyway.
    """
    codes = [finding.code for finding in verdict.findings]
    steps: tuple[tuple[bool, Purpose], ...] = (
        (bool(contested_codes(session, segment.id)), "contest"),
        (sent_back, "repaired"),
        (wording is not None or too_perfect or held or a_listener_settles(codes), "flagged"),
        (_is_sampled(session, claim, terms, segment), "random"),
    )
    purpose = next((purpose for holds, purpose in steps if holds), None)
    if purpose is None:
        return None
    double = purpose != "contest" and is_drawn(segment.id, terms, terms.review.sample.double_pct, "double")
    return Hearing(
        purpose=purpose,
        opinions=2 if double or purpose == "contest" else 1,
        double=double,
        severity=place_in_queue(verdict.findings),
        wording=wording,
    )


def queue_hearing(
    session: Session, segment: Segment, terms: Terms, hearing: Hearing, *, number: int, now: datetime
) -> None:
    """Put an item into the queue, once for each person asked; now and then a gold one goes with it."""
    for _ in range(hearing.opinions):
        review_id = queue_review(session, segment, terms, hearing, number=number, now=now)
        if is_drawn(review_id, terms, terms.review.sample.gold_pct, "gold"):
            queue_gold(session, project_of(session, segment), now=now)


def queue_review(
    session: Session, segment: Segment, terms: Terms, hearing: Hearing, *, number: int, now: datetime
) -> str:
    """Ask one more reviewer, blind to every other one; return the review's id."""
    wording = hearing.wording
    row = Review(id=str(uuid4()), segment_id=segment.id, round=number, terms_sha256=terms.sha256)
    row.purpose, row.double, row.state, row.severity = (
        hearing.purpose,
        hearing.double,
        "queued",
        hearing.severity,
    )
    row.wording, row.created_at = None if wording is None else wording.to_document(), now
    session.add(row)
    session.flush()
    return row.id


def _is_sampled(session: Session, claim: Claim, terms: Terms, segment: Segment) -> bool:
    """Draw by hash: the same item under the same terms is always in the sample, or never."""
    earlier = (
        select(func.count(Claim.id))
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.id.in_(claims_of(owner_of(session, segment))), Claim.claimed_at < claim.claimed_at)
        .where(Task.audition_id.is_(None))
    )
    sample = terms.review.sample
    new_here = (session.scalar(earlier) or 0) < FIRST_CLAIMS
    pct = sample.first_two_claims_pct if new_here else sample.unflagged_pct
    return is_drawn(segment.id, terms, pct, "sample")


def is_drawn(id_: str, terms: Terms, pct: Decimal, what: str) -> bool:
    """Say whether an id falls into a sample of `pct` percent, by its hash with the terms."""
    digest = hashlib.sha256(f"review-{what}/1\0{terms.sha256}\0{id_}".encode()).digest()
    return Decimal(int.from_bytes(digest[:8], "big")) * 100 < pct * 2**64
