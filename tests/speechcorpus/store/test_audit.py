"""The audit chain holds when two write at once, and breaks when anyone rewrites it."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.audit import GENESIS, append_audit, audit_head, check_audit
from speechcorpus.store.store import Store

MANAGER = Actor(role="manager", id="m1")


def write_rows(store: Store, now: datetime, count: int) -> None:
    for number in range(count):
        with store.catalogue.write() as session:
            append_audit(
                session,
                actor=MANAGER,
                action="task.made",
                object=f"task:{number}",
                detail={"prompts": 12, "title": "食飽未？"},
                now=now + timedelta(microseconds=number),
            )


def rewrite(store: Store, *statements: str) -> None:
    """What somebody with the database's password could do."""
    with store.catalogue.write() as session:
        if store.catalogue.is_sqlite:
            found = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
            dropped = [f"DROP TRIGGER {name}" for name in session.scalars(text(found))]
        else:
            dropped = ["SET LOCAL session_replication_role = replica"]
        for statement in (*dropped, *statements):
            session.execute(text(statement))


def test_an_empty_log_starts_from_the_genesis_hash(store: Store) -> None:
    with store.catalogue.read() as session:
        head = audit_head(session)
    assert (head.seq, head.hash) == (0, GENESIS)


def test_every_row_names_the_hash_of_the_one_before(store: Store, now: datetime) -> None:
    write_rows(store, now, 3)
    with store.catalogue.read() as session:
        assert check_audit(session) is None
        assert audit_head(session).seq == 3


def test_two_rows_of_one_transaction_follow_each_other(store: Store, now: datetime) -> None:
    with store.catalogue.write() as session:
        first = append_audit(session, actor="janitor", action="a", object="b:1", detail={}, now=now)
        second = append_audit(session, actor="janitor", action="a", object="b:2", detail={}, now=now)
    assert (first.seq, second.seq) == (1, 2)
    with store.catalogue.read() as session:
        assert check_audit(session) is None


def test_the_chain_holds_when_many_write_at_once(store: Store, now: datetime) -> None:
    threads = [threading.Thread(target=write_rows, args=(store, now, 5)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.catalogue.read() as session:
        assert audit_head(session).seq == 30
        assert check_audit(session) is None


@pytest.mark.parametrize(
    ("statement", "seq", "rule"),
    [
        ("UPDATE audit SET actor = 'manager:m2' WHERE seq = 2", 2, "hash"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 3", 3, "hash"),
        ("DELETE FROM audit WHERE seq = 2", 3, "gap"),
        ("UPDATE audit SET prev = hash WHERE seq = 2", 2, "prev"),
    ],
)
def test_a_row_changed_behind_our_back_is_named(
    store: Store, now: datetime, statement: str, seq: int, rule: str
) -> None:
    write_rows(store, now, 4)
    rewrite(store, statement)
    with store.catalogue.read() as session:
        fault = check_audit(session)
    assert fault is not None
    assert (fault.seq, fault.rule) == (seq, rule)


def test_a_float_in_the_detail_is_refused(store: Store, now: datetime) -> None:
    with pytest.raises(SpeechCorpusError) as caught, store.catalogue.write() as session:
        append_audit(session, actor=MANAGER, action="a", object="b:1", detail={"level_db": 1.5}, now=now)
    assert caught.value.code == "canonical.float"
