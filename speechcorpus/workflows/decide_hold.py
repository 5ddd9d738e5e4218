"""A manager decides about a held take: used as it is labelled, or set aside; its bytes stay either way."""

from datetime import datetime

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import parse_json
from speechcorpus.record.manifest import parse_manifest
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Blob, Claim, Sitting, Take, TakeHold, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import held_take, not_found, require_staff
from speechcorpus.workflows.desk import require_own
from speechcorpus.workflows.finish import enqueue_measuring
from speechcorpus.workflows.segments import propose_segments
from speechcorpus.workflows.take_holds import OTHER_RATE


def decide_hold(store: Store, actor: Actor, take_id: str, *, use: bool, now: datetime) -> None:
    """Use a take that was held for its rate, as it is labelled, or set it aside.

    Used, it proposes its items and is measured like any other take.

    Raises
    ------
    AccessError : `not-found` for anybody but a manager, and for a take that does not wait
    """
    with store.catalogue.read() as session:
        take, _ = _waiting(session, actor, take_id)
    if use:
        store.blobs.release(take.master_sha256 or "")  # before the row: what is used must be in its place
    with store.catalogue.write() as session:
        _waiting(session, actor, take_id)
        held_take(session, take_id)
        take, held = _waiting(session, actor, take_id)  # of two managers one decides
        held.decision, held.decided_by, held.decided_at = "use" if use else "aside", actor.name_for_audit, now
        session.flush()
        if use:
            _take_in(session, take, now)
        append_audit(
            session,
            actor=actor,
            action="take.decided",
            object=f"take:{take_id}",
            detail={"code": held.code, "decision": held.decision},
            now=now,
        )


def _waiting(session: Session, actor: Actor, take_id: str) -> tuple[Take, TakeHold]:
    require_staff(session, actor, "manager")
    take = session.get(Take, take_id)
    held = session.get(TakeHold, (take_id, OTHER_RATE), populate_existing=True)
    if take is None or held is None or held.decision is not None:
        raise not_found("take")
    claim_id = session.get_one(Sitting, take.sitting_id).claim_id
    if claim_id is not None:  # a sound check is of no project
        task = session.get_one(Task, session.get_one(Claim, claim_id).task_id)
        require_own(session, actor, task.project_id)
    return take, held


def _take_in(session: Session, take: Take, now: datetime) -> None:
    session.get_one(Blob, take.master_sha256).state = "ok"
    sitting, manifest = (
        session.get_one(Sitting, take.sitting_id),
        parse_manifest(parse_json(take.manifest or "")),
    )
    enqueue_measuring(session, take, propose_segments(session, take, sitting, manifest, now=now), now)
