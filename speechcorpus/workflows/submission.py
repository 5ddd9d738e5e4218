"""Handing in: what passed goes on, what is held stays with its contributor.

One item held back never holds the others. What is contested, what ears can settle and a seeded sample are
reviewed, the rest is accepted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import (
    Claim,
    OutcomeRow,
    Review,
    Segment,
    Task,
    TaskPrompt,
)
from speechcorpus.store.store import Store
from speechcorpus.work.edges import CLAIM, TASK
from speechcorpus.workflows.access import own_claim, require_contributor
from speechcorpus.workflows.audition_tasks import require_no_audition
from speechcorpus.workflows.claim_money import cover_open_lines, give_back, nominal_minor, price_of
from speechcorpus.workflows.contests import still_holding
from speechcorpus.workflows.item_state import last_round, standing, void_item
from speechcorpus.workflows.judging import newest_text
from speechcorpus.workflows.outcomes import close_line
from speechcorpus.workflows.perfect_sittings import drawn_of_perfect
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.qualifications import writes_own
from speechcorpus.workflows.readiness import counting_items, is_ready
from speechcorpus.workflows.receipts import decision_receipt, submission_receipt
from speechcorpus.workflows.routing import hearing_of, queue_hearing
from speechcorpus.workflows.second_draw import draw_second
from speechcorpus.workflows.segments import READ
from speechcorpus.workflows.skips import skips_of
from speechcorpus.workflows.translated import Wording, translated_texts
from speechcorpus.workflows.views.clips import VerdictView, newest_verdicts
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

    A claim whose last missing prompts were skipped after the hand-in is closed by one more call.

    Raises
    ------
    SittingError : `submission.nothing-ready`, or `claim.edge` for a claim that is not active
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        claim = own_claim(session, actor, claim_id, lock=True)
        CLAIM.after(claim.state, "hand-in")
        require_no_audition(session, claim)
        writes = writes_own(session, claim)
        ready = [each for each in counting_items(session, claim) if is_ready(session, each, text=writes)]
        if not ready and (sum(_left(session, claim)) > 0 or not counting_items(session, claim)):
            raise SittingError("submission.nothing-ready", "no item is ready to be handed in", claim=claim_id)
        return _hand_in(session, store, actor, claim, ready, everything=False, now=now)


def hand_in_rest(session: Session, store: Store, actor: Actor, claim: Claim, *, now: datetime) -> bool:
    """Hand in what passed, also without text, and close the claim; False if there is nothing to keep."""
    chosen = counting_items(session, claim)
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
    ready = [each for each in counting_items(session, claim) if is_ready(session, each, text=False)]
    if not ready:
        return 0
    terms = terms_by_hash(session, claim.terms_sha256)
    verdicts = newest_verdicts(session, [segment.id for segment in ready])
    causes = _causes(session, claim)
    for segment in ready:
        _hand_in_item(session, claim, terms, segment, verdicts[segment.id], causes, now)
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
    return len(ready)


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
    causes, reviewed = _causes(session, claim), 0
    for segment in ready:
        reviewed += _hand_in_item(session, claim, terms, segment, verdicts[segment.id], causes, now)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Causes:
    """Why items of a claim are heard that nothing is wrong with by themselves."""

    translated: Mapping[str, Wording]
    too_perfect: frozenset[str]


def _causes(session: Session, claim: Claim) -> _Causes:
    return _Causes(translated=translated_texts(session, claim), too_perfect=drawn_of_perfect(session, claim))


def _hand_in_item(
    session: Session,
    claim: Claim,
    terms: Terms,
    segment: Segment,
    verdict: VerdictView,
    causes: _Causes,
    now: datetime,
) -> bool:
    """Open the lines of an item, queue its review if it needs one, and say whether it does."""
    _open_lines(session, claim, segment, now)
    if still_holding(session, segment):
        _void_text(session, segment, now)
    hearing = hearing_of(
        session,
        claim,
        segment,
        verdict,
        terms,
        wording=causes.translated.get(segment.id),
        too_perfect=segment.id in causes.too_perfect,
        sent_back=was_sent_back(session, segment),
    )
    if hearing is None or is_withdrawn(session, segment.id, "review"):  # nobody may listen
        accept_item(session, segment.id, now=now)
        return False
    queue_hearing(session, segment, terms, hearing, number=last_round(session, segment.id) + 1, now=now)
    return True


def _open_lines(session: Session, claim: Claim, segment: Segment, now: datetime) -> None:
    price = price_of(session, claim)
    lines = {"record": price.record, "transcribe": price.transcribe}
    if newest_text(session, segment.id) is None:
        del lines["transcribe"]  # it becomes a transcription task for others
    for line, one in lines.items():
        if session.get(OutcomeRow, (segment.id, line)) is None:
            minor = nominal_minor(session, segment, one)
            session.add(OutcomeRow(segment_id=segment.id, line=line, state="pending", price_minor=minor))
    session.flush()
    cover_open_lines(session, claim, now=now)


def _void_text(session: Session, segment: Segment, now: datetime) -> None:
    """Close the line of a text that is held: nothing is owed or refused, others will write it."""
    line = session.get(OutcomeRow, (segment.id, "transcribe"))
    if line is not None and line.state == "pending":
        close_line(session, line, "void", now=now)


def was_sent_back(session: Session, segment: Segment) -> bool:
    """Say whether a `fix` was asked of this prompt under this claim: it may be asked once (V7).

    Of a topic every segment is an item of its own.
    """
    task = session.get_one(Task, session.get_one(Claim, segment.claim_id).task_id)
    same = Segment.prompt_id == segment.prompt_id if task.style == READ else Segment.id == segment.id
    asked = (
        select(Review.id)
        .join(Segment, Segment.id == Review.segment_id)
        .where(Segment.claim_id == segment.claim_id, same, Review.decision == "fix", ~Review.void)
        .where(Review.round > 0)
        .limit(1)
    )
    return session.scalar(asked) is not None


def accept_item(session: Session, segment_id: str, *, now: datetime) -> None:
    """Accept every line that is still pending and have the release's clip cut."""
    lines = select(OutcomeRow).where(OutcomeRow.segment_id == segment_id, OutcomeRow.state == "pending")
    for line in session.scalars(lines).all():
        close_line(session, line, "accept", now=now)
    draw_second(session, segment_id, now=now)
    enqueue(session, "cut_clip", {"segment_id": segment_id}, now=now)


def _left(session: Session, claim: Claim) -> tuple[int, int]:
    """Return how many recorded items are still with the contributor, and how many owed prompts have none."""
    chosen = counting_items(session, claim)
    held = sum(standing(session, segment.id) in ("open", "repair") for segment in chosen)
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
