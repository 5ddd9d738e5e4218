"""Incoming: the chunks of a take as they arrive, each durable before it is acknowledged."""

import fcntl
import hashlib
import re
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.blobs import (
    remove_if_possible,
    sync_folder,
    told_when_full,
    write_bytes_durably,
)
from speechcorpus.store.shelves import ChunkKey

TAKE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CHUNK_NAME = re.compile(r"(\d+)\.([0-9a-f]{64})")
MOST_NAMED = 10_000


class Incoming:
    """Chunk files `root/<take>/<index>.<sha256>`.

    Examples
    --------
    >>> import hashlib, tempfile
    >>> incoming, pcm = Incoming(Path(tempfile.mkdtemp())), bytes(480)
    >>> take, sha256 = "2f0c1d9e-8c5b-4a51-9d0a-3f6f0a8f3d11", hashlib.sha256(pcm).hexdigest()
    >>> incoming.keep(take, 0, sha256, pcm)
    >>> incoming.read(take, 0, sha256) == pcm
    True
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._named: set[str] = set()  # takes whose folder was made durable by this process
        root.mkdir(parents=True, exist_ok=True)

    def keep(self, take_id: str, index: int, sha256: str, data: bytes, *, hashed: bool = False) -> None:
        """Make `data` durable; the same chunk again changes nothing.

        Parameters
        ----------
        hashed : the caller has just hashed `data` to `sha256`, so it is not done twice

        Raises
        ------
        StoreError : `chunk.hash` when `data` does not hash to `sha256`, `blob.name` for an unfit name,
            `storage.full`
        """
        if not hashed and hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError("chunk.hash", f"chunk {index} does not match its digest", index=index)
        with told_when_full():
            self._write(take_id, self.path_of(take_id, index, sha256), data)

    def _write(self, take_id: str, path: Path, data: bytes) -> None:
        made = self._folder(path.parent)
        tmp = path.parent / f"{uuid4().hex}.tmp"
        try:
            write_bytes_durably(tmp, data)
            with self._locked(fcntl.LOCK_SH):
                tmp.replace(path)  # also when it is there: its age starts again, the sweep passes it over
        except BaseException:
            remove_if_possible(tmp)
            raise
        sync_folder(path.parent)
        if made or take_id not in self._named:
            sync_folder(self.root)
            self._remember(take_id)

    def _folder(self, folder: Path) -> bool:
        """Make the folder of a take; say whether it was not there."""
        try:
            folder.mkdir()
        except FileExistsError:
            return False
        return True

    def _remember(self, take_id: str) -> None:
        """Note that the folder's own name is durable: a take has one folder until its master is safe."""
        if len(self._named) >= MOST_NAMED:
            self._named.clear()
        self._named.add(take_id)

    def path_of(self, take_id: str, index: int, sha256: str) -> Path:
        """Return where this chunk is, or would be."""
        name = f"{index}.{sha256}"
        if not TAKE_ID.fullmatch(take_id) or not CHUNK_NAME.fullmatch(name):
            raise StoreError("blob.name", f"not the name of a chunk: {take_id!r} {name!r}")
        return self.root / take_id / name

    def read(self, take_id: str, index: int, sha256: str) -> bytes:
        """Return the chunk's bytes.

        Raises
        ------
        StoreError : `blob.missing`
        """
        try:
            return self.path_of(take_id, index, sha256).read_bytes()
        except FileNotFoundError as error:
            raise StoreError("blob.missing", f"no chunk {index} of take {take_id}", index=index) from error

    def drop(self, take_id: str) -> int:
        """Remove every chunk of one take, whose master is safe elsewhere; return how many."""
        folder = self.path_of(take_id, 0, "0" * 64).parent
        files = list(folder.iterdir()) if folder.is_dir() else []
        for file in files:
            file.unlink(missing_ok=True)
        if folder.is_dir():
            folder.rmdir()
        self._named.discard(take_id)
        return len(files)

    def take_ids(self) -> list[str]:
        """Return the takes that have a folder here, in order."""
        return sorted(folder.name for folder in self.root.iterdir() if TAKE_ID.fullmatch(folder.name))

    def chunks(self) -> Iterator[tuple[ChunkKey, Path]]:
        """Yield every chunk file with what names it, take after take."""
        for key, path in self._files():
            if key is not None:
                yield key, path

    def sweep(self, *, before_s: float, known: Container[ChunkKey]) -> int:
        """Remove files last touched before `before_s` (Unix time) that no row in `known` names."""
        return sum(self._removed(file, before_s) for key, file in self._files() if key not in known)

    def _removed(self, file: Path, before_s: float) -> bool:
        with self._locked(fcntl.LOCK_EX):  # between this look and this removal nobody sends it again
            stale = file.exists() and file.stat().st_mtime < before_s
            if stale:
                file.unlink()
        return stale

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        with (self.root / "lock").open("w") as lock:
            fcntl.flock(lock, how)
            yield

    def _files(self) -> Iterator[tuple[ChunkKey | None, Path]]:
        for take_id in self.take_ids():
            for file in sorted((self.root / take_id).iterdir()):
                named = CHUNK_NAME.fullmatch(file.name)
                yield ((take_id, int(named[1]), named[2]) if named else None), file
