"""Second bodies: other bytes that came for a chunk that is here, kept where only a person looks.

No row of a take or clip names them. The audit log does, and by it they are counted and found for erasure.
"""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.audit import append_audit
from speechcorpus.store.blob_rows import note_blob, states_of
from speechcorpus.store.models import Audit, Blob
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_take
from speechcorpus.workflows.withdrawn_items import take_is_withdrawn

MOST_SECOND_BODIES: Final = 3
"""Of one take: enough for a person to see what a recorder does wrong, too few to store anything with."""
CONFLICT: Final = "chunk.conflict"


def keep_second_body(
    store: Store,
    actor: Actor,
    take_id: str,
    data: bytes,
    *,
    index: int,
    kept: str,
    sha256: str,
    now: datetime,
) -> None:
    """Put a second body where nothing reads it and tell the audit log both hashes: a person looks.

    Beyond the most of a take, and of a take that was taken back, nothing is kept and nothing told.
    """
    with store.catalogue.read() as session:
        if _takes_no_more(session, take_id):
            return
    with store.catalogue.write() as session:
        own_take(session, actor, take_id, lock=True)
        if _takes_no_more(session, take_id):  # others came at once
            return
        if session.get(Blob, sha256) is None and not store.blobs.exists(sha256):
            store.blobs.quarantine(store.blobs.put_bytes(data))
            note_blob(session, sha256, size=len(data), state="quarantined", now=now)
        detail = {"index": index, "kept": kept, "received": sha256}
        append_audit(session, actor=actor, action=CONFLICT, object=_named(take_id), detail=detail, now=now)


def second_bodies_of(session: Session, takes: Collection[str]) -> set[str]:
    """Return the second bodies of these takes that no other take in use has too, for erasure."""
    own, others = dict[str, set[str]](), dict[str, set[str]]()
    told = select(Audit.object, Audit.detail).where(Audit.action == CONFLICT)
    for named, detail in session.execute(told) if takes else ():
        take_id = named.partition(":")[2]
        by_body = own if take_id in takes else others
        by_body.setdefault(json.loads(detail)["received"], set()).add(take_id)
    # whatever else has such bytes as its own keeps them in use: in quarantine are those that only we have
    apart = {sha256 for sha256, state in states_of(session, own).items() if state == "quarantined"}
    return {
        sha256
        for sha256 in apart
        if all(take_is_withdrawn(session, take_id) for take_id in others.get(sha256, ()))
    }


def _takes_no_more(session: Session, take_id: str) -> bool:
    told = select(Audit.seq).where(Audit.object == _named(take_id), Audit.action == CONFLICT)
    newest = session.scalars(told.order_by(Audit.seq.desc()).limit(MOST_SECOND_BODIES)).all()
    return len(newest) >= MOST_SECOND_BODIES or take_is_withdrawn(session, take_id)


def _named(take_id: str) -> str:
    return f"take:{take_id}"
