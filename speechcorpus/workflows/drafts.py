"""A draft by the operator's recogniser: asked for by the writer of an item, made by a worker, offered."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, cast
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SignalError, SittingError, StoreError
from speechcorpus.domain.transcript import Violation
from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Claim, DraftRow, Job, Segment, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_segment, require_contributor
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.item_owner import owner_of
from speechcorpus.workflows.item_state import standing
from speechcorpus.workflows.items import ItemAudio, item_audio
from speechcorpus.workflows.judging import violations_in
from speechcorpus.workflows.late_items import require_writable
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.recogniser import LONGEST_S, Recognised, RecogniserSettings, recognise

MOST_WAITING = 5  # drafts of one person that wait at a time: each may cost minutes

DraftState = Literal["absent", "queued", "ready", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Where the draft of an item stands; the text is there when it is ready, the code when it failed."""

    state: DraftState
    text: str | None = None
    violations: tuple[Violation, ...] = ()  # what the rules say of it, as of any text
    engine: str | None = None
    model: str | None = None
    error_code: str | None = None
    asked_at: datetime | None = None
    finished_at: datetime | None = None


ABSENT = Draft(state="absent")


def draft_of(store: Store, actor: Actor, segment_id: str, *, recogniser: RecogniserSettings | None) -> Draft:
    """Return the draft of one's own item; to anybody else, a second writer above all, there is no item.

    Raises
    ------
    SittingError : `draft.not-offered` without a recogniser
    AccessError : `not-found`
    """
    _require_offered(recogniser)
    with store.catalogue.read() as session:
        segment, _ = own_segment(session, actor, segment_id)
        return _view(session, segment, _row(session, segment))


def ask_draft(
    store: Store, actor: Actor, segment_id: str, *, recogniser: RecogniserSettings | None, now: datetime
) -> Draft:
    """Ask a worker for a draft of one's own item; the one that waits or is ready is returned as it is.

    Raises
    ------
    AccessError : `not-found`, `consent.withdrawn`, `consent.missing`
    SittingError : `draft.not-offered`, `draft.too-long` above 30 s, `quota.drafts`, `claim.not-active`,
        `item.handed-in`
    """
    model = _require_offered(recogniser).folder.name
    with store.catalogue.write() as session:
        require_contributor(session, actor, lock=True)
        segment, claim = own_segment(session, actor, segment_id)
        row = _row(session, segment)
        found = _view(session, segment, row)
        if found.state in ("queued", "ready"):
            return found
        _require_open(session, segment, claim, now)
        _require_room(session, actor)
        if row is None:
            row = DraftRow(id=str(uuid4()), segment_id=segment.id, segment_version=segment.version)
        row.state, row.error_code, row.finished_at = "queued", None, None
        row.author, row.model, row.created_at = actor.name_for_audit, model[:120], now
        row.job_id = enqueue(session, "draft", {"draft_id": row.id}, now=now)
        session.add(row)
        session.flush()
        detail = {"version": row.segment_version, "model": row.model}
        _audit(session, actor, "draft.asked", row, detail, now)
        return _view(session, segment, row)


def make_draft(
    store: Store, draft_id: str, now: datetime, recogniser: RecogniserSettings | None = None
) -> None:
    """Let the recogniser write down an item; a job, safe to run again.

    What goes wrong with the model ends the draft with a code; what goes wrong with the catalogue or the disk
    ends the attempt.
    """
    with store.catalogue.read() as session:
        row = session.get_one(DraftRow, draft_id)
        segment = session.get_one(Segment, row.segment_id)
        if row.state != "queued":
            return
        audio = item_audio(store, session, segment)
        if session.get_one(Take, segment.take_id).master_sha256 is None:
            raise StoreError("draft.too-early", "the take is not stored yet")
        moved = segment.version != row.segment_version
    try:
        if moved:
            raise SignalError("draft.moved", "the edges of the item moved meanwhile")
        if recogniser is None:
            raise SignalError("recogniser.not-configured", "this worker was told of no recogniser")
        written, code = _written(audio, recogniser), None
    except SignalError as error:
        written, code = None, error.code
    _keep(store, draft_id, written, code, recogniser, now)


