"""The checkup names what is wrong, and only that."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from speechcorpus.domain.actor import Actor
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Blob, Review
from speechcorpus.store.store import Store
from speechcorpus.workflows.backing_up import Wanted, back_up
from speechcorpus.workflows.checkup import Fault, check_store
from speechcorpus.workflows.erasure import look_after_withdrawals
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.money import money
from tests.stage import keep_consent_text, set_stage, voice


@pytest.fixture
def kept(store: Store, now: datetime) -> Iterator[str]:
    """A store with one blob and its row; its digest."""
    sha256 = store.blobs.put_bytes(b"tai-gi")
    with store.catalogue.write() as session:
        session.add(Blob(sha256=sha256, bytes=6, stored_at=now))
    return sha256


def test_a_whole_store_has_no_fault(store: Store, kept: str) -> None:
    assert check_store(store) == ()


def test_a_blob_without_a_row_harms_nobody(store: Store, kept: str) -> None:
    store.blobs.put_bytes(b"left by a killed process")
    assert check_store(store) == ()


@pytest.mark.parametrize(("data", "rule"), [(b"tai-gj", "blob.rotten"), (b"tai", "blob.size")])
def test_a_changed_blob_is_named(store: Store, kept: str, data: bytes, rule: str) -> None:
    path = store.blobs.path_of(kept)
    path.chmod(0o600)
    path.write_bytes(data)
    assert check_store(store) == (Fault(rule=rule, object=f"blob:{kept}"),)


def test_a_row_without_its_blob_is_named(store: Store, kept: str) -> None:
    store.blobs.path_of(kept).unlink()
    assert check_store(store) == (Fault(rule="blob.missing", object=f"blob:{kept}"),)


@pytest.mark.either_database
def test_a_text_of_consent_that_is_changed_or_gone_is_named_once(store: Store, now: datetime) -> None:
    text_sha256 = keep_consent_text(store)
    stage = set_stage(store, now)
    for _ in range(2):
        stage.contributor()
    assert check_store(store) == ()
    path = store.blobs.path_of(text_sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert check_store(store) == (Fault(rule="blob.rotten", object=f"blob:{text_sha256}"),)
    store.blobs.quarantine(text_sha256)
    assert check_store(store) == (Fault(rule="blob.missing", object=f"blob:{text_sha256}"),)


def test_a_chunk_of_a_take_that_is_being_sent_is_missed_until_its_person_is_erased(
    sqlite_store: Store, now: datetime, tmp_path: Path
) -> None:
    keep_consent_text(sqlite_store)
    take = set_stage(sqlite_store, now).recorder().record(voice(1), prompt="p0")
    withdraw(sqlite_store, take.recorder.actor, Asked(scope="all"), now=now)
    folder, missing = sqlite_store.incoming.root / take.id, f"take:{take.id}/0"
    folder.rename(folder.with_suffix(".aside"))
    assert check_store(sqlite_store) == (Fault(rule="chunk.missing", object=missing),)
    assert back_up(sqlite_store, tmp_path / "b1", Wanted(), now=now).faults == (f"chunk.missing {missing}",)
    folder.with_suffix(".aside").rename(folder)
    look_after_withdrawals(sqlite_store, now=now + timedelta(days=30))
    assert not folder.exists()
    assert check_store(sqlite_store) == ()
    assert back_up(sqlite_store, tmp_path / "b2", Wanted(), now=now).faults == ()


def test_a_decision_that_is_not_what_was_logged_is_named(sqlite_store: Store, now: datetime) -> None:
    keep_consent_text(sqlite_store)
    house = money(sqlite_store, now)
    item = house.item(house.claim(house.person()), refusable=True)
    with house.store.catalogue.write() as session:
        for review in session.query(Review).filter_by(segment_id=item):
            who, detail = Actor(role="reviewer", id=review.reviewer_id), {"codes": ["noise.third-voice"]}
            detail |= {"decision": "reject", "settled": "undecided"}
            said = {"action": "review.decided", "object": f"review:{review.id}", "detail": detail, "now": now}
            append_audit(session, actor=who, **said)
    assert check_store(sqlite_store) == ()
    with house.store.catalogue.write() as session:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'review'"
        for name in session.scalars(text(triggers)).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        review.decision = "accept"
        session.merge(review)
    assert check_store(sqlite_store) == (Fault(rule="review.changed", object=f"review:{review.id}"),)
