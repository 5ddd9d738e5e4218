"""A blob has one row, however many write it."""

import threading
from datetime import datetime

from sqlalchemy import select

from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.models import Blob
from speechcorpus.store.store import Store

SHA = "ab" * 32


def test_two_that_finish_together_share_one_row(store: Store, now: datetime) -> None:
    both_inside = threading.Barrier(1 if store.catalogue.is_sqlite else 2)
    failures: list[BaseException] = []

    def finish() -> None:
        try:
            with store.catalogue.write() as session:
                known = session.get(Blob, SHA)
                both_inside.wait(timeout=10)
                assert known is None or store.catalogue.is_sqlite
                note_blob(session, SHA, size=3, now=now)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=finish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with store.catalogue.read() as session:
        row = session.scalars(select(Blob)).one()
    assert (row.bytes, row.state, row.stored_at) == (3, "ok", now)


def test_a_quarantined_row_stays_quarantined(store: Store, now: datetime) -> None:
    with store.catalogue.write() as session:
        note_blob(session, SHA, size=3, state="quarantined", now=now)
        note_blob(session, SHA, size=3, now=now)
        assert session.scalars(select(Blob.state)).one() == "quarantined"
