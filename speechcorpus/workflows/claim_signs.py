"""When somebody worked at a claim: the rows that recording and writing leave behind."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import (
    Audition,
    Chunk,
    Claim,
    EditorBeat,
    Revision,
    Segment,
    SegmentEdit,
    Sitting,
    Take,
    Task,
    VerdictRow,
)
from speechcorpus.store.store import Store
from speechcorpus.work.working_time import SittingSigns, active_s
from speechcorpus.workflows.access import own_segment

BEAT: Final = timedelta(seconds=20)


def note_input(store: Store, actor: Actor, segment_id: str, *, now: datetime) -> None:
    """Remember that the contributor typed just now; one row every 20 seconds is enough."""
    with store.catalogue.read() as session:
        _, claim = own_segment(session, actor, segment_id)
        mine = (EditorBeat.claim_id == claim.id, _typed_by(claim, actor.id))
        last = session.scalar(select(func.max(EditorBeat.at)).where(*mine))
    if last is not None and last > now - BEAT:
        return
    with store.catalogue.write() as session:
        session.merge(EditorBeat(claim_id=claim.id, at=now, contributor_id=actor.id))


def _typed_by(claim: Claim, person: str) -> ColumnElement[bool]:
    """Return the condition of a beat of this person; one without a name is the holder's, as all once were."""
    mine = EditorBeat.contributor_id == person
    return or_(mine, EditorBeat.contributor_id.is_(None)) if person == claim.contributor_id else mine


def active_seconds(session: Session, claim: Claim, person: str | None = None) -> int:
    """Return the active time of a claim so far, in seconds.

    Parameters
    ----------
    person : whose; None for the holder. With two devices the second person has time of their own
    """
    return active_s(signs_of(session, claim, person), inputs_of(session, claim, person))


def active_parts(session: Session, claim: Claim) -> Mapping[str, int]:
    """Return the active time by kind of work: `recording` (checks, sittings, waiting) and `transcription`.

    What was typed beside an open sitting is recording: no second counts twice.
    """
    sittings = signs_of(session, claim)
    recording = active_s(sittings, [])
    return {
        "recording": recording,
        "transcription": active_s(sittings, inputs_of(session, claim)) - recording,
    }


def audition_seconds(session: Session, audition: Audition) -> int:
    """Return the active time of an audition, its sound check once."""
    claims = session.scalars(
        select(Claim).join(Task, Task.id == Claim.task_id).where(Task.audition_id == audition.id)
    ).all()
    sittings = {each.sitting: each for claim in claims for each in signs_of(session, claim)}
    return active_s(sittings.values(), [at for claim in claims for at in inputs_of(session, claim)])


def signs_of(session: Session, claim: Claim, person: str | None = None) -> Sequence[SittingSigns]:
    """Return when something was heard of each sitting of a person in a claim, sound checks among them."""
    mine = Sitting.contributor_id == (person or claim.contributor_id)
    sittings = session.scalars(select(Sitting).where(mine, _belongs(claim))).all()
    ids = [each.id for each in sittings]
    moments: dict[str, list[datetime]] = {each.id: [each.opened_at] for each in sittings}
    sound_s = dict.fromkeys(ids, Fraction(0))
    for each in sittings:
        moments[each.id] += [each.closed_at] if each.closed_at else []
    for take in session.scalars(select(Take).where(Take.sitting_id.in_(ids))):
        moments[take.sitting_id] += [take.created_at, *([take.stored_at] if take.stored_at else [])]
        sound_s[take.sitting_id] += Fraction(take.frames or 0, take.rate_hz)
    for sitting_id, moment in _heard(session, ids):
        moments[sitting_id].append(moment)
    return [SittingSigns(sitting=each, moments=tuple(moments[each]), sound_s=sound_s[each]) for each in ids]


def _heard(session: Session, sitting_ids: Sequence[str]) -> Sequence[tuple[str, datetime]]:
    """Return when bytes came, and when somebody was told what they are worth: both were waited for."""
    received = (
        select(Take.sitting_id, Chunk.received_at)
        .join(Take, Take.id == Chunk.take_id)
        .where(Take.sitting_id.in_(sitting_ids))
    )
    judged = (
        select(Take.sitting_id, VerdictRow.created_at)
        .join(Segment, Segment.id == VerdictRow.segment_id)
        .join(Take, Take.id == Segment.take_id)
        .where(Take.sitting_id.in_(sitting_ids), VerdictRow.revision_number.is_(None))
    )
    return [(sitting_id, at) for each in (received, judged) for sitting_id, at in session.execute(each)]


def _belongs(claim: Claim) -> ColumnElement[bool]:
    """Its own sittings, and the sound checks (they are of no claim) that were made while it was held."""
    until = claim.submitted_at or claim.lease_until
    checks = (
        (Sitting.claim_id.is_(None)) & (Sitting.opened_at >= claim.claimed_at) & (Sitting.opened_at <= until)
    )
    return or_(Sitting.claim_id == claim.id, checks)


def inputs_of(session: Session, claim: Claim, person: str | None = None) -> Sequence[datetime]:
    """Return when a person, its holder for None, typed, saved or moved something in the editor."""
    person = person or claim.contributor_id
    author = f"contributor:{person}"
    typed = select(EditorBeat.at).where(EditorBeat.claim_id == claim.id, _typed_by(claim, person))
    saved = (
        select(Revision.created_at)
        .join(Segment, Segment.id == Revision.segment_id)
        .where(Segment.claim_id == claim.id, Revision.author == author)
    )
    cut = (
        select(SegmentEdit.created_at)
        .join(Take, Take.id == SegmentEdit.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Sitting.claim_id == claim.id, SegmentEdit.author == author)
    )
    return [at for each in (typed, saved, cut) for at in session.scalars(each)]
