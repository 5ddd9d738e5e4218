"""Blobs: immutable bytes in a folder, each under the SHA-256 of its content."""

import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from speechcorpus.domain.errors import StoreError

BLOCK_BYTES = 1 << 20
DIGEST = re.compile(r"[0-9a-f]{64}")
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


@contextmanager
def told_when_full() -> Iterator[None]:
    """Tell a disk that is full, or can no longer be written, as what it is: try again later.

    Raises
    ------
    StoreError : `storage.full`
    """
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise StoreError(
            "storage.full", f"the disk takes no more: {os.strerror(error.errno or 0)}"
        ) from error


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable; a renamed file is not safe before this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, blocks: Iterable[bytes]) -> str:
    """Write a new file, make its bytes durable, return their SHA-256; its name is not durable yet."""
    digest = hashlib.sha256()
    with path.open("xb") as file:
        for block in blocks:
            digest.update(block)
            file.write(block)
        file.flush()
        os.fchmod(file.fileno(), 0o440)
        os.fsync(file.fileno())
    return digest.hexdigest()


def write_bytes_durably(path: Path, data: bytes) -> None:
    """Write a new file and make its bytes durable; its name is not durable yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        left = memoryview(data)
        while left:
            left = left[file.write(left) :]
        os.fchmod(descriptor, 0o440)
        os.fsync(descriptor)


def remove_if_possible(path: Path) -> None:
    """Take away a file that is half written; one that stays because its disk is read-only is swept later."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise


def blocks_of(path: Path) -> Iterator[bytes]:
    """Read a file block by block, so that size does not matter."""
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


class LocalBlobs:
    """Blobs under `root/aa/bb/<sha256>`: durable before a digest is returned, never overwritten.

    A process killed at any moment leaves at most a file in `root/tmp`, which `sweep` takes away, or a
    blob without a row, which harms nobody; the row is always written after the blob.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> blobs = LocalBlobs(Path(mkdtemp()))
    >>> digest = blobs.put_bytes(b"tai-gi")
    >>> blobs.read(digest), blobs.is_whole(digest)
    (b'tai-gi', True)
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._tmp = root / "tmp"
        self._tmp.mkdir(parents=True, exist_ok=True)

    def put_bytes(self, data: bytes) -> str:
        """Keep `data`; return its SHA-256 in hex once it is durable."""
        return self.put_stream([data])

    def put_file(self, path: Path) -> str:
        """Keep a copy of the file at `path`; return its SHA-256 once it is durable."""
        return self.put_stream(blocks_of(path))

    def put_stream(self, blocks: Iterable[bytes]) -> str:
        """Keep the bytes of `blocks` in order; return their SHA-256 once they are durable.

        Raises
        ------
        StoreError : `storage.full`
        """
        tmp = self._tmp / uuid4().hex
        with told_when_full():
            try:
                sha256 = write_durably(tmp, blocks)
                self._name(tmp, sha256)
            finally:
                remove_if_possible(tmp)
        return sha256

    def path_of(self, sha256: str) -> Path:
        """Return where a blob of this digest is, or would be.

        Raises
        ------
        StoreError : `blob.name` when `sha256` is not 64 hex digits
        """
        if not DIGEST.fullmatch(sha256):
            raise StoreError("blob.name", f"not a SHA-256 digest: {sha256!r}")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def open(self, sha256: str) -> BinaryIO:
        """Open the blob for reading at any position; FileNotFoundError without."""
        return self.path_of(sha256).open("rb")

    def exists(self, sha256: str) -> bool:
        """Say whether the blob is here."""
        return self.path_of(sha256).is_file()

    def is_anywhere(self, sha256: str) -> bool:
        """Say whether the bytes lie here at all, in quarantine too."""
        return self.exists(sha256) or self.quarantined_path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Return the blob's length in bytes."""
        return self._found(sha256).stat().st_size

    def read(self, sha256: str) -> bytes:
        """Return the whole blob; for large ones open `path_of`.

        Raises
        ------
        StoreError : `blob.missing`
        """
        return self._found(sha256).read_bytes()

    def is_whole(self, sha256: str) -> bool:
        """Read the blob again and say whether its bytes still hash to its name."""
        with self._found(sha256).open(
            "rb", buffering=0
        ) as file:  # into one buffer: new blocks cost a third more
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    def quarantine(self, sha256: str) -> Path:
        """Move the blob out of reach into `root/quarantine`, for a person to look at; return its new path."""
        source, folder = self._found(sha256), self.root / "quarantine"
        folder.mkdir(exist_ok=True)
        source.replace(folder / sha256)
        sync_folder(folder)
        sync_folder(source.parent)
        return folder / sha256

    def quarantined_path(self, sha256: str) -> Path:
        """Return where a quarantined blob of this digest is, or would be."""
        return self.root / "quarantine" / self.path_of(sha256).name

    def release(self, sha256: str) -> None:
        """Take a blob out of quarantine again; one that is in its place stays there.

        Raises
        ------
        StoreError : `blob.missing` when it is in neither place
        """
        source, target = self.quarantined_path(sha256), self.path_of(sha256)
        if target.is_file():
            return
        if not source.is_file():
            raise StoreError("blob.missing", f"no blob {sha256}", sha256=sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
        for folder in (target.parent, target.parent.parent, self.root, source.parent):
            sync_folder(folder)

    def remove(self, sha256: str) -> None:
        """Erase a blob wherever it lies, in quarantine too."""
        for path in (self.path_of(sha256), self.quarantined_path(sha256)):
            path.unlink(missing_ok=True)

    def digests(self) -> Iterator[str]:
        """Yield the digest of every blob, in order."""
        yield from (path.name for path in sorted(self.root.glob("??/??/*")) if DIGEST.fullmatch(path.name))

    def sweep(self, *, before_s: float) -> int:
        """Remove half-written files last touched before `before_s` (Unix time); return how many."""
        stale = [path for path in self._tmp.iterdir() if path.stat().st_mtime < before_s]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _found(self, sha256: str) -> Path:
        path = self.path_of(sha256)
        if not path.is_file():
            raise StoreError("blob.missing", f"no blob {sha256}", sha256=sha256)
        return path

    def _name(self, tmp: Path, sha256: str) -> None:
        path = self.path_of(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            tmp.replace(path)
        # also when it was there already: whoever put it may not have come this far yet
        for folder in (path.parent, path.parent.parent, self.root):
            sync_folder(folder)
