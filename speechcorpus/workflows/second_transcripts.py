"""The second transcriber: hears an accepted segment and writes it down, without any other text in sight.

Neither the first text nor the prompt nor a fix is read here for them, so no page can show one.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import decimal_text
from speechcorpus.domain.errors import SittingError, SpeechCorpusError
from speechcorpus.domain.transcript import Violation
from speechcorpus.qc.double import texts_agree
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import (
    Claim,
    ClaimPartner,
    Contributor,
    Revision,
    SecondTranscript,
    Segment,
    Settlement,
    Sitting,
    SittingPeer,
    Take,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.transcribe.error_rates import cer_symmetric
from speechcorpus.workflows.access import not_found, require_contributor, require_working
from speechcorpus.workflows.audible import other_is_heard
from speechcorpus.workflows.claim_money import project_of
from speechcorpus.workflows.consents import active_purposes, require_consent
from speechcorpus.workflows.events import holds_private, private_within
from speechcorpus.workflows.flat_fees import accrue_flat
from speechcorpus.workflows.fold_tables import fold_for
from speechcorpus.workflows.holds import is_free_for, is_held_by, is_last_holder, was_given
from speechcorpus.workflows.items import ItemAudio, item_audio
from speechcorpus.workflows.judging import transcript_profile, violations_in
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.qualifications import may_write
from speechcorpus.workflows.seats import TWO
from speechcorpus.workflows.second_draw import FEE
from speechcorpus.workflows.withdrawn_items import withdrawn_from

LEASE = timedelta(hours=1)
HEARD_BY_PEOPLE = "human_review"  # the purpose under which another person may listen
SIX_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLease:
    """A transcriber's hold on a segment; what is written carries the fence."""

    fence: int
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSecond:
    """What became of a text: handed in, or kept as a draft with the errors that hold it back."""

    done: bool
    text: str
    errors: tuple[Violation, ...]


def take_second(store: Store, actor: Actor, second_id: str, *, now: datetime) -> SecondLease:
    """Hold a segment for an hour; asking again while it is held holds it longer.

    Raises
    ------
    AccessError : `not-found`, also for one's own recording and for another variety; `consent.missing`
    SittingError : `second.taken`
    """
    with store.catalogue.write() as session:
        row, _ = open_second(session, actor, second_id, lock=True)
        if not is_free(row, actor, now):
            raise SittingError("second.taken", "somebody else writes this segment down", second=second_id)
        if not is_held(row, actor, now):
            require_working(require_contributor(session, actor))
            row.fence, row.contributor_id, row.state = row.fence + 1, actor.id, "assigned"
        row.lease_until = now + LEASE
        session.flush()
        _audit(session, actor, "second.taken", row, {"fence": row.fence}, now)
        return SecondLease(fence=row.fence, lease_until=row.lease_until)


def second_audio(store: Store, actor: Actor, second_id: str, *, now: datetime) -> ItemAudio:
    """Return the sound of a segment to the one who holds it; to anybody else it does not exist."""
    with store.catalogue.read() as session:
        row, segment = open_second(session, actor, second_id)
        if not is_held(row, actor, now):
            raise not_found("second transcript")
        return item_audio(store, session, segment)


def write_second(
    store: Store, actor: Actor, second_id: str, *, fence: int, text: str, now: datetime
) -> WrittenSecond:
    """Keep a text as a draft and, when no rule holds it back, hand it in: it is final and paid.

    It is paid whether the two texts agree or not. Where they do not, a third person is asked. A hold that
    ran out counts as long as nobody took over; what cannot be handed in any more is kept as a draft.

    Raises
    ------
    AccessError : `not-found`, also for what has been marked as private meanwhile
    SittingError : `second.lease-lost` once somebody took over
    TranscriptError : `transcript.too-long`, `transcript.surrogate`
    """
    text = unicodedata.normalize("NFC", text)
    with store.catalogue.write() as session:
        row, segment = open_second(session, actor, second_id, lock=True, private=True)
        errors = errors_in(session, segment, text)
        if was_given(row.fence, fence):
            row.drafts = with_draft(row.drafts, actor, text)
            session.flush()
        refusal = _refusal(session, actor, row, segment, fence)
        if refusal is None:
            row.lease_until = now + LEASE
            session.flush()
            if not errors:
                _hand_in(session, actor, row, segment, text, now)
    if refusal is not None:
        raise refusal  # only now: the draft is kept
    return WrittenSecond(done=not errors, text=text, errors=errors)


def _refusal(
    session: Session, actor: Actor, row: SecondTranscript, segment: Segment, fence: int
) -> SpeechCorpusError | None:
    if holds_private(session, segment):
        return not_found("second transcript")
    if row.fence == fence and is_last_holder(actor, holder=row.contributor_id, state=row.state):
        return None
    return SittingError("second.lease-lost", "this segment is no longer held", second=row.id)


def with_draft(drafts: Sequence[Any], actor: Actor, text: str) -> list[Any]:
    """Return drafts with one more; a draft is of whoever wrote it, and stays when somebody else goes on."""
    newest = [actor.name_for_audit, text]
    return [*drafts, newest] if not drafts or list(drafts[-1]) != newest else list(drafts)


def draft_of(drafts: Sequence[Any], actor: Actor) -> str:
    """Return one's own newest draft, "" for none.

    Examples
    --------
    >>> me = Actor(role="contributor", id="c")
    >>> draft_of(with_draft([["contributor:b", "毋知。"]], me, "我知。"), me), draft_of([["b", "毋知。"]], me)
    ('我知。', '')
    """
    return next((str(text) for who, text in reversed(drafts) if who == actor.name_for_audit), "")


