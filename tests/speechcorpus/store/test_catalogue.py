"""The catalogue: one way to read and one way to write, on both databases."""

import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.models import Claim, Project
from speechcorpus.store.store import Store

TAIPEI = timezone(timedelta(hours=8))


def project(name: str, now: datetime) -> Project:
    return Project(id=name, title="A project", created_at=now)


def names(store: Store) -> list[str]:
    with store.catalogue.read() as session:
        return list(session.scalars(select(Project.id).order_by(Project.id)))


def test_what_was_written_is_read_back(store: Store, now: datetime) -> None:
    with store.catalogue.write() as session:
        session.add(project("a", now))
    assert names(store) == ["a"]


def write_and_fail(store: Store, now: datetime) -> None:
    with store.catalogue.write() as session:
        session.add(project("a", now))
        session.flush()
        raise ValueError("on purpose")


def test_nothing_of_a_failed_block_is_kept(store: Store, now: datetime) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        write_and_fail(store, now)
    assert names(store) == []


def test_the_database_refuses_to_write_for_a_reader(store: Store, now: datetime) -> None:
    insert = text("INSERT INTO project (id, title, created_at) VALUES ('a', 'A', :now)")
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), store.catalogue.read() as session:
        session.execute(insert, {"now": now.isoformat()})
    assert names(store) == []


def test_a_reader_keeps_one_view_while_others_write(store: Store, now: datetime) -> None:
    with store.catalogue.read() as reader:
        before = reader.scalars(select(Project.id)).all()
        with store.catalogue.write() as session:
            session.add(project("a", now))
        assert reader.scalars(select(Project.id)).all() == before == []


def test_a_time_comes_back_as_the_same_moment_in_utc(store: Store, now: datetime) -> None:
    with store.catalogue.write() as session:
        session.add(project("a", now.astimezone(TAIPEI)))
    with store.catalogue.read() as session:
        kept = session.get_one(Project, "a").created_at
    assert kept == now
    assert kept.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(store: Store, now: datetime) -> None:
    with pytest.raises(StatementError, match="a time without a zone"), store.catalogue.write() as session:
        session.add(project("a", now.replace(tzinfo=None)))


@pytest.mark.usefixtures("segment_id")
def test_a_task_has_one_active_claim(store: Store, now: datetime) -> None:
    with store.catalogue.write() as session:
        session.execute(text("UPDATE claim SET state = 'released'"))
    for refused in (False, True):
        again = Claim(
            id=f"again-{refused}",
            task_id="task",
            contributor_id="c",
            fence=2,
            terms_sha256="ab",
            price={},
            evaluator="e",
            claimed_at=now,
            lease_until=now,
        )
        if refused:
            with pytest.raises(IntegrityError), store.catalogue.write() as session:
                session.add(again)
        else:
            with store.catalogue.write() as session:
                session.add(again)


def test_sqlite_is_set_to_lose_nothing(sqlite_store: Store) -> None:
    with sqlite_store.catalogue.write() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_threads_that_write_at_once_lose_no_update(store: Store, now: datetime) -> None:
    with store.catalogue.write() as session:
        session.add(project("0", now))

    def count_up() -> None:
        for _ in range(10):
            with store.catalogue.write() as session:
                row = session.scalars(select(Project).with_for_update()).one()
                row.title = str(int(row.title) + 1) if row.title.isdigit() else "1"

    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.catalogue.read() as session:
        assert session.scalars(select(Project.title)).one() == "80"


def test_a_writer_inside_a_writer_is_told_so_at_once(sqlite_store: Store) -> None:
    with (
        sqlite_store.catalogue.write(),
        pytest.raises(RuntimeError, match="a write transaction inside a write transaction"),
        sqlite_store.catalogue.write(),
    ):
        pass


HOLDER = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_catalogue_held_by_another_process_is_busy_and_recovers(sqlite_store: Store, now: datetime) -> None:
    path = sqlite_store.data_dir / "catalogue.sqlite"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    impatient = Catalogue(f"sqlite:///{path}", busy_timeout_s=0.5)
    started = time.monotonic()
    with pytest.raises(StoreError, match="busy or stopped") as caught, impatient.write():
        pass
    assert caught.value.code == "database.busy"
    assert time.monotonic() - started > 0.4  # it waited before it gave up
    holder.communicate()
    with impatient.write() as session:
        session.add(project("a", now))
    impatient.close()
    assert names(sqlite_store) == ["a"]


def test_a_stopped_postgresql_is_busy_not_broken(postgres: str) -> None:
    catalogue = Catalogue(f"postgresql://postgres@/nowhere?host={postgres}/not-there")
    with pytest.raises(StoreError) as caught, catalogue.read() as session:
        session.execute(text("SELECT 1"))
    assert caught.value.code == "database.busy"
    catalogue.close()


def test_who_waits_too_long_for_a_row_is_told_busy(store: Store, now: datetime) -> None:
    with store.catalogue.write() as session:
        session.add(project("a", now))
    impatient = Catalogue(store.catalogue.url.render_as_string(hide_password=False), busy_timeout_s=0.3)
    with store.catalogue.write() as holder:
        holder.execute(text("UPDATE project SET title = 'held'"))
        with pytest.raises(StoreError, match="busy or stopped") as caught, impatient.write() as session:
            session.execute(text("UPDATE project SET title = 'late'"))
    assert caught.value.code == "database.busy"
    impatient.close()
    with store.catalogue.read() as session:
        assert session.get_one(Project, "a").title == "held"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_postgresql_cut_is_busy_and_the_next_one_works(store: Store, now: datetime) -> None:
    with pytest.raises(StoreError, match="busy or stopped") as caught, store.catalogue.write() as session:
        write_after_a_cut(store, session, now)
    assert caught.value.code == "database.busy"
    assert names(store) == []


def write_after_a_cut(store: Store, session: Session, now: datetime) -> None:
    session.add(project("a", now))
    session.flush()
    mine = session.scalar(text("SELECT pg_backend_pid()"))
    with store.catalogue.write() as other:
        other.execute(text("SELECT pg_terminate_backend(:mine, 5000)"), {"mine": mine})
    session.execute(text("SELECT 1"))
