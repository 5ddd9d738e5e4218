"""Handing in: what passed goes on, what is held stays with its contributor.

One item held back never holds the others. What is contested, what ears can settle and a seeded sample are
reviewed, the rest is accepted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import (
    Claim,
    OutcomeRow,
    Segment,
    Task,
    TaskPrompt,
)
from speechcorpus.store.store import Store
from speechcorpus.work.edges import CLAIM, TASK
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.audition_tasks import require_no_audition
from speechcorpus.workflows.claim_money import give_back
from speechcorpus.workflows.item_hand_in import causes_of, hand_in_item
from speechcorpus.workflows.item_owner import owner_of, owners_of
from speechcorpus.workflows.item_state import standing, void_item
from speechcorpus.workflows.late_items import is_others_time
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.qualifications import writes_own
from speechcorpus.workflows.readiness import counting_items, going_now, is_ready
from speechcorpus.workflows.receipts import decision_receipt, submission_receipt
from speechcorpus.workflows.seats import past_seat
from speechcorpus.workflows.skips import skips_of
from speechcorpus.workflows.views.clips import newest_verdicts
from speechcorpus.workflows.withdrawn_items import is_withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What a hand-in came to, in items; `complete` when nothing of the claim is left to do."""

    handed_in: int
    in_review: int
    accepted: int
    held: int
    complete: bool


