"""Bytes in a bucket: the same promises as in a folder, for several hosts at once."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import obstore
import pytest

from speechcorpus.domain.errors import AccessError, StoreError
from speechcorpus.store.bucket import Bucket
from speechcorpus.store.object_blobs import WHOLE_BYTES, ObjectBlobs
from speechcorpus.store.object_chunks import STRAYS_KEPT, ObjectChunks
from speechcorpus.store.object_pictures import ObjectPictures
from speechcorpus.store.object_stones import ObjectStones
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.checkup import check_store
from speechcorpus.workflows.items import item_wav
from speechcorpus.workflows.janitor import drop_chunks, verify_masters
from speechcorpus.workflows.replaying import replay_tombstones
from speechcorpus.workflows.tombstones import keep_tombstones
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.rig.bucket import S3, only_read, running_s3
from tests.stage import keep_consent_text, set_stage, voice
from tests.withdrawing import kept

TAKE = "2f0c1d9e-8c5b-4a51-9d0a-3f6f0a8f3d11"
OTHER = "7d0c1d9e-8c5b-4a51-9d0a-3f6f0a8f3d22"
PCM = bytes(range(256)) * 100
SHA = hashlib.sha256(PCM).hexdigest()
NUMBERS = count()
DAY_S = 86_400


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with running_s3() as server:
        yield server


@pytest.fixture
def url(s3: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3.make_bucket(f"bucket-{next(NUMBERS)}") + "/some/stage"


@pytest.fixture
def bucket(url: str) -> Bucket:
    return Bucket(url)


@pytest.fixture
def hosts(bucket: Bucket, tmp_path: Path) -> tuple[ObjectBlobs, ObjectBlobs]:
    """The blobs of one bucket, as two hosts have them."""
    return ObjectBlobs(bucket, tmp_path / "a"), ObjectBlobs(bucket, tmp_path / "b")


def test_a_conditional_put_answers_412_and_the_first_bytes_stay(bucket: Bucket) -> None:
    assert bucket.create("x", b"first")
    assert not bucket.create("x", b"second")
    assert bucket.read("x") == b"first"
    signed = obstore.sign(bucket._store, "PUT", "x", timedelta(minutes=1))
    asked = Request(signed, b"third", {"If-None-Match": "*"}, method="PUT")
    with pytest.raises(HTTPError) as caught:  # that it is this status, which the client library hides
        urlopen(asked)
    assert caught.value.code == 412
    caught.value.close()


def test_bytes_of_one_host_are_read_on_another_however_they_are_asked_for(
    hosts: tuple[ObjectBlobs, ObjectBlobs],
) -> None:
    here, there = hosts
    sha256 = here.put_stream([PCM[:100], PCM[100:]])
    assert (sha256, there.put_bytes(PCM)) == (SHA, SHA)
    assert (there.read(SHA), there.size(SHA), there.exists(SHA)) == (PCM, len(PCM), True)
    assert (there.is_whole(SHA), list(there.digests())) == (True, [SHA])
    file = there.open(SHA)
    file.seek(20_000)
    assert (file.read(10), file.read(3)) == (PCM[20_000:20_010], PCM[20_010:20_013])
    file.seek(5)
    assert file.read() == PCM[5:]
    file.close()
    assert not any(path.is_file() for path in there.root.rglob("*"))  # none of it needed a file
    assert there.path_of(SHA).read_bytes() == PCM


def test_a_blob_that_is_not_there_is_named_and_has_a_place_all_the_same(
    hosts: tuple[ObjectBlobs, ObjectBlobs],
) -> None:
    here, _ = hosts
    assert not here.exists(SHA)
    assert not here.path_of(SHA).exists()
    for asked in (here.read, here.size, here.is_whole, here.quarantine, here.release):
        with pytest.raises(StoreError, match=f"no blob {SHA}") as caught:
            asked(SHA)
        assert caught.value.code == "blob.missing"
    with pytest.raises(FileNotFoundError):
        here.open(SHA)
    with pytest.raises(StoreError, match="not a SHA-256 digest"):
        here.path_of("../x")


def test_what_was_erased_on_one_host_is_gone_on_the_other_though_it_had_a_copy(
    hosts: tuple[ObjectBlobs, ObjectBlobs],
) -> None:
    here, there = hosts
    here.put_bytes(PCM)
    copy = there.path_of(SHA)
    assert copy.is_file()
    here.remove(SHA)
    assert (there.exists(SHA), there.is_anywhere(SHA)) == (False, False)
    assert not there.path_of(SHA).exists()
    assert not copy.exists()


def test_a_blob_in_quarantine_is_out_of_reach_everywhere_until_it_is_let_go(
    hosts: tuple[ObjectBlobs, ObjectBlobs],
) -> None:
    here, there = hosts
    here.put_bytes(PCM)
    there.path_of(SHA)
    here.quarantine(SHA)
    assert (there.exists(SHA), there.is_anywhere(SHA), there.path_of(SHA).exists()) == (False, True, False)
    assert there.quarantined_path(SHA).read_bytes() == PCM
    there.release(SHA)
    here.release(SHA)  # again: it is in its place
    assert here.read(SHA) == PCM
    assert not here.quarantined_path(SHA).exists()


def test_a_blob_whose_bytes_have_changed_is_never_handed_out_as_a_file(
    bucket: Bucket, hosts: tuple[ObjectBlobs, ObjectBlobs]
) -> None:
    here, _ = hosts
    bucket.create(f"blobs/{SHA[:2]}/{SHA[2:4]}/{SHA}", b"rotten")
    assert not here.is_whole(SHA)
    with pytest.raises(StoreError, match="is not what its name says") as caught:
        here.path_of(SHA)
    assert caught.value.code == "blob.rotten"
    assert not any(path.is_file() for path in here.root.rglob("*"))


def test_a_large_blob_goes_up_in_parts_and_comes_back_whole(
    bucket: Bucket, hosts: tuple[ObjectBlobs, ObjectBlobs]
) -> None:
    here, there = hosts
    block = os.urandom(1 << 20)
    sha256 = here.put_stream(block for _ in range(WHOLE_BYTES // len(block) + 3))
    assert there.size(sha256) == WHOLE_BYTES + 3 * len(block)
    assert there.is_whole(sha256)
    assert not any(path.is_file() for path in here.root.rglob("*"))


def test_nothing_is_kept_when_the_source_breaks(hosts: tuple[ObjectBlobs, ObjectBlobs]) -> None:
    def breaks() -> Iterator[bytes]:
        yield PCM
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        hosts[0].put_stream(breaks())
    assert list(hosts[0].digests()) == []


def test_the_sweep_takes_copies_that_nobody_asked_for_of_late(
    hosts: tuple[ObjectBlobs, ObjectBlobs],
) -> None:
    here, _ = hosts
    here.put_bytes(PCM)
    copy = here.path_of(SHA)
    os.utime(copy, (time.time() - DAY_S, time.time() - DAY_S))
    assert here.path_of(SHA) == copy  # asked for now: its age begins anew
    assert here.sweep(before_s=time.time() - 60) == 0
    assert here.sweep(before_s=time.time() + 60) == 1
    assert here.read(SHA) == PCM


def test_a_chunk_of_one_host_is_known_to_all_and_again_changes_nothing(
    bucket: Bucket, tmp_path: Path
) -> None:
    here, there = ObjectChunks(bucket, tmp_path / "a"), ObjectChunks(bucket, tmp_path / "b")
    here.keep(TAKE, 0, SHA, PCM)
    there.keep(TAKE, 0, SHA, PCM, hashed=True)
    here.keep(OTHER, 7, SHA, PCM)
    assert there.read(TAKE, 0, SHA) == PCM
    assert there.take_ids() == sorted([TAKE, OTHER])
    with pytest.raises(StoreError, match="does not match its digest"):
        there.keep(TAKE, 1, SHA, b"other")
    for take in ("../x", "", TAKE.upper()):
        with pytest.raises(StoreError, match="not the name"):
            here.keep(take, 0, SHA, PCM)
    assert there.drop(TAKE) == 1
    assert (here.take_ids(), here.read(OTHER, 7, SHA)) == ([OTHER], PCM)
    with pytest.raises(StoreError, match=f"no chunk 0 of take {TAKE}"):
        here.read(TAKE, 0, SHA)


def test_a_stray_chunk_stays_until_no_take_can_use_it(bucket: Bucket, tmp_path: Path) -> None:
    chunks, now_s = ObjectChunks(bucket, tmp_path), time.time()
    chunks.keep(TAKE, 0, SHA, PCM)
    chunks.keep(TAKE, 1, SHA, PCM)
    known = {(TAKE, 1, SHA)}
    assert chunks.sweep(before_s=now_s + STRAYS_KEPT.total_seconds() - 60, known=known) == 0
    assert chunks.sweep(before_s=now_s + STRAYS_KEPT.total_seconds() + 60, known=known) == 1
    assert chunks.read(TAKE, 1, SHA) == PCM


def test_a_picture_that_one_host_drew_is_shown_on_another(bucket: Bucket, tmp_path: Path) -> None:
    drawn, shown = ObjectPictures(bucket, tmp_path / "a"), ObjectPictures(bucket, tmp_path / "b")
    assert shown.facts(SHA, 1) is None
    drawn.put(SHA, 1, {"frames": 4}, {"wave": [[2, 3]]}, [b"aa", b"bbb"])
    assert (shown.exists(SHA, 1), shown.facts(SHA, 1)) == (True, {"frames": 4})
    place = shown.tile(SHA, 1, "wave", 0, 1)
    assert place is not None
    assert place.path.read_bytes()[place.offset : place.offset + place.length] == b"bbb"
    assert shown.size(SHA, 1) == drawn.size(SHA, 1) == place.path.stat().st_size
    assert drawn.drop(SHA) == 1
    assert (shown.exists(SHA, 1), shown.facts(SHA, 1)) == (False, None)


@pytest.mark.parametrize("wrong", ["/srv/blobs", "s3://", "http://bucket/x", "s3://bucket/x?y"])
def test_what_names_no_bucket_is_refused(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="s3://bucket/prefix") as caught:
        open_store(tmp_path, None, wrong)
    assert caught.value.code == "blobs.url"


def test_a_bucket_that_does_not_answer_is_away_and_nothing_of_its_address_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    blobs = ObjectBlobs(Bucket("s3://nowhere"), tmp_path)
    with pytest.raises(StoreError, match="does not answer") as caught:
        blobs.put_bytes(PCM)
    assert caught.value.code == "storage.away"
    assert "127.0.0.1" not in str(caught.value)


def test_a_catalogue_brought_back_forgets_by_the_bucket_though_the_folder_of_the_chore_is_gone(
    bucket: Bucket, sqlite_store: Store, now: datetime, tmp_path: Path
) -> None:
    mine = kept(set_stage(sqlite_store, now))
    shutil.copytree(sqlite_store.data_dir, tmp_path / "backup")
    house = replace(sqlite_store, stones=ObjectStones(bucket))
    withdraw(house, mine.actor, Asked(scope="all"), now=mine.stage.later)
    assert keep_tombstones(house) == 0
    assert len(list(ObjectStones(bucket).read())) == 1  # written once, whoever looks again
    house.catalogue.close()
    shutil.rmtree(house.data_dir)
    shutil.copytree(tmp_path / "backup", house.data_dir)  # without a line of what came after
    assert item_wav(house, mine.actor, mine.accepted).length > 0
    assert replay_tombstones(house, now=mine.stage.later) == 1
    with pytest.raises(AccessError):
        item_wav(house, mine.actor, mine.accepted)


def test_an_older_catalogue_misses_nothing_in_a_bucket_that_went_on_until_chunks_are_dropped(
    url: str, sqlite_template: Path, now: datetime, tmp_path: Path
) -> None:
    data = tmp_path / "house"
    data.mkdir()
    shutil.copy(sqlite_template, data / "catalogue.sqlite")
    house = open_store(data, None, url)
    keep_consent_text(house)
    mine = kept(set_stage(house, now))
    other = mine.stage.recorder(task=1)
    half = other.record(voice(6, seed=9), prompt="p2")  # acknowledged, not finished
    house.catalogue.close()
    shutil.copy(data / "catalogue.sqlite", tmp_path / "older.sqlite")  # the dump of this night
    half.finish()
    other.record(voice(1, seed=10), prompt="p3").finish()  # what the older catalogue never heard of
    withdraw(house, mine.actor, Asked(scope="all"), now=mine.stage.later)
    keep_tombstones(house)
    later = mine.stage.later + timedelta(days=1)
    assert verify_masters(house, now=later) > 0

    def brought_back() -> list[str]:
        house.catalogue.close()
        shutil.copy(tmp_path / "older.sqlite", data / "catalogue.sqlite")
        assert replay_tombstones(house, now=later) == 1
        return [f"{fault.rule} {fault.object}" for fault in check_store(house)]

    house.catalogue.close()
    newer = shutil.copy(data / "catalogue.sqlite", tmp_path / "newer.sqlite")
    assert brought_back() == []
    house.catalogue.close()
    shutil.copy(newer, data / "catalogue.sqlite")
    assert drop_chunks(house, now=later + timedelta(days=1, minutes=1)) > 0
    assert brought_back() == [f"chunk.missing take:{half.id}/{index}" for index in range(half.chunk_count)]
    house.catalogue.close()


def test_a_house_is_looked_over_with_a_key_that_can_only_read(
    s3: S3, url: str, sqlite_template: Path, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "house"
    data.mkdir()
    shutil.copy(sqlite_template, data / "catalogue.sqlite")
    house = open_store(data, None, url)
    keep_consent_text(house)
    kept(set_stage(house, now))
    with only_read(s3) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        looked_at = open_store(data, None, url)
        with pytest.raises(StoreError, match="does not answer"):
            looked_at.blobs.put_bytes(b"new")
        assert check_store(looked_at) == ()
    for each in (house, looked_at):
        each.catalogue.close()
