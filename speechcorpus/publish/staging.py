"""A tree under construction: every file hashed while it is written, journalled, reused after a crash."""

import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from speechcorpus.domain.errors import ReleaseError

FILE_MODE, FOLDER_MODE = 0o644, 0o755  # whatever the umask says
BLOCK_BYTES = 1 << 20
MOST_PIECES = 1024  # IOV_MAX of Linux
JOURNAL_EVERY = 64  # files between two fsyncs of the journal; reused files are hashed again anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One file of a tree."""

    path: str
    bytes: int
    sha256: str


class HashedFile(io.RawIOBase):
    """A file open for writing that knows the SHA-256 of what went through it.

    Small pieces are written and hashed together, a mebibyte at a time.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("wb", buffering=0)
        self._digest = hashlib.sha256()
        self._pieces: list[bytes] = []
        self._waiting = 0
        self.size = 0

    def writable(self) -> bool:
        """Say so."""
        return True

    def write(self, data: object) -> int:
        """Write and hash, at the latest when the file is closed."""
        piece = data if isinstance(data, bytes) else bytes(memoryview(data))  # type: ignore[arg-type]
        self._pieces.append(piece)
        self._waiting += len(piece)
        self.size += len(piece)
        if self._waiting >= BLOCK_BYTES:
            self._pass_on()
        return len(piece)

    def tell(self) -> int:
        """Return how much was written."""
        return self.size

    def close(self) -> None:
        """Close the file; from here on all of it is on its way to the disk."""
        if not self.closed:
            try:
                self._pass_on()
            finally:
                self._file.close()
        super().close()

    @property
    def sha256(self) -> str:
        """Digest of everything, once the file is closed."""
        return self._digest.hexdigest()

    def _pass_on(self) -> None:
        pieces, waiting = self._pieces, self._waiting
        self._pieces, self._waiting = [], 0
        for piece in pieces:
            self._digest.update(piece)
        if len(pieces) <= MOST_PIECES and os.writev(self._file.fileno(), pieces) == waiting:
            return
        left = memoryview(b"".join(pieces))[self._file.tell() - (self.size - waiting) :]
        while left:
            left = left[self._file.write(left) :]


class Staging:
    """A tree in `folder/<name>` with its journal beside it; a second run reuses what the first finished."""

    def __init__(self, folder: Path, name: str, *, journal: str = "journal") -> None:
        self.folder = folder
        self.root = folder / name
        self.root.mkdir(parents=True, exist_ok=True)
        self.files: dict[str, Written] = {}
        self._before: dict[str, tuple[Written, str]] = {}
        for path in sorted(folder.glob("journal*.jsonl")):
            self._before.update(_read_journal(path))
        self._journal = (folder / f"{journal}.jsonl").open("ab")

    def put(self, path: str, chunks: Iterable[bytes], *, made_of: str = "") -> Written:
        """Write one file; the same path twice is refused."""
        with self.sink(path, made_of=made_of) as file:
            for chunk in chunks:
                file.write(chunk)
        return self.files[path]

    @contextmanager
    def sink(self, path: str, *, made_of: str = "") -> Iterator[HashedFile]:
        """Open one file for writing; it counts once the block ends without an error.

        Parameters
        ----------
        made_of : digest of what the file is made from; with it a later run may reuse the file
        """
        self._refuse_twice(path)
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with HashedFile(target) as file:
            yield file
        self._note(Written(path=path, bytes=file.size, sha256=file.sha256), made_of)

    def put_whole(self, path: str, data: bytes, *, sha256: str) -> None:
        """Write one file of which everything is at hand, its digest too; a later run may reuse it."""
        self._refuse_twice(path)
        target = self.root / path
        try:
            target.write_bytes(data)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        self._note(Written(path=path, bytes=len(data), sha256=sha256), made_of=sha256)

    def take_over(self, source: Path, path: str) -> Written:
        """Copy a file of another tree whose bytes stay the same, hashed on the way; shards that are here
        by their path are not written again."""
        with source.open("rb") as file:
            return self.put(path, iter(partial(file.read, BLOCK_BYTES), b""))

    def adopt(self, files: Iterable[Written]) -> None:
        """Count files that another process has written into this tree, and noted in its own journal."""
        for written in files:
            self._refuse_twice(written.path)
            self.files[written.path] = written

    @property
    def bytes_before(self) -> int:
        """Bytes of the files that an earlier run has noted."""
        return sum(written.bytes for written, _ in self._before.values())

    def reuse(self, path: str, *, made_of: str) -> bool:
        """Take over a file of an earlier run, if its journal line, size and digest hold; say whether."""
        found = self._before.get(path)
        if found is None or found[1] != made_of or not made_of:
            return False
        written, target = found[0], self.root / path
        if not target.is_file() or target.stat().st_size != written.bytes:
            return False
        if digest_of(target) != written.sha256:
            return False
        self.files[path] = written
        return True

    def finish(self, *, durable: bool) -> None:
        """Remove what an earlier run left, set modes; if asked, make every file and folder durable."""
        self._journal.close()
        for folder, _, names in os.walk(self.root, topdown=False):
            for name in names:
                self._settle(Path(folder) / name, durable=durable)
            _settle(Path(folder), FOLDER_MODE, durable=durable)

    def abandon(self) -> None:
        """Close the journal; what is written stays for the next run."""
        self._journal.close()

    def _refuse_twice(self, path: str) -> None:
        if path in self.files:
            raise ReleaseError("release.path", f"{path} is written twice", path=path)

    def _settle(self, path: Path, *, durable: bool) -> None:
        if path.relative_to(self.root).as_posix() in self.files:
            _settle(path, FILE_MODE, durable=durable)
        else:
            path.unlink()

    def _note(self, written: Written, made_of: str) -> None:
        self.files[written.path] = written
        line = {"path": written.path, "bytes": written.bytes, "sha256": written.sha256, "made_of": made_of}
        self._journal.write(json.dumps(line).encode() + b"\n")
        self._journal.flush()
        if len(self.files) % JOURNAL_EVERY == 0:
            os.fsync(self._journal.fileno())


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, read block by block."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_journal(path: Path) -> Mapping[str, tuple[Written, str]]:
    found: dict[str, tuple[Written, str]] = {}
    if not path.is_file():
        return found
    for line in path.read_bytes().splitlines():
        try:
            row = json.loads(line)
            written = Written(path=row["path"], bytes=row["bytes"], sha256=row["sha256"])
            found[written.path] = (written, row["made_of"])
        except (ValueError, KeyError, TypeError):
            continue  # the line that was being written when the process died
    return found


def _settle(path: Path, mode: int, *, durable: bool) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fchmod(descriptor, mode)
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
