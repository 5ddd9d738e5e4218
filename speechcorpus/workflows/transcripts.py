"""Transcripts: checked as they are typed, saved as revisions, judged at once."""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.transcript import Fixed, Violation
from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Claim, Revision, Segment, Take
from speechcorpus.store.store import Store
from speechcorpus.transcribe.fix import check_and_fix
from speechcorpus.workflows.access import own_segment, require_contributor
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.item_state import standing
from speechcorpus.workflows.judging import judge_segment, newest_text, transcript_profile, violations_in
from speechcorpus.workflows.late_items import require_writable
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.qualifications import writes_own
from speechcorpus.workflows.rule_tables import rule_tables
from speechcorpus.workflows.segment_log import was_cut_away
from speechcorpus.workflows.text_context import text_context
from speechcorpus.workflows.views.clips import VerdictView, newest_verdicts

MOST_REVISIONS = 50  # in one answer; the ones before are asked for by number


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the linter says of a text as it was given, and the text after every fix that needs no ear."""

    violations: tuple[Violation, ...]
    fixed: Fixed
    unclear_syllables: int | None  # guessed; more than the limit are a hint to record again, and no finding
    unclear_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A kept text: its revision, what the linter says, the verdict of its item (None: not measured)."""

    revision: int
    text: str  # as it is kept: NFC
    violations: tuple[Violation, ...]
    verdict: VerdictView | None
    rate_hz: int
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionView:
    """One kept text in the history of an item."""

    number: int
    text: str
    mine: bool  # whether the one who asks wrote it
    created_at: datetime


def check_text(store: Store, actor: Actor, segment_id: str, text: str) -> Checked:
    """Return what is wrong with a text of one's own item, spans in the text as given; nothing is kept.

    Raises
    ------
    AccessError : `not-found`
    TranscriptError : `transcript.too-long`, `transcript.surrogate`
    """
    with store.catalogue.read() as session:
        segment, _ = own_segment(session, actor, segment_id)
        profile = transcript_profile(session, segment)
        context = text_context(session, segment, profile)
    violations, fixed = check_and_fix(text, profile, rule_tables(), context)
    return Checked(
        violations=violations,
        fixed=fixed,
        unclear_syllables=context.unclear_syllables,
        unclear_limit=profile.unclear_max_syllables,
    )


def revisions(
    store: Store, actor: Actor, segment_id: str, *, before: int | None = None
) -> tuple[RevisionView, ...]:
    """Return the kept texts of one's own item, the newest first, at most 50 of them.

    Parameters
    ----------
    before : only revisions with a lower number, to read on; None for the newest

    Raises
    ------
    AccessError : `not-found`
    """
    with store.catalogue.read() as session:
        own_segment(session, actor, segment_id)
        wanted = [Revision.segment_id == segment_id]
        wanted += [] if before is None else [Revision.number < before]
        newest = select(Revision).where(*wanted).order_by(Revision.number.desc()).limit(MOST_REVISIONS)
        return tuple(_revision_view(row, actor) for row in session.scalars(newest))


def _revision_view(row: Revision, actor: Actor) -> RevisionView:
    mine = row.author == actor.name_for_audit
    return RevisionView(number=row.number, text=row.text, mine=mine, created_at=row.created_at)


def save_transcript(
    store: Store, actor: Actor, segment_id: str, text: str, base_revision: int, *, now: datetime
) -> Saved:
    """Keep a text as the next revision of one's own item and judge the item from its stored row.

    The text is kept as NFC; the one that is already there makes no new revision.

    Parameters
    ----------
    base_revision : the revision the text was made from, 0 for none

    Raises
    ------
    AccessError : `not-found`, `consent.withdrawn`
    SittingError : `transcript.revision-conflict`, `claim.not-active`, `audition.recording-only`,
        `item.handed-in` while we hold it, or `segment.conflict` for one that was joined to another meanwhile
    TranscriptError : `transcript.too-long`, `transcript.surrogate`
    """
    text = unicodedata.normalize("NFC", text)
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        segment, claim = own_segment(session, actor, segment_id)
        session.refresh(segment, with_for_update=True)
        _require_editable(session, actor, claim, segment, now)
        violations = violations_in(session, segment, text)
        before = newest_text(session, segment_id)
        if before is None or before.text != text:
            _require_base(before, base_revision)
            before = _append(session, actor, segment, text, base_revision + 1, now)
            _judge(session, segment, now)
            _audit(session, actor, before, now)
        verdict = newest_verdicts(session, [segment_id]).get(segment_id)
        rate_hz = session.get_one(Take, segment.take_id).rate_hz
        return Saved(
            revision=before.number,
            text=before.text,
            violations=violations,
            verdict=verdict,
            rate_hz=rate_hz,
            saved_at=before.created_at,
        )


def _require_editable(session: Session, actor: Actor, claim: Claim, segment: Segment, now: datetime) -> None:
    require_consent(session, actor.id, terms_by_hash(session, claim.terms_sha256))
    require_writable(session, claim, segment, now=now)
    if not writes_own(session, claim, actor.id):
        raise SittingError("audition.recording-only", "the text of this work is written by others")
    if standing(session, segment.id) not in ("open", "repair"):
        raise SittingError("item.handed-in", "the item has been handed in", segment=segment.id)
    if was_cut_away(session, segment):  # what takes the edit back would write over this text
        raise SittingError("segment.conflict", "this segment has been joined to another", segment=segment.id)


def _require_base(before: Revision | None, base_revision: int) -> None:
    newest = before.number if before else 0
    if newest != base_revision:
        raise SittingError(
            "transcript.revision-conflict",
            f"revision {newest} is the newest, this text was made from {base_revision}",
            newest=newest,
            base=base_revision,
        )


def _append(
    session: Session, actor: Actor, segment: Segment, text: str, number: int, now: datetime
) -> Revision:
    row = Revision(
        segment_id=segment.id, number=number, text=text, author=actor.name_for_audit, created_at=now
    )
    session.add(row)
    session.flush()
    return row


def _judge(session: Session, segment: Segment, now: datetime) -> None:
    """Judge from the stored row; one that an earlier analyser measured is measured anew, by a worker."""
    verdict = judge_segment(session, segment, now=now)
    if verdict is None and segment.item_sha256 is not None:
        enqueue(session, "measure_item", {"segment_id": segment.id}, now=now)


def _audit(session: Session, actor: Actor, row: Revision, now: datetime) -> None:
    append_audit(
        session,
        actor=actor,
        action="transcript.saved",
        object=f"segment:{row.segment_id}",
        detail={"revision": row.number, "text_sha256": hashlib.sha256(row.text.encode()).hexdigest()},
        now=now,
    )
