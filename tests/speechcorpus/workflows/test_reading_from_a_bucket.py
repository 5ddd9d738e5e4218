"""Sound in a bucket is read when its turn comes, by ranges, and none of it stays here."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from speechcorpus.store.bucket import Bucket
from speechcorpus.store.object_blobs import ObjectBlobs
from speechcorpus.store.store import Store
from speechcorpus.workflows.items import hear_item, item_wav
from speechcorpus.workflows.own_export import own_export
from speechcorpus.workflows.own_items import item_proof
from speechcorpus.workflows.takes import own_master
from tests.rig.bucket import S3, running_s3
from tests.stage import set_stage
from tests.withdrawing import Kept, kept

NUMBERS = count()


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with running_s3() as server:
        yield server


@pytest.fixture
def mine(s3: S3, sqlite_store: Store, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """A person's two items in a house whose blobs are in a bucket, nothing of it read yet."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket = Bucket(s3.make_bucket(f"reading-{next(NUMBERS)}"))
    house = replace(sqlite_store, blobs=ObjectBlobs(bucket, tmp_path / "cache"))
    mine = kept(set_stage(house, now))
    assert here(mine) == []
    return mine


def here(mine: Kept) -> list[Path]:
    """The files that lie on this host."""
    return [path for path in mine.stage.store.blobs.root.rglob("*") if path.is_file()]


def files(blocks: Iterator[bytes]) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(blocks))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def take_of(mine: Kept, segment_id: str) -> str:
    return mine.segment(segment_id).take_id


def test_an_export_is_sent_from_the_bucket_and_leaves_no_sound_here(mine: Kept) -> None:
    store, blobs = mine.stage.store, mine.stage.store.blobs
    sent = files(own_export(store, mine.actor, now=mine.stage.later))
    for segment_id in (mine.waiting, mine.accepted):
        master = blobs.read(mine.master(segment_id))
        assert sent[f"takes/{take_of(mine, segment_id)}.wav"] == master
        assert sent[f"items/{segment_id}/clip.wav"] == master  # one item, all of its take
    assert here(mine) == []


def test_an_export_opens_a_file_when_its_turn_comes_so_what_was_erased_meanwhile_is_left_out(
    mine: Kept,
) -> None:
    archive = own_export(mine.stage.store, mine.actor, now=mine.stage.later)
    begun = next(archive)
    mine.stage.store.blobs.remove(mine.master(mine.accepted))
    sent = files(iter([begun, *archive]))
    assert f"items/{mine.waiting}/clip.wav" in sent
    assert f"takes/{take_of(mine, mine.waiting)}.wav" in sent
    assert not [name for name in sent if mine.accepted in name or take_of(mine, mine.accepted) in name]


def test_an_item_is_heard_proved_and_measured_without_its_master_being_fetched(mine: Kept) -> None:
    store = mine.stage.store
    heard = b"".join(item_wav(store, mine.actor, mine.accepted).blocks())
    assert heard == store.blobs.read(mine.master(mine.accepted))
    assert files(item_proof(store, mine.actor, mine.accepted))["clip.wav"] == heard
    assert hear_item(store, mine.accepted).measurement.status == "ok"
    assert here(mine) == []


def test_a_take_of_ones_own_is_read_where_it_lies_also_while_it_is_held(mine: Kept) -> None:
    store, take = mine.stage.store, take_of(mine, mine.accepted)
    master = own_master(store, mine.actor, take)
    whole = b"".join(master.blocks())
    assert (len(whole), whole) == (master.length, store.blobs.read(master.sha256))
    assert here(mine) == []
    store.blobs.quarantine(master.sha256)
    held = own_master(store, mine.actor, take)
    assert (held.length, b"".join(held.blocks())) == (len(whole), whole)
