"""Which items of a claim may be handed in, and which are still with their contributor."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.store.models import (
    Claim,
    Review,
    Segment,
    Sitting,
    Take,
    TakeSound,
    Task,
    VerdictRow,
)
from speechcorpus.workflows.contests import contested_codes, still_holding
from speechcorpus.workflows.item_owner import owners_of
from speechcorpus.workflows.item_state import has_moved, last_round, standing
from speechcorpus.workflows.judging import newest_text, newest_verdict_row
from speechcorpus.workflows.late_items import is_at_rest
from speechcorpus.workflows.qualifications import writes_own
from speechcorpus.workflows.segments import READ


def is_being_measured(session: Session, claim: Claim) -> bool:
    """Say whether some item that counts has no verdict yet: nobody can say what was delivered."""
    judged = exists().where(VerdictRow.segment_id == Segment.id)
    counting = (Segment.claim_id == claim.id, Segment.chosen.is_(True))
    unjudged = select(Segment.id).where(*counting, or_(~judged, has_moved()))
    return session.scalars(unjudged).first() is not None or _is_being_cut(session, claim)


def _is_being_cut(session: Session, claim: Claim) -> bool:
    """Say whether a worker still has to listen where a take of free speech pauses."""
    if session.get_one(Task, claim.task_id).style == READ:
        return False
    heard = exists().where(TakeSound.take_id == Take.id)
    cut = exists().where(Segment.take_id == Take.id)
    uncut = (
        select(Take.id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Sitting.claim_id == claim.id, Take.track == ITEM_TRACK, Take.state == "stored", ~heard, ~cut)
    )
    return session.scalars(uncut).first() is not None


def counting_items(session: Session, claim: Claim) -> Sequence[Segment]:
    """Return the takes that count, one for each prompt that was recorded, in the order of their making."""
    counting = (Segment.claim_id == claim.id, Segment.chosen.is_(True))
    return session.scalars(select(Segment).where(*counting).order_by(Segment.created_at, Segment.id)).all()


def going_now(
    session: Session, claim: Claim, segments: Sequence[Segment], *, now: datetime
) -> Sequence[Segment]:
    """Return the items among these that go with a hand-in of the holder: ready, and nobody else types."""
    owners = owners_of(session, [each.id for each in segments])
    writes = {person: writes_own(session, claim, person) for person in set(owners.values())}
    ready = [each for each in segments if is_ready(session, each, text=writes[owners[each.id]])]
    holder = claim.contributor_id
    return [each for each in ready if owners[each.id] == holder or is_at_rest(session, each, now=now)]


def is_ready(session: Session, segment: Segment, *, text: bool) -> bool:
    """Say whether an item may be handed in: newest verdict clean or contested, repaired if that was asked.

    Where the time is over (`text` false) an item that was not repaired goes back to the listeners as it is:
    one person's `fix` must not cost a pay that only two who measured the same may refuse (V7, V4).
    """
    where = standing(session, segment.id)
    if where not in ("open", "repair") or (segment.version > 1 and segment.item_sha256 is None):
        return False
    verdict, written = newest_verdict_row(session, segment.id), newest_text(session, segment.id)
    if verdict is None or not (_passed(session, segment, verdict) or _sound_passed(session, segment, text)):
        return False
    if verdict.revision_number != (written.number if written else None):
        return False
    if where == "repair" and text and not _was_repaired(session, segment.id):
        return False
    return written is not None or not text


def _passed(session: Session, segment: Segment, verdict: VerdictRow) -> bool:
    """Say whether nothing holds an item, or all that does is contested: two people will judge that (V3)."""
    if verdict.outcome == "accepted":
        return True
    return bool(contested_codes(session, segment.id)) and not still_holding(session, segment)


def _sound_passed(session: Session, segment: Segment, text: bool) -> bool:
    """Say whether only the text is held, where the text is not asked for: it never costs the recording."""
    holding = set() if text else still_holding(session, segment)
    return bool(holding) and all(CODES[code].family == "transcript" for code in holding)


def _was_repaired(session: Session, segment_id: str) -> bool:
    """Say whether an item was judged since its `fix` for another reason than an outage that touched it."""
    asked = select(func.max(Review.decided_at)).where(
        Review.segment_id == segment_id, Review.round == last_round(session, segment_id), ~Review.void
    )
    asked_at = session.scalar(asked)
    judged = select(VerdictRow.facts, VerdictRow.created_at).where(VerdictRow.segment_id == segment_id)
    told: object = None
    for facts, judged_at in session.execute(judged.order_by(VerdictRow.sequence)):
        before, told = told, _outages_in(facts)
        if asked_at is not None and judged_at > asked_at and told == before:
            return True
    return False


def _outages_in(facts: str) -> object:
    document = parse_json(facts)
    return document.get("outages") if isinstance(document, dict) else None