def _written(audio: ItemAudio, recogniser: RecogniserSettings) -> Recognised:
    with TemporaryDirectory(prefix="draft-") as folder:
        path = Path(folder) / "item.wav"
        with path.open("wb") as file:
            file.writelines(audio.blocks())
        return recognise(path, recogniser)


def _keep(
    store: Store,
    draft_id: str,
    written: Recognised | None,
    code: str | None,
    recogniser: RecogniserSettings | None,
    now: datetime,
) -> None:
    with store.catalogue.write() as session:
        row = session.get_one(DraftRow, draft_id, with_for_update=True)
        if row.state != "queued":
            return  # another worker was quicker
        row.finished_at, row.model = now, recogniser.folder.name[:120] if recogniser else row.model
        if written is None:
            row.state, row.error_code = "failed", (code or "")[:40]
            _audit(session, "worker", "draft.failed", row, {"code": row.error_code}, now)
            return
        row.state, row.text, row.engine = "ready", written.text, written.engine
        digest = hashlib.sha256(written.text.encode()).hexdigest()
        detail = {"engine": row.engine, "model": row.model, "text_sha256": digest}
        session.flush()
        _audit(session, "worker", "draft.made", row, detail, now)


def _require_offered(recogniser: RecogniserSettings | None) -> RecogniserSettings:
    if recogniser is None:
        raise SittingError("draft.not-offered", "this house has no recogniser")
    return recogniser


def _require_open(session: Session, segment: Segment, claim: Claim, now: datetime) -> None:
    require_consent(session, owner_of(session, segment), terms_by_hash(session, claim.terms_sha256))
    require_writable(session, claim, segment, now=now)
    if standing(session, segment.id) not in ("open", "repair"):
        raise SittingError("item.handed-in", "the item has been handed in", segment=segment.id)
    rate_hz = session.get_one(Take, segment.take_id).rate_hz
    if segment.end_sample - segment.start_sample > LONGEST_S * rate_hz:
        raise SittingError("draft.too-long", f"a draft is made of up to {LONGEST_S:g} s", limit_s=LONGEST_S)


def _require_room(session: Session, actor: Actor) -> None:
    waiting = (
        select(func.count())
        .select_from(DraftRow)
        .join(Job, Job.id == DraftRow.job_id)
        .where(DraftRow.author == actor.name_for_audit, DraftRow.state == "queued", Job.state != "dead")
    )
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise SittingError("quota.drafts", f"{MOST_WAITING} drafts are waiting", limit=MOST_WAITING)


def _row(session: Session, segment: Segment) -> DraftRow | None:
    """Return the draft of the item as it is cut now."""
    of_it = (DraftRow.segment_id == segment.id, DraftRow.segment_version == segment.version)
    return session.scalars(select(DraftRow).where(*of_it)).first()


def _view(session: Session, segment: Segment, row: DraftRow | None) -> Draft:
    if row is None:
        return ABSENT
    state, code = cast(DraftState, row.state), row.error_code
    if state == "queued" and _is_lost(session, row):
        state, code = "failed", "recogniser.crashed"
    return Draft(
        state=state,
        text=row.text,
        violations=() if row.text is None else violations_in(session, segment, row.text),
        engine=row.engine,
        model=row.model,
        error_code=code,
        asked_at=row.created_at,
        finished_at=row.finished_at,
    )


def _is_lost(session: Session, row: DraftRow) -> bool:
    """Whether the job of a draft that waits will not be done any more."""
    job = session.get(Job, row.job_id)
    return job is None or job.state in ("dead", "done")


def _audit(
    session: Session,
    actor: Actor | Literal["worker"],
    action: str,
    row: DraftRow,
    detail: Mapping[str, object],
    now: datetime,
) -> None:
    """Note a step; the text itself stays out of the log."""
    append_audit(
        session, actor=actor, action=action, object=f"segment:{row.segment_id}", detail=detail, now=now
    )
