"""USTAR archives without a time, an owner or a copy: written, or served from the files they are made of."""

import tarfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from speechcorpus.domain.errors import ReleaseError

BLOCK = 512
RECORD = 10_240  # an archive ends on a multiple of this, as `tar` writes it
PIECE_BYTES = 1 << 20
LARGEST_MEMBER = 8**11 - 1  # eleven octal digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive: its path there, its size, and how to open it."""

    path: str
    size: int
    open: Callable[[], BinaryIO]


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
    info = tarfile.TarInfo(path)
    info.size = size
    try:
        return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")
    except (ValueError, UnicodeEncodeError) as error:
        raise ReleaseError("release.tar", f"{path} does not fit into a USTAR header", path=path) from error


def padding(size: int, block: int = BLOCK) -> int:
    """Return how many zero bytes follow so that the next thing begins on a block.

    >>> padding(1), padding(512)
    (511, 0)
    """
    return -size % block


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
        ended = self._content + 2 * BLOCK
        self.size = ended + padding(ended, RECORD)
        self._at = 0
        self._open: tuple[int, BinaryIO] | None = None

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
