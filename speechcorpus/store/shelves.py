"""What the house asks of whatever keeps its bytes: a folder here, or a store that several hosts share."""

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

STRETCH_BYTES = 1 << 20
ChunkKey = tuple[str, int, str]
"""Take, index and SHA-256: what names a chunk."""


class Readable(Protocol):
    """Bytes at any position."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def close(self) -> None: ...


def stretch(opened: Callable[[], Readable], start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Yield `length` bytes from `start`, or all that follow, block by block; it is opened only then.

    Examples
    --------
    >>> from io import BytesIO
    >>> b"".join(stretch(lambda: BytesIO(b"tai-gi"), 1, 3))
    b'ai-'
    """
    with closing(opened()) as file:
        file.seek(start)
        while length is None or length > 0:
            block = file.read(STRETCH_BYTES if length is None else min(STRETCH_BYTES, length))
            if not block:
                return
            yield block
            length = None if length is None else length - len(block)


class Blobs(Protocol):
    """Immutable bytes under their SHA-256: durable before a digest is returned, never overwritten."""

    @property
    def root(self) -> Path:
        """A folder here: the blobs themselves, or what is kept of them on this machine."""

    def put_bytes(self, data: bytes) -> str: ...
    def put_file(self, path: Path) -> str: ...
    def put_stream(self, blocks: Iterable[bytes]) -> str: ...

    def path_of(self, sha256: str) -> Path:
        """Return a file here with the bytes, or where it would be when there is no such blob."""

    def open(self, sha256: str) -> Readable:
        """Open a blob for reading at any position, without fetching all of it; FileNotFoundError without."""

    def exists(self, sha256: str) -> bool: ...
    def is_anywhere(self, sha256: str) -> bool:
        """Say whether the bytes lie anywhere, in quarantine too."""

    def size(self, sha256: str) -> int: ...
    def read(self, sha256: str) -> bytes: ...
    def is_whole(self, sha256: str) -> bool: ...
    def quarantine(self, sha256: str) -> object: ...
    def quarantined_path(self, sha256: str) -> Path: ...
    def release(self, sha256: str) -> None: ...

    def remove(self, sha256: str) -> None:
        """Erase a blob wherever it lies, in quarantine too."""

    def digests(self) -> Iterator[str]: ...
    def sweep(self, *, before_s: float) -> int: ...


class Chunks(Protocol):
    """The chunks of takes as they arrive, each durable before it is acknowledged."""

    @property
    def root(self) -> Path:
        """A folder here: the chunks themselves, or one that is only asked whether it can be written."""

    def keep(self, take_id: str, index: int, sha256: str, data: bytes, *, hashed: bool = False) -> None: ...
    def read(self, take_id: str, index: int, sha256: str) -> bytes: ...
    def drop(self, take_id: str) -> int: ...
    def take_ids(self) -> list[str]: ...
    def sweep(self, *, before_s: float, known: Container[ChunkKey]) -> int: ...
