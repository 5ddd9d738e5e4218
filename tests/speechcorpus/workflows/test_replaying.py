"""A backup that is older than a withdrawal forgets what was withdrawn before anything is served from it."""

import shutil
from datetime import timedelta

import pytest

from speechcorpus.domain.errors import AccessError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Contributor, Review
from speechcorpus.workflows.erasure import look_after_withdrawals
from speechcorpus.workflows.items import item_wav
from speechcorpus.workflows.replaying import replay_tombstones
from speechcorpus.workflows.tombstones import NAME
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.stage import set_stage
from tests.withdrawing import PRICE, kept

MONTH = timedelta(days=30)


@pytest.fixture
def mine(sqlite_store, now):
    return kept(set_stage(sqlite_store, now))


@pytest.fixture
def restore(mine, tmp_path):
    """Bring back the store as it is now, with the tombstones of then: they are kept apart."""
    store, backup = mine.stage.store, tmp_path / "backup"
    shutil.copytree(store.data_dir, backup)

    def bring_back():
        stones = (store.data_dir / NAME).read_bytes()
        store.catalogue.close()
        shutil.rmtree(store.data_dir)
        shutil.copytree(backup, store.data_dir)
        (store.data_dir / NAME).write_bytes(stones)

    return bring_back


def state_of(mine):
    with mine.stage.store.catalogue.read() as session:
        assert check_audit(session) is None
        states = session.get_one(Contributor, mine.actor.id).state, session.get_one(Review, mine.review).state
    return (*states, mine.owed())


@pytest.mark.parametrize("erased", [False, True])
def test_a_restored_backup_forgets_before_it_serves(mine, restore, erased):
    store, later = mine.stage.store, mine.stage.later
    master = mine.master(mine.accepted)
    withdraw(store, mine.actor, Asked(scope="all"), now=later)
    if erased:
        look_after_withdrawals(store, now=later + MONTH)
    restore()
    assert item_wav(store, mine.actor, mine.accepted).length > 0
    assert replay_tombstones(store, now=later + 2 * MONTH) >= 1
    with pytest.raises(AccessError):
        item_wav(store, mine.actor, mine.accepted)
    assert state_of(mine) == ("erased" if erased else "withdrawn", "lapsed", 2 * PRICE)
    assert store.blobs.exists(master) is not erased
    assert replay_tombstones(store, now=later + 2 * MONTH) == 0


def test_erased_bytes_that_came_back_out_of_reach_are_erased_again(mine):
    store, later, master = mine.stage.store, mine.stage.later, mine.master(mine.accepted)
    data = store.blobs.read(master)
    withdraw(store, mine.actor, Asked(scope="all"), now=later)
    look_after_withdrawals(store, now=later + MONTH)
    store.blobs.quarantine(store.blobs.put_bytes(data))  # out of an old copy of the folder
    assert replay_tombstones(store, now=later + 2 * MONTH) == 1
    assert not store.blobs.is_anywhere(master)
    assert replay_tombstones(store, now=later + 2 * MONTH) == 0


def test_a_backup_from_before_the_recordings_has_nothing_to_forget(mine, tmp_path):
    store = mine.stage.store
    withdraw(store, mine.actor, Asked(scope="item", segment_id=mine.accepted), now=mine.stage.later)
    line = (store.data_dir / NAME).read_text()
    (store.data_dir / NAME).write_text(line.replace(mine.actor.id, "somebody-unknown-here"))
    assert replay_tombstones(store, now=mine.stage.later) == 0
