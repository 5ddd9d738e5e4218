"""USTAR archives without a time, an owner or a copy: written, or served from the files they are made of."""

import tarfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from speechcorpus.domain.errors import ReleaseError

BLOCK = 512
RECORD = 10_240  # an archive ends on a multiple of this, as `tar` writes it
PIECE_BYTES = 1 << 20
LARGEST_MEMBER = 8**11 - 1  # eleven octal digits
NAME_BYTES = 100
OWNER = b"0000644\0" + 2 * b"0000000\0"
NO_TIME = b"\0" + b"0" * 11 + b"\0"
KIND = b"\0 0" + bytes(100) + b"ustar\0" + b"00" + bytes(247)
USUAL_SUM = sum(OWNER + NO_TIME + KIND[2:]) + 8 * ord(" ")  # the sum counts its own place as spaces


class Sink(Protocol):
    """A file open for writing."""

    def write(self, data: bytes, /) -> object:
        """Write all of it."""
        ...

    def flush(self) -> object:
        """Pass on what is held back."""
        ...


class Opened(Protocol):
    """An opened file, wherever it lies: bytes at any position."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive: its path there, its size, and how to open it."""

    path: str
    size: int
    open: Callable[[], Opened]


def tar_header(path: str, size: int) -> bytes:
    """Return the 512 bytes before a file: mode 0644, owner 0, time 0, POSIX.1-1988 USTAR.

    Raises
    ------
    ReleaseError : `release.tar` when path or size do not fit

    Examples
    --------
    >>> tar_header("a/b.flac", 3)[257:265]
    b'ustar\\x0000'
    """
    if not 0 <= size <= LARGEST_MEMBER:
        raise ReleaseError("release.tar", f"{path} is too large for a USTAR member", path=path)
    if len(path) <= NAME_BYTES and path.isascii():
        return _usual_header(path.encode(), size)
    info = tarfile.TarInfo(path)
    info.size = size
    try:
        return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")
    except (ValueError, UnicodeEncodeError) as error:
        raise ReleaseError("release.tar", f"{path} does not fit into a USTAR header", path=path) from error


def _usual_header(name: bytes, size: int) -> bytes:
    """The same by hand, some ten times as fast: only name, size and the sum of all bytes differ."""
    length = b"%011o" % size
    summed = USUAL_SUM + sum(name) + sum(length)
    return b"%b%b%b%b%06o%b" % (name.ljust(NAME_BYTES, b"\0"), OWNER, length, NO_TIME, summed, KIND)


def padding(size: int, block: int = BLOCK) -> int:
    """Return how many zero bytes follow so that the next thing begins on a block.

    >>> padding(1), padding(512)
    (511, 0)
    """
    return -size % block


class TarWriter:
    """Writes an archive into an open file, member after member, each given whole.

    >>> import io
    >>> file = io.BytesIO()
    >>> tar = TarWriter(file)
    >>> tar.add("a.txt", b"abc"); tar.finish()
    >>> file.getvalue()[:5], len(file.getvalue())
    (b'a.txt', 10240)
    """

    def __init__(self, file: Sink) -> None:
        self._file = file
        self._size = 0

    def add(self, path: str, data: bytes) -> None:
        """Write one member."""
        self._file.write(tar_header(path, len(data)))
        self._file.write(data)
        self._file.write(bytes(padding(len(data))))
        self._size += BLOCK + len(data) + padding(len(data))

    def finish(self) -> None:
        """Write the two empty blocks that end an archive, up to the end of a record."""
        self._file.write(ending(self._size))


def ending(size: int) -> bytes:
    """Return the zero bytes that end an archive whose members take `size` bytes.

    >>> len(ending(0)), len(ending(10_240 - 512))
    (10240, 10752)
    """
    ended = size + 2 * BLOCK
    return bytes(2 * BLOCK + padding(ended, RECORD))


class VirtualTar:
    """An archive that exists only as a sum: any byte range is read from the files themselves.

    It is a binary file for whoever reads it (`seek`, `tell`, `read`, `close`), of known `size`; at most one
    member is open at a time.
    """

    def __init__(self, members: Iterable[Member]) -> None:
        self._members: Sequence[Member] = tuple(members)
        spans = [BLOCK + m.size + padding(m.size) for m in self._members]
        self._starts = list(accumulate(spans, initial=0))
        self._content = self._starts[-1]
        self.size = self._content + len(ending(self._content))
        self._at = 0
        self._open: tuple[int, Opened] | None = None

    def again(self) -> "VirtualTar":
        """Return another reader of the same archive, at its beginning; nothing is laid out anew."""
        other = copy(self)
        other._at, other._open = 0, None
        return other

    def seekable(self) -> bool:
        """Say that every position can be reached at once."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move the position, as files do."""
        base = {0: 0, 1: self._at, 2: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes from the position, all of the rest when negative."""
        wanted = self.size - self._at if size < 0 else min(size, self.size - self._at)
        pieces = []
        while wanted > 0:
            piece = self._piece(wanted)
            pieces.append(piece)
            wanted -= len(piece)
            self._at += len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Close the member that is open, if any."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _piece(self, wanted: int) -> bytes:
        if self._at >= self._content:
            return bytes(min(wanted, self.size - self._at))
        number = bisect_right(self._starts, self._at) - 1
        member, inside = self._members[number], self._at - self._starts[number]
        if inside < BLOCK:
            return tar_header(member.path, member.size)[inside : inside + wanted]
        inside -= BLOCK
        if inside < member.size:
            return self._data(number, inside, min(wanted, member.size - inside, PIECE_BYTES))
        return bytes(min(wanted, self._starts[number + 1] - self._at))

    def _data(self, number: int, offset: int, size: int) -> bytes:
        if self._open is None or self._open[0] != number:
            self.close()
            self._open = (number, self._members[number].open())
        file = self._open[1]
        file.seek(offset)
        data = file.read(size)
        if not data:
            raise ReleaseError("release.fixity", f"{self._members[number].path} is shorter than its size")
        return data


def pieces_of(archive: VirtualTar) -> Iterator[bytes]:
    """Yield the whole archive from its beginning."""
    archive.seek(0)
    while piece := archive.read(PIECE_BYTES):
        yield piece
