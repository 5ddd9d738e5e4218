"""Chunks are durable when acknowledged, idempotent, and swept only when nobody needs them."""

import hashlib
from pathlib import Path
from uuid import uuid4

import pytest

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.incoming import Incoming

TAKE = "2f0c1d9e-8c5b-4a51-9d0a-3f6f0a8f3d11"
PCM = bytes(range(256)) * 20
SHA = hashlib.sha256(PCM).hexdigest()


@pytest.fixture
def incoming(tmp_path: Path) -> Incoming:
    return Incoming(tmp_path / "incoming")


def test_a_chunk_sent_twice_is_kept_once(incoming: Incoming) -> None:
    incoming.keep(TAKE, 3, SHA, PCM)
    incoming.keep(TAKE, 3, SHA, PCM)
    assert incoming.read(TAKE, 3, SHA) == PCM
    assert [file.name for file in (incoming.root / TAKE).iterdir()] == [f"3.{SHA}"]


def test_a_chunk_that_does_not_match_its_digest_leaves_nothing(incoming: Incoming) -> None:
    with pytest.raises(StoreError, match="chunk 3 does not match its digest") as caught:
        incoming.keep(TAKE, 3, SHA, PCM[:-1])
    assert caught.value.code == "chunk.hash"
    assert incoming.take_ids() == []


@pytest.mark.parametrize("take_id", ["../x", "", "2F0C1D9E-8C5B-4A51-9D0A-3F6F0A8F3D11", TAKE + "/.."])
def test_a_take_id_that_is_no_uuid_reaches_no_folder(incoming: Incoming, take_id: str) -> None:
    with pytest.raises(StoreError, match="not the name of a chunk"):
        incoming.keep(take_id, 0, SHA, PCM)


def test_a_missing_chunk_is_named(incoming: Incoming) -> None:
    with pytest.raises(StoreError, match=f"no chunk 7 of take {TAKE}") as caught:
        incoming.read(TAKE, 7, SHA)
    assert (caught.value.code, dict(caught.value.facts)) == ("blob.missing", {"index": 7})


def test_dropping_a_take_leaves_the_others(incoming: Incoming) -> None:
    other = str(uuid4())
    incoming.keep(TAKE, 0, SHA, PCM)
    incoming.keep(TAKE, 1, SHA, PCM)
    incoming.keep(other, 0, SHA, PCM)
    assert incoming.drop(TAKE) == 2
    assert incoming.take_ids() == [other]
    assert incoming.drop(TAKE) == 0


def test_the_sweep_spares_what_a_row_names_and_what_is_young(incoming: Incoming) -> None:
    for index in (0, 1):
        incoming.keep(TAKE, index, SHA, PCM)
    (incoming.root / TAKE / "left.tmp").write_bytes(b"half")
    touched = incoming.path_of(TAKE, 0, SHA).stat().st_mtime
    known = {(TAKE, 0, SHA)}
    assert incoming.sweep(before_s=touched - 60, known=known) == 0
    assert incoming.sweep(before_s=touched + 60, known=known) == 2
    assert incoming.read(TAKE, 0, SHA) == PCM
