"""The audit log: a chain of hashes, so that nothing in the past can change unseen."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.store.models import Audit
from speechcorpus.store.models.base import table_of

GENESIS = "0" * 64
"""What the first row names as its predecessor."""
_HEAD = select(Audit.seq, Audit.hash).order_by(Audit.seq.desc()).limit(1)  # made once: every edge asks
_APPEND, _COLUMNS = insert(table_of(Audit)), tuple(table_of(Audit).columns.keys())
APPENDING = 7_305_112_019_442  # any number of our own: names the advisory lock on PostgreSQL


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """The newest row: whoever keeps one can show later that history was cut."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFault:
    """The first row that does not fit, and why."""

    seq: int
    rule: str  # "gap" | "prev" | "hash"


def append_audit(
    session: Session,
    *,
    actor: Actor | str,
    action: str,
    object: str,  # noqa: A002  the word of the table and of the log
    detail: Mapping[str, object],
    now: datetime,
) -> AuditHead:
    """Add one row to the chain and return the new head.

    On PostgreSQL writers of the log wait for each other until commit, so append after other rows are written.

    Parameters
    ----------
    actor : the person, or the name of the part of the house that acted, for example `"janitor"`
    action : what happened, for example `"take.stored"`
    object : to what, as `kind:id`
    detail : canonical JSON values, no floats
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPENDING})
    head = audit_head(session)
    row = Audit(
        seq=head.seq + 1,
        at=now.astimezone(UTC),
        actor=actor.name_for_audit if isinstance(actor, Actor) else actor,
        action=action,
        object=object,
        detail=canonical_json(dict(detail)).decode(),
        prev=head.hash,
        hash="",
    )
    row.hash = _hash(row)
    session.flush()  # what happened stands before it is told
    session.execute(_APPEND, {name: getattr(row, name) for name in _COLUMNS})
    return AuditHead(seq=row.seq, hash=row.hash)


def audit_head(session: Session) -> AuditHead:
    """Return the newest row's number and hash; (0, GENESIS) for an empty log."""
    row = session.execute(_HEAD).first()
    return AuditHead(seq=0, hash=GENESIS) if row is None else AuditHead(seq=row.seq, hash=row.hash)


def check_audit(session: Session) -> AuditFault | None:
    """Walk the whole chain; return the first fault, None when every row fits."""
    head = AuditHead(seq=0, hash=GENESIS)
    in_order = select(Audit).order_by(Audit.seq).execution_options(yield_per=1000)
    with session.scalars(in_order) as rows:
        for row in rows:
            rule = _broken_rule(row, head)
            if rule is not None:
                return AuditFault(seq=row.seq, rule=rule)
            head = AuditHead(seq=row.seq, hash=row.hash)
    return None


def _broken_rule(row: Audit, head: AuditHead) -> str | None:
    if row.seq != head.seq + 1:
        return "gap"
    if row.prev != head.hash:
        return "prev"
    return None if row.hash == _hash(row) else "hash"


def _hash(row: Audit) -> str:
    told = {
        "seq": row.seq,
        "at": row.at.isoformat(timespec="microseconds"),
        "actor": row.actor,
        "action": row.action,
        "object": row.object,
        "detail": row.detail,
    }
    return hashlib.sha256(bytes.fromhex(row.prev) + canonical_json(told)).hexdigest()
