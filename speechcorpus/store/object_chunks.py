"""Chunks in a bucket that several hosts share: whichever web process takes one, any may finish the take."""

import hashlib
from collections.abc import Container
from datetime import timedelta
from pathlib import Path

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.bucket import Bucket, Kept
from speechcorpus.store.incoming import CHUNK_NAME, TAKE_ID
from speechcorpus.store.shelves import ChunkKey

FOLDER = "incoming"
STRAYS_KEPT = timedelta(days=31)


class ObjectChunks:
    """Objects `incoming/<take>/<index>.<sha256>`, each made by one conditional request.

    Without a lock between hosts, a chunk that no row names yet may be sent again in the moment it is swept.
    So strays are swept only once no take can use them: chunks are taken for 30 days after a sitting began,
    and a sitting begins before its first chunk.
    """

    def __init__(self, bucket: Bucket, root: Path) -> None:
        self._bucket = bucket
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def keep(self, take_id: str, index: int, sha256: str, data: bytes, *, hashed: bool = False) -> None:
        """Make `data` durable; the same chunk again changes nothing.

        Parameters
        ----------
        hashed : the caller has just hashed `data` to `sha256`, so it is not done twice

        Raises
        ------
        StoreError : `chunk.hash` when `data` does not hash to `sha256`, `blob.name` for an unfit name,
            `storage.away`
        """
        if not hashed and hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError("chunk.hash", f"chunk {index} does not match its digest", index=index)
        self._bucket.create(_key(take_id, index, sha256), data)

    def read(self, take_id: str, index: int, sha256: str) -> bytes:
        """Return the chunk's bytes.

        Raises
        ------
        StoreError : `blob.missing`
        """
        try:
            return self._bucket.read(_key(take_id, index, sha256))
        except FileNotFoundError as error:
            raise StoreError("blob.missing", f"no chunk {index} of take {take_id}", index=index) from error

    def drop(self, take_id: str) -> int:
        """Remove every chunk of one take, whose master is safe elsewhere; return how many."""
        keys = [each.key for each in self._bucket.listed(f"{FOLDER}/{_checked(take_id)}")]
        self._bucket.delete(keys)
        return len(keys)

    def take_ids(self) -> list[str]:
        """Return the takes that have chunks here, in order."""
        return [name for name in self._bucket.folders(FOLDER) if TAKE_ID.fullmatch(name)]

    def sweep(self, *, before_s: float, known: Container[ChunkKey]) -> int:
        """Remove what was put 31 days before `before_s` (Unix time) and no row in `known` names."""
        before_s -= STRAYS_KEPT.total_seconds()
        stale = [
            each.key
            for each in self._bucket.listed(FOLDER)
            if each.changed_at.timestamp() < before_s and _named(each) not in known
        ]
        self._bucket.delete(stale)
        return len(stale)


def _checked(take_id: str) -> str:
    if not TAKE_ID.fullmatch(take_id):
        raise StoreError("blob.name", f"not the name of a take: {take_id!r}")
    return take_id


def _key(take_id: str, index: int, sha256: str) -> str:
    name = f"{index}.{sha256}"
    if not CHUNK_NAME.fullmatch(name):
        raise StoreError("blob.name", f"not the name of a chunk: {take_id!r} {name!r}")
    return f"{FOLDER}/{_checked(take_id)}/{name}"


def _named(kept: Kept) -> ChunkKey | None:
    folder, _, name = kept.key.rpartition("/")
    found = CHUNK_NAME.fullmatch(name)
    return (folder.rpartition("/")[2], int(found[1]), found[2]) if found else None
