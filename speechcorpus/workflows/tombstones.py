"""Withdrawals beside the catalogue: a restored copy is made to forget before anything is served from it."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.store.models import Tombstone, Withdrawal, WithdrawnItem
from speechcorpus.store.store import Store

NAME = "tombstones.jsonl"  # to be copied apart from backups, and put beside a restored one
Line = Mapping[str, Any]


def keep_tombstones(store: Store) -> int:
    """Write down every withdrawal and erasure that the file does not know yet; return how many lines.

    A line is added only once its row is committed, and is durable before this returns. Several hosts keep
    them in their bucket as well: the folder of whichever did the chore may be gone when they are needed.
    """
    with store.catalogue.read() as session:
        lines = [canonical_json(line) for line in _lines(session)]
    if store.stones is not None:
        store.stones.add(store.stones.missing(lines))
    known = {canonical_json(line) for line in read_tombstones(store.data_dir)}
    missing = [line for line in lines if line not in known]
    if missing:
        _append(store.data_dir / NAME, missing)
    return len(missing)


def all_tombstones(store: Store) -> Sequence[Line]:
    """Return the lines of the file, and those that any host has kept in the bucket, the earliest first."""
    kept = () if store.stones is None else store.stones.read()
    lines = {
        canonical_json(line): line for line in (*read_tombstones(store.data_dir), *map(json.loads, kept))
    }
    if store.stones is None:
        return list(lines.values())
    return sorted(lines.values(), key=lambda line: (line["withdrawn_at"], line["erased_at"] or ""))


def read_tombstones(data_dir: Path) -> Sequence[Line]:
    """Return the lines of the file; one that was cut short by a crash is written anew and is left out."""
    path = data_dir / NAME
    if not path.exists():
        return ()
    found = []
    for line in path.read_bytes().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _lines(session: Session) -> Sequence[Line]:
    rows = session.scalars(select(Withdrawal).order_by(Withdrawal.withdrawn_at, Withdrawal.id)).all()
    return [line for row in rows for line in _lines_of(session, row)]


def _lines_of(session: Session, row: Withdrawal) -> Sequence[Line]:
    items = session.execute(
        select(WithdrawnItem.segment_id, WithdrawnItem.effect)
        .where(WithdrawnItem.withdrawal_id == row.id)
        .order_by(WithdrawnItem.segment_id, WithdrawnItem.effect)
    )
    said: dict[str, Any] = {
        "withdrawal": row.id,
        "contributor": row.contributor_id,
        "scope": row.scope,
        "purpose": row.purpose,
        "text_sha256": row.text_sha256,
        "segment": row.segment_id,
        "withdrawn_at": _told(row.withdrawn_at),
        "erase_at": _told(row.erase_at),
        "items": [list(each) for each in items],
        "erased_at": None,
        "blobs": [],
    }
    if row.erased_at is None:
        return [said]
    stones = select(Tombstone.blob_sha256).where(Tombstone.withdrawal_id == row.id)
    blobs = sorted(session.scalars(stones))
    return [said, {**said, "erased_at": _told(row.erased_at), "blobs": blobs}]


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def _append(path: Path, lines: Sequence[bytes]) -> None:
    with path.open("ab") as file:
        file.write(b"".join(line + b"\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
