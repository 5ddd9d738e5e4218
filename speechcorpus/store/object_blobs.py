"""Blobs in a bucket that several hosts share, with what was read of late kept in a folder here."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, cast
from uuid import uuid4

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.blobs import DIGEST, blocks_of, told_when_full
from speechcorpus.store.bucket import Bucket
from speechcorpus.store.shelves import Readable

WHOLE_BYTES = 32 << 20  # put in one conditional request; larger ones in parts
IN_PLACE, APART = "blobs", "quarantine"


class ObjectBlobs:
    """Objects `blobs/aa/bb/<sha256>`; what is wanted as a file is fetched into `root`, and swept from there.

    An object is made by one conditional request, so two hosts that keep the same bytes at once make one. Only
    what is larger than 32 MiB goes in parts, without a condition: its name is the digest of bytes that lie
    here whole, so whoever comes second replaces it by itself.
    """

    def __init__(self, bucket: Bucket, root: Path) -> None:
        self._bucket = bucket
        self.root = root
        self._tmp = root / "tmp"
        self._tmp.mkdir(parents=True, exist_ok=True)

    def put_bytes(self, data: bytes) -> str:
        """Keep `data`; return its SHA-256 in hex once it is durable."""
        sha256 = hashlib.sha256(data).hexdigest()
        if len(data) <= WHOLE_BYTES:
            self._bucket.create(_key(sha256), data)
            return sha256
        return self.put_stream([data])

    def put_file(self, path: Path) -> str:
        """Keep a copy of the file at `path`; return its SHA-256 once it is durable."""
        return self.put_stream(blocks_of(path))

    def put_stream(self, blocks: Iterable[bytes]) -> str:
        """Keep the bytes of `blocks` in order; return their SHA-256 once they are durable.

        Raises
        ------
        StoreError : `storage.full` when they do not fit here on their way, `storage.away`
        """
        digest = hashlib.sha256()
        with told_when_full(), SpooledTemporaryFile(max_size=WHOLE_BYTES, dir=str(self._tmp)) as spool:
            for block in blocks:
                digest.update(block)
                spool.write(block)
            size = spool.tell()
            spool.seek(0)
            self._put(digest.hexdigest(), size, cast(IO[bytes], spool))
        return digest.hexdigest()

    def path_of(self, sha256: str) -> Path:
        """Return a file here with the blob, fetched if it is not here; where it would be if there is none.

        Raises
        ------
        StoreError : `blob.name` when `sha256` is not 64 hex digits, `blob.rotten` when its bytes are others
        """
        return self._fetched(_key(sha256), self.root / sha256[:2] / sha256[2:4] / sha256)

    def open(self, sha256: str) -> Readable:
        """Open the blob for reading at any position, by ranges."""
        return self._bucket.open(_key(sha256))

    def exists(self, sha256: str) -> bool:
        """Say whether the blob is there."""
        return self._bucket.size(_key(sha256)) is not None

    def is_anywhere(self, sha256: str) -> bool:
        """Say whether the bytes lie there at all, in quarantine too."""
        return self.exists(sha256) or self._bucket.size(_key(sha256, APART)) is not None

    def size(self, sha256: str) -> int:
        """Return the blob's length in bytes."""
        size = self._bucket.size(_key(sha256))
        if size is None:
            raise _missing(sha256)
        return size

    def read(self, sha256: str) -> bytes:
        """Return the whole blob; for large ones use `open`.

        Raises
        ------
        StoreError : `blob.missing`
        """
        try:
            return self._bucket.read(_key(sha256))
        except FileNotFoundError as error:
            raise _missing(sha256) from error

    def is_whole(self, sha256: str) -> bool:
        """Read the blob again from the store and say whether its bytes still hash to its name."""
        digest = hashlib.sha256()
        try:
            for block in self._bucket.blocks(_key(sha256)):
                digest.update(block)
        except FileNotFoundError as error:
            raise _missing(sha256) from error
        return digest.hexdigest() == sha256

    def quarantine(self, sha256: str) -> None:
        """Move the blob out of reach, for a person to look at."""
        try:
            self._bucket.move(_key(sha256), _key(sha256, APART))
        except FileNotFoundError as error:
            raise _missing(sha256) from error
        self._forget(sha256)

    def quarantined_path(self, sha256: str) -> Path:
        """Return a file here with a quarantined blob, fetched if need be; where it would be if none."""
        return self._fetched(_key(sha256, APART), self.root / APART / sha256)

    def release(self, sha256: str) -> None:
        """Take a blob out of quarantine again; one that is in its place stays there.

        Raises
        ------
        StoreError : `blob.missing` when it is in neither place
        """
        if self.exists(sha256):
            return
        try:
            self._bucket.move(_key(sha256, APART), _key(sha256))
        except FileNotFoundError as error:
            raise _missing(sha256) from error

    def remove(self, sha256: str) -> None:
        """Erase a blob wherever it lies, in quarantine and here too."""
        self._bucket.delete([_key(sha256), _key(sha256, APART)])
        self._forget(sha256)

    def digests(self) -> Iterator[str]:
        """Yield the digest of every blob, in order."""
        for each in self._bucket.listed(IN_PLACE):
            name = each.key.rpartition("/")[2]
            if DIGEST.fullmatch(name):
                yield name

    def sweep(self, *, before_s: float) -> int:
        """Remove files here that were last asked for before `before_s` (Unix time); return how many."""
        stale = [path for path in self.root.rglob("*") if path.is_file() and path.stat().st_mtime < before_s]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _put(self, sha256: str, size: int, spool: IO[bytes]) -> None:
        if size <= WHOLE_BYTES:
            self._bucket.create(_key(sha256), spool.read())
        elif self._bucket.size(_key(sha256)) != size:
            self._bucket.upload(_key(sha256), spool)

    def _fetched(self, key: str, path: Path) -> Path:
        """Return `path`, with the object in it; asked each time, for another host may have erased it."""
        size = self._bucket.size(key)
        if size is None:
            path.unlink(missing_ok=True)
        elif path.is_file() and path.stat().st_size == size:
            os.utime(path)
        else:
            with told_when_full():
                self._fetch(key, path)
        return path

    def _fetch(self, key: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        tmp, digest = self._tmp / uuid4().hex, hashlib.sha256()
        try:
            with tmp.open("xb") as file:
                for block in self._bucket.blocks(key):
                    digest.update(block)
                    file.write(block)
            if digest.hexdigest() != path.name:
                raise StoreError(
                    "blob.rotten", f"blob {path.name} is not what its name says", sha256=path.name
                )
            tmp.replace(path)
        except FileNotFoundError:
            path.unlink(missing_ok=True)  # erased in this moment
        finally:
            tmp.unlink(missing_ok=True)

    def _forget(self, sha256: str) -> None:
        for path in (self.root / sha256[:2] / sha256[2:4] / sha256, self.root / APART / sha256):
            path.unlink(missing_ok=True)


def _key(sha256: str, folder: str = IN_PLACE) -> str:
    if not DIGEST.fullmatch(sha256):
        raise StoreError("blob.name", f"not a SHA-256 digest: {sha256!r}")
    return f"{folder}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _missing(sha256: str) -> StoreError:
    return StoreError("blob.missing", f"no blob {sha256}", sha256=sha256)
