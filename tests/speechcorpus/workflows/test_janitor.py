"""The janitor removes what nobody needs, and never what somebody may."""

import hashlib
import os
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.blob_rows import ASKED
from speechcorpus.store.models import Blob, Chunk, Contributor, Sitting, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.janitor import drop_chunks, sweep_orphans, tidy, verify_masters

PCM = bytes(480)
SHA = hashlib.sha256(PCM).hexdigest()
DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)


def a_take(store: Store, now: datetime, *, stored: bool) -> str:
    """A take with one chunk, its row, and its master when stored."""
    take_id = str(uuid4())
    store.incoming.keep(take_id, 0, SHA, PCM)
    master = store.blobs.put_bytes(b"RIFF" + take_id.encode()) if stored else None
    take = Take(
        id=take_id,
        sitting_id="sitting",
        sequence=len(store.incoming.take_ids()),
        track="main",
        prompt_ids=[],
        rate_hz=48_000,
        channels=1,
        capture_path="mstp",
        first_sitting_sample=0,
        body_sha256=SHA,
        state="stored" if stored else "receiving",
        master_sha256=master,
        created_at=now,
    )
    chunk = Chunk(take_id=take_id, index=0, offset=0, length=480, sha256=SHA, received_at=now)
    with store.catalogue.write() as session:
        if master:
            session.add(Blob(sha256=master, bytes=40, stored_at=now))
            session.flush()
        session.add(take)
        session.flush()
        session.add(chunk)
    return take_id


@pytest.fixture
def house(store: Store, now: datetime) -> Iterator[Store]:
    with store.catalogue.write() as session:
        session.add(Contributor(id="c", pseudonym="c-0001", locale="zh-Hant", created_at=now))
        session.flush()
        session.add(
            Sitting(
                id="sitting",
                contributor_id="c",
                band="low",
                device={},
                body_sha256=SHA,
                opened_at=now,
                last_seen_at=now,
            )
        )
    return store


def age(path: Path, to: datetime) -> None:
    os.utime(path, (to.timestamp(), to.timestamp()))


@contextmanager
def counted() -> Iterator[list[int]]:
    """Yield how many values each statement takes, as it is sent."""
    asked: list[int] = []

    def note(_connection: object, _cursor: object, _sql: str, values: Sized, *_rest: object) -> None:
        asked.append(len(values))

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.either_database
def test_of_more_takes_than_a_statement_can_name_each_is_looked_after(house: Store, now: datetime) -> None:
    takes = [a_take(house, now, stored=True) for _ in range(2)]
    verify_masters(house, now=now)
    kept = a_take(house, now, stored=False)
    for number in range(2 * ASKED):
        (house.incoming.root / f"{number:08d}-0000-4000-8000-000000000000").mkdir()
    orphan = house.incoming.path_of(takes[0], 1, SHA)
    orphan.write_bytes(PCM)
    for take_id, index in ((takes[0], 1), (kept, 0)):
        age(house.incoming.path_of(take_id, index, SHA), now)
    with counted() as asked:
        assert sweep_orphans(house, now=now + DAY + MINUTE) == 1
        assert drop_chunks(house, now=now + DAY + MINUTE) == 2
    assert not orphan.exists()
    assert house.incoming.read(kept, 0, SHA) == PCM
    assert ASKED <= max(asked) < ASKED + 10  # the page, and what else is asked of it


@pytest.mark.either_database
@pytest.mark.parametrize("code", ["database.busy", "storage.away"])
def test_a_chore_that_waits_for_ever_keeps_no_other_from_being_done(
    house: Store, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    def away(_sha256: str) -> bool:
        raise StoreError(code, "for ever")

    take_id = a_take(house, now, stored=True)
    verify_masters(house, now=now)
    a_take(house, now, stored=True)  # another master, to be read back
    monkeypatch.setattr(house.blobs, "exists", away)
    tidy(house, now + 2 * DAY)
    assert take_id not in house.incoming.take_ids()
    assert "StoreError: for ever" in caplog.text


def test_chunks_go_a_day_after_their_master_was_read_back(house: Store, now: datetime) -> None:
    take_id = a_take(house, now, stored=True)
    assert drop_chunks(house, now=now + 10 * DAY) == 0  # nobody has read the master yet
    assert verify_masters(house, now=now) == 1
    assert verify_masters(house, now=now) == 0
    assert drop_chunks(house, now=now + DAY) == 0
    assert drop_chunks(house, now=now + DAY + MINUTE) == 1
    assert take_id not in house.incoming.take_ids()


def test_a_rotten_master_keeps_its_chunks(house: Store, now: datetime) -> None:
    take_id = a_take(house, now, stored=True)
    path = next(house.blobs.path_of(sha256) for sha256 in house.blobs.digests())
    path.chmod(0o600)
    path.write_bytes(b"rotten")
    assert verify_masters(house, now=now) == 0
    tidy(house, now + 10 * DAY)
    assert house.incoming.read(take_id, 0, SHA) == PCM


def test_chunks_of_an_unfinished_take_stay_however_old(house: Store, now: datetime) -> None:
    take_id = a_take(house, now, stored=False)
    age(house.incoming.path_of(take_id, 0, SHA), now)
    tidy(house, now + 20 * DAY)
    assert house.incoming.read(take_id, 0, SHA) == PCM


def test_files_of_a_killed_process_go_after_a_day(house: Store, now: datetime) -> None:
    take_id = a_take(house, now, stored=False)
    house.incoming.keep(take_id, 1, SHA, PCM)  # no row followed
    orphan = house.incoming.path_of(take_id, 1, SHA)
    half = house.blobs.root / "tmp" / "half"
    half.write_bytes(b"half")
    for file in (orphan, half):
        age(file, now)
    assert sweep_orphans(house, now=now + DAY - MINUTE) == 0
    assert sweep_orphans(house, now=now + DAY + MINUTE) == 2
    assert not orphan.exists()
