"""Rows of blobs: written after the bytes are durable, whoever else writes the same."""

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from speechcorpus.store.models import Blob


def note_blob(session: Session, sha256: str, *, size: int, state: str = "ok", now: datetime) -> None:
    """Keep the row of a durable blob; one that is there already, or comes in this moment, stays as it is.

    Two takes of the same silence are the same bytes: asking first and then adding would fail the second
    of two transactions that finish together.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"sha256": sha256, "bytes": size, "state": state, "stored_at": now}
    session.execute(insert(Blob).values(row).on_conflict_do_nothing())
