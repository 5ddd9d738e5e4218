"""A tree under construction: every file hashed while it is written, journalled, reused after a crash."""

import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from speechcorpus.domain.errors import ReleaseError

FILE_MODE, FOLDER_MODE = 0o644, 0o755  # whatever the umask says
BLOCK_BYTES = 1 << 20
JOURNAL_EVERY = 64  # files between two fsyncs of the journal; reused files are hashed again anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One file of a tree."""

    path: str
    bytes: int
    sha256: str


class HashedFile(io.RawIOBase):
    """A file open for writing that knows the SHA-256 of what went through it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("wb")
        self._digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        """Say so."""
        return True

    def write(self, data: object) -> int:
        """Write and hash."""
        block = bytes(memoryview(data))  # type: ignore[arg-type]
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)
        return len(block)

    def tell(self) -> int:
        """Return how much was written."""
        return self.size

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()

    @property
    def sha256(self) -> str:
        """Digest of everything written so far."""
        return self._digest.hexdigest()


class Staging:
    """A tree in `folder/<name>` with its journal beside it; a second run reuses what the first finished."""

    def __init__(self, folder: Path, name: str) -> None:
        self.root = folder / name
        self.root.mkdir(parents=True, exist_ok=True)
        self.files: dict[str, Written] = {}
        self._journal_path = folder / "journal.jsonl"
        self._before = _read_journal(self._journal_path)
        self._journal = self._journal_path.open("ab")

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
        if path in self.files:
            raise ReleaseError("release.path", f"{path} is written twice", path=path)
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with HashedFile(target) as file:
            yield file
        self._note(Written(path=path, bytes=file.size, sha256=file.sha256), made_of)

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
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


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