def errors_in(session: Session, segment: Segment, text: str) -> tuple[Violation, ...]:
    """Return what holds a text back; warnings are left out, since one compares the text with the prompt."""
    return tuple(each for each in violations_in(session, segment, text) if each.severity == "error")


def first_text(session: Session, row: SecondTranscript) -> str:
    """Return the text that a second one is compared with."""
    asked = (Revision.segment_id == row.segment_id, Revision.number == row.first_revision)
    return session.scalars(select(Revision.text).where(*asked)).one()


def is_held(row: SecondTranscript, actor: Actor, now: datetime) -> bool:
    """Say whether this person holds the segment now."""
    return is_held_by(actor, holder=row.contributor_id, state=row.state, lease_until=row.lease_until, now=now)


def open_second(
    session: Session, actor: Actor, second_id: str, *, lock: bool = False, private: bool = False
) -> tuple[SecondTranscript, Segment]:
    """Return a segment that waits for a second text, if this person may hear it.

    Parameters
    ----------
    private : also one that has become private: not to be heard, but for what was written to be kept
    """
    person = require_contributor(session, actor)
    row = session.get(SecondTranscript, second_id, with_for_update=lock)
    mine = offered(session, person, only=second_id, private=private)
    if row is None or row.state == "written" or row not in mine:
        raise not_found("second transcript")
    require_consent(session, person.id, terms_by_hash(session, row.terms_sha256))
    return row, session.get_one(Segment, row.segment_id)


def offered(
    session: Session, person: Contributor, *, only: str | None = None, private: bool = False
) -> list[SecondTranscript]:
    """Return the segments this person may write down: of their variety, not their own, still to be heard.

    Nor is it one of a dialogue they speak in. Who is heard must agree, now, that people listen, and nothing
    in it is private; gold and drawn ones look the same. Who was found to record only writes nothing.
    """
    if person.variety and not may_write(session, person.id, person.variety):
        return []
    wanted = (
        select(SecondTranscript, Claim.contributor_id, ClaimPartner, Sitting, Take.id)
        .join(Segment, Segment.id == SecondTranscript.segment_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .outerjoin(SittingPeer, SittingPeer.sitting_id == Take.sitting_id)
        .outerjoin(ClaimPartner, ClaimPartner.id == SittingPeer.partner_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Contributor, Contributor.id == Sitting.contributor_id)
        .where(
            SecondTranscript.state != "written",
            Claim.contributor_id != person.id,
            Sitting.contributor_id != person.id,
            ClaimPartner.contributor_id.is_distinct_from(person.id),
            Task.variety == person.variety,
            Contributor.state.in_(("active", "paused")),
            ~withdrawn_from("review"),
        )
        .order_by(SecondTranscript.created_at, SecondTranscript.id)
    )
    if only is not None:
        wanted = wanted.where(SecondTranscript.id == only)
    if not private:
        wanted = wanted.where(~private_within(Segment))
    rows = [
        (row, _voices(session, holder, partner, sitting, take_id))
        for row, holder, partner, sitting, take_id in session.execute(wanted)
    ]
    asked = {(row.terms_sha256, voice) for row, voices in rows for voice in voices}
    heard = {(terms, voice) for terms, voice in asked if _may_be_heard(session, voice, terms)}
    return [row for row, voices in rows if all((row.terms_sha256, voice) in heard for voice in voices)]


def _voices(
    session: Session, holder: str, partner: ClaimPartner | None, sitting: Sitting, take_id: str
) -> frozenset[str]:
    """Return who is heard in a take: of a dialogue with two devices perhaps only whose track it is."""
    if partner is None or partner.contributor_id is None:
        return frozenset((sitting.contributor_id,))
    if partner.devices == TWO and not other_is_heard(session, sitting.id, take_id):
        return frozenset((sitting.contributor_id,))
    return frozenset((holder, partner.contributor_id))


def _may_be_heard(session: Session, speaker: str, terms_sha256: str) -> bool:
    consent = terms_by_hash(session, terms_sha256).consent
    return HEARD_BY_PEOPLE in active_purposes(session, speaker, consent.sha256)


def is_free(row: SecondTranscript, actor: Actor, now: datetime) -> bool:
    """Say whether this person may take it: nobody else holds it."""
    return is_free_for(
        actor, holder=row.contributor_id, state=row.state, lease_until=row.lease_until, now=now
    )


def _hand_in(
    session: Session, actor: Actor, row: SecondTranscript, segment: Segment, text: str, now: datetime
) -> None:
    script = transcript_profile(session, segment).script
    cer = cer_symmetric(first_text(session, row), text, fold_for(script))
    row.state, row.text, row.written_at, row.lease_until = "written", text, now, None
    row.agrees = texts_agree(cer)
    row.cer = None if cer is None else decimal_text(Decimal(cer).quantize(SIX_PLACES))
    price_minor, agrees = row.price_minor, row.agrees
    session.flush()
    project_id = project_of(session, session.get_one(Claim, segment.claim_id))
    accrue_flat(session, actor.id, project_id, kind=FEE, key=row.id, amount=price_minor, now=now)
    if not agrees:
        third = Settlement(id=str(uuid4()), second_id=row.id, price_minor=price_minor, created_at=now)
        session.add(third)
        session.flush()
    # the log holds no text and no rate: those belong to the report, by speaker and not by person
    _audit(session, actor, "second.written", row, {"owed_minor": price_minor, "settle": not agrees}, now)


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    row: SecondTranscript,
    detail: dict[str, object],
    now: datetime,
) -> None:
    append_audit(session, actor=actor, action=action, object=f"second:{row.id}", detail=detail, now=now)
