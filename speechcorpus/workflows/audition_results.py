"""What an audition comes to, and what its person may do from then on."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Audition, AuditionReview, Task
from speechcorpus.store.store import Store
from speechcorpus.work.audition import AuditionVerdict, Heard
from speechcorpus.work.edges import TASK
from speechcorpus.workflows.audition_tasks import claims_of
from speechcorpus.workflows.house_clock import steps_since
from speechcorpus.workflows.lapses import JANITOR
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.qualifications import qualify, standing_of_speaker
from speechcorpus.workflows.review_fees import fee_of_listening, release_fee


def conclude(
    session: Session,
    audition: Audition,
    verdict: AuditionVerdict,
    said: Sequence[Heard],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """End an audition with its result, and keep what the person may do from now on.

    A second try never takes away what the first one gave.
    """
    for row in session.scalars(select(AuditionReview).where(AuditionReview.audition_id == audition.id)):
        if row.state != "decided":
            row.state = "lapsed"
            release_fee(session, fee_of_listening(session, row), now=now)
    for claim in claims_of(session, audition.id).values():
        task = session.get_one(Task, claim.task_id)
        task.state = TASK.after(task.state, "accept")
    session.flush()
    audition.state, audition.decided_at = "decided", now
    audition.result, audition.criterion = verdict.result, verdict.criterion
    session.flush()
    standing = standing_of_speaker(session, audition.contributor_id, audition.variety)
    if standing is None or verdict.result == "suitable" or standing.result == "not_suitable":
        qualify(
            session,
            kind="speaker",
            person_id=audition.contributor_id,
            variety=audition.variety,
            result=verdict.result,
            how="audition",
            evidence={"audition": audition.id, **evidence_of(said)},
            by=by,
            now=now,
        )
    detail = {"result": verdict.result, "criterion": verdict.criterion}
    append_audit(
        session,
        actor=by,
        action="audition.decided",
        object=f"audition:{audition.id}",
        detail=detail,
        now=now,
    )


def evidence_of(said: Sequence[Heard]) -> dict[str, Any]:
    """Return the numbers a result rests on, in an order that tells nothing of who found them."""
    return {
        "items": max((each.items for each in said), default=0),
        "held": max((each.held for each in said), default=0),
        "other_variety": sorted(each.other_variety for each in said),
        "cer_pct": [str(each) for each in sorted(each.cer_pct for each in said if each.cer_pct is not None)],
    }


def lapse_auditions(store: Store, *, now: datetime) -> int:
    """Find suitable whoever had no answer in the promised time; return how many."""
    late = (Audition.state == "submitted", Audition.due_at < now)
    with store.catalogue.read() as session:
        overdue = session.scalars(select(Audition.id).where(*late).order_by(Audition.due_at)).all()
    return one_by_one(lambda audition_id: _lapse(store, audition_id, now), overdue)


def _lapse(store: Store, audition_id: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        audition = session.get_one(Audition, audition_id, with_for_update=True)
        if audition.state != "submitted" or not _is_late(session, audition, now):
            return False
        verdict = AuditionVerdict(result="suitable", criterion=None)
        conclude(session, audition, verdict, opinions_of(session, audition), by=JANITOR, now=now)
    return True


def opinions_of(session: Session, audition: Audition) -> list[Heard]:
    """Return what the listeners found so far, each by numbers."""
    decided = (AuditionReview.audition_id == audition.id, AuditionReview.state == "decided")
    rows = session.scalars(select(AuditionReview).where(*decided).order_by(AuditionReview.decided_at))
    return [heard_of(row) for row in rows]


def heard_of(review: AuditionReview) -> Heard:
    """Return the numbers of a decided look."""
    numbers = (review.opinion or {})["heard"]
    cer_pct = numbers["cer_pct"]
    return Heard(**{**numbers, "cer_pct": None if cer_pct is None else Decimal(cer_pct)})


def _is_late(session: Session, audition: Audition, now: datetime) -> bool:
    """Say whether the promised time is over; a clock that was set forward makes nothing late."""
    if audition.submitted_at is None or audition.due_at is None:
        return False
    return audition.due_at + steps_since(session, audition.submitted_at) < now