def submit_claim(store: Store, actor: Actor, claim_id: str, *, now: datetime) -> Submitted:
    """Hand in every item that passed and has its text, if it is to have one; may be called again for others.

    A claim whose last missing prompts were skipped after the hand-in is closed by one more call. In a
    dialogue with two devices its holder hands in for both, and what the other person has not finished does
    not hold the claim up; the second person hands in what is left of theirs after that.

    Raises
    ------
    AccessError : `not-found` for who has no seat in the claim
    SittingError : `submission.nothing-ready`, `claim.edge` for a claim that is not active,
        `submission.by-holder` for the second person before the holder has handed in
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        claim = past_seat(session, actor, claim_id).claim
        session.refresh(claim, with_for_update=True)
        if claim.contributor_id != actor.id:
            return _hand_in_second(session, store, actor, claim, now)
        CLAIM.after(claim.state, "hand-in")
        require_no_audition(session, claim)
        chosen = counting_items(session, claim)
        ready = going_now(session, claim, chosen, now=now)
        if not ready and (sum(_left(session, claim)) > 0 or not chosen):
            raise _nothing_ready(claim)
        return _hand_in(session, store, actor, claim, ready, everything=False, now=now)


def _hand_in_second(session: Session, store: Store, actor: Actor, claim: Claim, now: datetime) -> Submitted:
    """Hand in what the second person finished after the holder had handed in, or was asked to repair."""
    if claim.state == "active" and claim.submitted_at is None:
        raise SittingError("submission.by-holder", "whoever holds the claim hands in first", claim=claim.id)
    writes = writes_own(session, claim, actor.id)
    mine = [each for each in counting_items(session, claim) if owner_of(session, each) == actor.id]
    ready = [each for each in mine if is_ready(session, each, text=writes)]
    if not ready:
        raise _nothing_ready(claim)
    if claim.state == "active":
        return _hand_in(session, store, actor, claim, ready, everything=False, now=now)
    left = sum(standing(session, each.id) in ("open", "repair") for each in mine) - len(ready)
    reviewed = _hand_in_after(session, store, actor, claim, ready, now)
    counts = {"handed_in": len(ready), "in_review": reviewed, "accepted": len(ready) - reviewed}
    return Submitted(**counts, held=left, complete=left == 0)


def _nothing_ready(claim: Claim) -> SittingError:
    return SittingError("submission.nothing-ready", "no item is ready to be handed in", claim=claim.id)


def hand_in_rest(session: Session, store: Store, actor: Actor, claim: Claim, *, now: datetime) -> bool:
    """Hand in what passed, also without text, and close the claim; False if there is nothing to keep.

    What the second person of a dialogue is still writing stays theirs until the claim's time is over.
    """
    chosen = [each for each in counting_items(session, claim) if not _stays(session, claim, each, now)]
    ready = [segment for segment in chosen if is_ready(session, segment, text=False)]
    if not ready and all(standing(session, segment.id) == "open" for segment in chosen):
        return False
    for segment in chosen:
        if segment not in ready and standing(session, segment.id) == "repair":
            void_item(session, segment.id, now=now)
    _hand_in(session, store, actor, claim, ready, everything=True, now=now)
    return True


def hand_in_late(session: Session, store: Store, actor: Actor, claim: Claim, *, now: datetime) -> int:
    """Hand in what arrived or was measured after its claim had ended; return how many items.

    The claim and its task stay as they are: the item keeps its rights, the task may be somebody else's.
    """
    chosen = [each for each in counting_items(session, claim) if not _stays(session, claim, each, now)]
    ready = [each for each in chosen if is_ready(session, each, text=False)]
    if ready:
        _hand_in_after(session, store, actor, claim, ready, now)
    return len(ready)


def _stays(session: Session, claim: Claim, segment: Segment, now: datetime) -> bool:
    """Say whether an item is with the second person still, who has time for it and may want to write it."""
    owner = owner_of(session, segment)
    if not is_others_time(claim, owner, now=now) or standing(session, segment.id) != "open":
        return False
    done = claim.state == "active" and going_now(session, claim, [segment], now=now)
    return not done and writes_own(session, claim, owner)


def _hand_in_after(
    session: Session, store: Store, actor: Actor, claim: Claim, ready: Sequence[Segment], now: datetime
) -> int:
    """Hand in items of a claim that has ended; return how many of them are heard."""
    terms = terms_by_hash(session, claim.terms_sha256)
    verdicts = newest_verdicts(session, [segment.id for segment in ready])
    causes, reviewed = causes_of(session, claim), 0
    for segment in ready:
        reviewed += hand_in_item(session, claim, terms, segment, verdicts[segment.id], causes, now)
    append_audit(
        session,
        actor=actor,
        action="claim.late-items",
        object=f"claim:{claim.id}",
        detail={"items": [segment.id for segment in ready]},
        now=now,
    )
    _give_receipts(session, store, claim, ready, now)
    for segment in ready:
        segment.chosen = not is_withdrawn(session, segment.id)  # paid, and out of every list
    return reviewed


def _hand_in(
    session: Session,
    store: Store,
    actor: Actor,
    claim: Claim,
    ready: Sequence[Segment],
    *,
    everything: bool,
    now: datetime,
) -> Submitted:
    terms = terms_by_hash(session, claim.terms_sha256)
    verdicts = newest_verdicts(session, [segment.id for segment in ready])
    causes, reviewed = causes_of(session, claim), 0
    for segment in ready:
        reviewed += hand_in_item(session, claim, terms, segment, verdicts[segment.id], causes, now)
    session.flush()
    held, missing = _left(session, claim)
    complete = everything or held + missing == 0
    if complete:
        _close(session, claim, now)
    counts = {"handed_in": len(ready), "in_review": reviewed, "accepted": len(ready) - reviewed, "held": held}
    append_audit(
        session,
        actor=actor,
        action="claim.submitted" if complete else "claim.items-handed-in",
        object=f"claim:{claim.id}",
        detail={**counts, "items": [segment.id for segment in ready]},
        now=now,
    )
    _give_receipts(session, store, claim, ready, now)
    return Submitted(**counts, complete=complete)


def _give_receipts(
    session: Session, store: Store, claim: Claim, ready: Sequence[Segment], now: datetime
) -> None:
    """Give the receipt of what was handed in, and of what that alone decided."""
    submission_receipt(session, store, claim, [segment.id for segment in ready], now=now)
    decision_receipt(session, store, claim, now=now)


def _left(session: Session, claim: Claim) -> tuple[int, int]:
    """Return how many recorded items are still with the holder, and how many owed prompts have none.

    Of the other person's items only one that was sent back holds the claim open.
    """
    chosen = counting_items(session, claim)
    owners = owners_of(session, [segment.id for segment in chosen])
    mine = {key for key, owner in owners.items() if owner == claim.contributor_id}
    states = {segment.id: standing(session, segment.id) for segment in chosen}
    held = sum(state == "repair" or (state == "open" and key in mine) for key, state in states.items())
    asked = session.scalars(select(TaskPrompt.prompt_id).where(TaskPrompt.task_id == claim.task_id)).all()
    skipped = skips_of(session, claim.id).keys()
    return held, len(set(asked) - {segment.prompt_id for segment in chosen} - skipped)


def _close(session: Session, claim: Claim, now: datetime) -> None:
    """Let the claim and its task go to the reviewers, or to the end if there is nothing to hear."""
    task = session.get_one(Task, claim.task_id, with_for_update=True)
    claim.state, claim.submitted_at = CLAIM.after(claim.state, "hand-in"), now
    task.state = TASK.after(task.state, "hand-in")
    session.flush()
    give_back(session, claim, now=now)
    settle_task(session, claim)


def settle_task(session: Session, claim: Claim) -> None:
    """Move the task of a submitted claim along once its items are decided.

    An audition is decided as a whole, and a task that was given to somebody else since is theirs.
    """
    task = session.get_one(Task, claim.task_id, with_for_update=True)
    if task.audition_id is not None or task.fence != claim.fence:
        return
    lines = session.scalars(
        select(OutcomeRow.state)
        .join(Segment, Segment.id == OutcomeRow.segment_id)
        .where(Segment.claim_id == claim.id, Segment.chosen.is_(True))
    ).all()
    if task.state == "submitted" and ("pending" in lines or "accepted" not in lines):
        task.state = TASK.after(task.state, "review")
    if task.state in ("submitted", "in_review") and "pending" not in lines:
        task.state = TASK.after(task.state, "accept" if "accepted" in lines else "reject")
