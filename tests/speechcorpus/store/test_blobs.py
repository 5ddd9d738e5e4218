"""Blobs are durable before they are named, never overwritten, and found out when they rot."""

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.blobs import LocalBlobs


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> LocalBlobs:
    return LocalBlobs(tmp_path_factory.mktemp("blobs"))


@given(data=st.binary(max_size=5000), cut=st.integers(0, 5000))
def test_bytes_are_kept_under_their_hash_however_they_came(shelf: LocalBlobs, data: bytes, cut: int) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    assert shelf.put_stream([data[:cut], data[cut:]]) == shelf.put_bytes(data) == sha256
    assert shelf.read(sha256) == data
    assert shelf.size(sha256) == len(data)
    assert shelf.is_whole(sha256)


def test_a_blob_lies_two_folders_deep_and_cannot_be_written(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    sha256 = blobs.put_bytes(b"a")
    path = blobs.path_of(sha256)
    assert path == tmp_path / sha256[:2] / sha256[2:4] / sha256
    assert stat.S_IMODE(path.stat().st_mode) == 0o440


def test_a_file_is_copied_not_taken(tmp_path: Path) -> None:
    original = tmp_path / "take.wav"
    original.write_bytes(b"RIFF" * 1_000_000)
    blobs = LocalBlobs(tmp_path / "blobs")
    assert blobs.read(blobs.put_file(original)) == original.read_bytes()


def test_the_same_bytes_again_do_not_touch_the_first_file(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    path = blobs.path_of(blobs.put_bytes(b"a"))
    first = path.stat()
    blobs.put_bytes(b"a")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    assert list(blobs.digests()) == [path.name]


def test_nothing_half_written_stays_when_the_source_breaks(tmp_path: Path) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the client went away")

    blobs = LocalBlobs(tmp_path)
    with pytest.raises(OSError, match="the client went away"):
        blobs.put_stream(breaking())
    assert list(blobs.digests()) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    sha256 = blobs.put_bytes(b"abc")
    blobs.path_of(sha256).chmod(0o600)
    blobs.path_of(sha256).write_bytes(b"abb")
    assert not blobs.is_whole(sha256)


def test_a_quarantined_blob_is_out_of_reach_but_not_lost(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    sha256 = blobs.put_bytes(b"abc")
    assert blobs.quarantine(sha256).read_bytes() == b"abc"
    assert not blobs.exists(sha256)
    with pytest.raises(StoreError, match=f"no blob {sha256}") as caught:
        blobs.read(sha256)
    assert caught.value.code == "blob.missing"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 32, "ab" * 31, "ab" * 32 + "\n"])
def test_a_name_that_is_no_digest_reaches_no_file(shelf: LocalBlobs, name: str) -> None:
    with pytest.raises(StoreError, match="not a SHA-256 digest"):
        shelf.path_of(name)


def test_the_sweep_takes_only_what_a_dead_process_left_long_ago(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    left = tmp_path / "tmp" / "left-behind"
    left.write_bytes(b"half")
    sha256 = blobs.put_bytes(b"whole")
    touched = left.stat().st_mtime
    assert blobs.sweep(before_s=touched - 1) == 0
    assert blobs.sweep(before_s=touched + 1) == 1
    assert not left.exists()
    assert blobs.exists(sha256)


def test_what_was_quarantined_comes_back_once_somebody_has_looked(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    sha256 = blobs.put_bytes(b"abc")
    blobs.quarantine(sha256)
    assert blobs.quarantined_path(sha256).read_bytes() == b"abc"
    for _ in range(2):  # a process that was killed after the first does it again
        blobs.release(sha256)
        assert blobs.read(sha256) == b"abc"
    with pytest.raises(StoreError, match="no blob"):
        blobs.release("0" * 64)
