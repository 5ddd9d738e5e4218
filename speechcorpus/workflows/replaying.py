"""A restored store is made to forget what was withdrawn since its backup, before anything is served."""

from datetime import datetime

from sqlalchemy.orm import Session

from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Contributor, Segment, Withdrawal, WithdrawnItem
from speechcorpus.store.store import Store
from speechcorpus.work.withdrawal import Effect
from speechcorpus.workflows.erasure import erase_blobs, erase_person
from speechcorpus.workflows.tombstones import Line, all_tombstones
from speechcorpus.workflows.withdrawal_effects import end_consents, end_use
from speechcorpus.workflows.withdrawn_access import end_access


def replay_tombstones(store: Store, *, now: datetime) -> int:
    """Carry out every withdrawal and erasure that the catalogue does not know; return how many lines.

    To be called before anything is served. Done again it changes nothing. Pay is what the catalogue says:
    what was pending in the backup is accepted, as it was then.
    """
    replayed = 0
    for line in all_tombstones(store):
        with store.catalogue.write() as session:
            replayed += _replay(store, session, line, now)
    return replayed


def _replay(store: Store, session: Session, line: Line, now: datetime) -> bool:
    person = session.get(Contributor, line["contributor"], with_for_update=True)
    gone = line["segment"] is not None and session.get(Segment, line["segment"]) is None
    if person is None or gone:
        return False  # the backup is older than what is to be forgotten
    row = session.get(Withdrawal, line["withdrawal"])
    anew = row is None
    row = row or _withdraw_again(store, session, person, line, now)
    erased = line["erased_at"] is not None and _erase_again(store, session, row, line)
    if anew or erased:
        append_audit(
            session,
            actor="restore",
            action="withdrawal.replayed",
            object=f"withdrawal:{row.id}",
            detail={"erased": erased},
            now=now,
        )
    return anew or erased


def _withdraw_again(
    store: Store, session: Session, person: Contributor, line: Line, now: datetime
) -> Withdrawal:
    row = _row(line)
    session.add(row)
    session.flush()
    end_use(session, store, row, _ended(session, line), now=now)
    end_consents(session, row, now=now)
    if row.scope == "all":
        person.state = "withdrawn"
        end_access(session, person.id, keep=None, now=now)
    return row


def _erase_again(store: Store, session: Session, row: Withdrawal, line: Line) -> bool:
    """Erase what was erased; False if the catalogue knows and the bytes are gone."""
    at = datetime.fromisoformat(line["erased_at"])
    if row.erased_at is not None and not any(store.blobs.is_anywhere(sha256) for sha256 in line["blobs"]):
        return False
    erase_blobs(store, session, row, line["blobs"], at)
    if row.scope == "all":
        erase_person(session, row.contributor_id, at)
    if row.erased_at is None:
        row.erased_at = at
    session.flush()
    return True


def _row(line: Line) -> Withdrawal:
    erase_at = line["erase_at"]
    return Withdrawal(
        id=line["withdrawal"],
        contributor_id=line["contributor"],
        scope=line["scope"],
        purpose=line["purpose"],
        text_sha256=line["text_sha256"],
        segment_id=line["segment"],
        withdrawn_at=datetime.fromisoformat(line["withdrawn_at"]),
        erase_at=datetime.fromisoformat(erase_at) if erase_at else None,
    )


def _ended(session: Session, line: Line) -> list[tuple[Segment, Effect]]:
    found: list[tuple[Segment, Effect]] = []
    for segment_id, effect in line["items"]:
        segment = session.get(Segment, segment_id)
        if segment is not None and session.get(WithdrawnItem, (segment_id, effect)) is None:
            found.append((segment, effect))
    return found
