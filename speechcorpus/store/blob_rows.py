"""Rows of blobs: written after the bytes are durable, whoever else writes the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from speechcorpus.store.models import Blob

T = TypeVar("T")
ASKED = 500  # a statement takes only so many values


def note_blob(session: Session, sha256: str, *, size: int, state: str = "ok", now: datetime) -> None:
    """Keep the row of a durable blob; one that is there already, or comes in this moment, stays as it is.

    Two takes of the same silence are the same bytes: asking first and then adding would fail the second
    of two transactions that finish together.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"sha256": sha256, "bytes": size, "state": state, "stored_at": now}
    session.execute(insert(Blob).values(row).on_conflict_do_nothing())


def states_of(session: Session, digests: Iterable[str]) -> Mapping[str, str]:
    """Return the state of each of these blobs that has a row."""
    found = dict[str, str]()
    for page in in_pages(sorted(set(digests))):
        rows = select(Blob.sha256, Blob.state).where(Blob.sha256.in_(page))
        found |= {row.sha256: row.state for row in session.execute(rows)}
    return found


def in_pages(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield values in their order, as many at a time as one statement may ask for."""
    for start in range(0, len(values), ASKED):
        yield values[start : start + ASKED]
