"""Handing in one item: its lines are opened, and it is heard or accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.terms import Terms
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Claim, OutcomeRow, Review, Segment, Task
from speechcorpus.workflows.claim_money import cover_open_lines, nominal_minor, price_of
from speechcorpus.workflows.contests import still_holding
from speechcorpus.workflows.item_state import last_round
from speechcorpus.workflows.judging import newest_text
from speechcorpus.workflows.outcomes import close_line
from speechcorpus.workflows.perfect_sittings import drawn_of_perfect
from speechcorpus.workflows.routing import hearing_of, queue_hearing
from speechcorpus.workflows.second_draw import draw_second
from speechcorpus.workflows.segments import READ
from speechcorpus.workflows.sitting_peers import held_at_second_seat
from speechcorpus.workflows.translated import Wording, translated_texts
from speechcorpus.workflows.views.clips import VerdictView
from speechcorpus.workflows.withdrawn_items import is_withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """Why items of a claim are heard that nothing is wrong with by themselves."""

    translated: Mapping[str, Wording]
    too_perfect: frozenset[str]
    held: frozenset[str]  # nobody can say with whom the second person of a dialogue spoke


def causes_of(session: Session, claim: Claim) -> Causes:
    """Return what makes items of a claim be heard beyond what their verdicts say."""
    return Causes(
        translated=translated_texts(session, claim),
        too_perfect=drawn_of_perfect(session, claim),
        held=held_at_second_seat(session, claim),
    )


def hand_in_item(
    session: Session,
    claim: Claim,
    terms: Terms,
    segment: Segment,
    verdict: VerdictView,
    causes: Causes,
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
        held=segment.id in causes.held,
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
