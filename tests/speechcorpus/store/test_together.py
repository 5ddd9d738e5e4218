"""Writes that share a transaction: each thread hears its own outcome, and only after the commit."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import SittingError, StoreError
from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.models import Blob
from speechcorpus.store.store import Store

THREADS = 24


def adding(number: int, now: datetime, *, refuse: bool = False) -> Callable[[Session], int]:
    """Return an act that adds a row and then, perhaps, changes its mind."""

    def act(session: Session) -> int:
        session.add(Blob(sha256=f"{number:064x}", bytes=number, stored_at=now))
        session.flush()
        if refuse:
            raise SittingError("take.stored", "no", number=number)
        return number

    return act


def all_at_once(store: Store, acts: list[Callable[[Session], Any]]) -> list[Any]:
    """Run the acts while another writer holds the turn, so that they wait together; return what came back."""
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with store.catalogue.write():
            held.set()
            free.wait()

    def run(act: Callable[[Session], Any]) -> Any:
        try:
            return store.catalogue.write_together(act)
        except SittingError as error:
            return error

    with ThreadPoolExecutor(max_workers=len(acts) + 1) as pool:
        holder = pool.submit(hold)
        held.wait()
        running = [pool.submit(run, act) for act in acts]
        free.set()
        holder.result()
        return [each.result() for each in running]


def numbers(store: Store) -> list[int]:
    with store.catalogue.read() as session:
        return list(session.scalars(select(Blob.bytes).order_by(Blob.bytes)))


def test_everybody_gets_what_their_own_act_returned(store: Store, now: datetime) -> None:
    assert all_at_once(store, [adding(n, now) for n in range(THREADS)]) == list(range(THREADS))
    assert numbers(store) == list(range(THREADS))


def test_one_that_raises_writes_nothing_and_takes_nobody_along(store: Store, now: datetime) -> None:
    came = all_at_once(store, [adding(n, now, refuse=n % 5 == 3) for n in range(THREADS)])
    refused = [n for n in range(THREADS) if n % 5 == 3]
    assert [each.facts["number"] for each in came if isinstance(each, SittingError)] == refused
    assert numbers(store) == [n for n in range(THREADS) if n not in refused]


def test_what_is_told_is_committed(store: Store, now: datetime) -> None:
    def add_and_look(number: int) -> bool:
        store.catalogue.write_together(adding(number, now))
        return number in numbers(store)

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert all(pool.map(add_and_look, range(THREADS)))


def test_a_busy_catalogue_is_told_to_all_who_wait(sqlite_store: Store, now: datetime) -> None:
    impatient = Catalogue(str(sqlite_store.catalogue.url), busy_timeout_s=0.05)
    codes = []

    def run(number: int) -> None:
        with pytest.raises(StoreError) as busy:
            impatient.write_together(adding(number, now))
        codes.append(busy.value.code)

    with sqlite_store.catalogue.write() as session:
        session.execute(select(func.count(Blob.sha256)))
        threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    impatient.close()
    assert codes == ["database.busy"] * 4
    assert numbers(sqlite_store) == []
