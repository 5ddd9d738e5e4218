"""Reads archives and gzip files that anybody may have made: in one pass, bounded, headers byte for byte."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.tar import BLOCK, ending, padding, tar_header

PIECE_BYTES = 1 << 20
GZIP_HEADER = bytes.fromhex("1f8b08000000000000ff")  # no time, no name, any system


@dataclass(slots=True, kw_only=True)
class Found:
    """One member of an archive; what it holds can be read until the next one is asked for."""

    path: str
    size: int
    offset: int  # of its header
    _file: BinaryIO
    _left: int

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes that were not read yet."""
        while self._left:
            block = self._file.read(min(self._left, PIECE_BYTES))
            if not block:
                raise _fault(self.path, self.offset, "ends before its size")
            self._left -= len(block)
            yield block

    def read(self, largest: int) -> bytes:
        """Return all of it; ReleaseError `release.layout` when that is more than `largest` bytes."""
        if self.size > largest:
            raise _fault(self.path, self.offset, f"is larger than {largest} bytes")
        return b"".join(self.blocks())

    def sha256(self) -> str:
        """Return the digest of all of it."""
        digest = hashlib.sha256()
        for block in self.blocks():
            digest.update(block)
        return digest.hexdigest()


def members(path: Path) -> Iterator[Found]:
    """Yield the members of an archive that is to the byte as we write it.

    Links, devices, owners, times, long names, rubbish after the end: none of it can be in such a file, and
    nothing in it is ever unpacked.

    Raises
    ------
    ReleaseError : `release.layout`, naming the byte where the file departs from that
    """
    total = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while (header := file.read(BLOCK)).strip(b"\0"):
            name, size = _header(header, at)
            end = at + BLOCK + size + padding(size)
            if end > total:
                raise _fault(name, at, "ends after the archive")
            yield Found(path=name, size=size, offset=at, _file=file, _left=size)
            file.seek(at + BLOCK + size)
            if file.read(padding(size)).strip(b"\0"):
                raise _fault(name, at, "is padded with something else than zeros")
            at = end
        file.seek(at)
        if file.read(len(ending(at)) + 1) != ending(at):
            raise ReleaseError("release.layout", f"byte {at}: the archive does not end as it must")


def _header(header: bytes, at: int) -> tuple[str, int]:
    name = header[:100].rstrip(b"\0").decode("ascii", "backslashreplace")
    try:
        size = int(header[124:135], 8)
        expected = tar_header(name, size)
    except (ValueError, ReleaseError) as error:
        raise ReleaseError("release.layout", f"byte {at}: {name!r}: no header we write") from error
    if header != expected:
        where = next((i for i, (a, b) in enumerate(zip(header, expected, strict=False)) if a != b), 0)
        raise ReleaseError("release.layout", f"byte {at + where}: {name!r}: another header than we write")
    return name, size


def gzip_fault(path: Path, *, largest: int) -> str | None:
    """Return what is wrong with a gzip file: its header, its number of members, a broken or endless stream.

    Inflated piece by piece; it stops once more than `largest` bytes have come out.
    """
    with path.open("rb") as file:
        header = file.read(len(GZIP_HEADER))
        if header != GZIP_HEADER:
            return f"gzip header {header.hex()} instead of {GZIP_HEADER.hex()}"
        file.seek(0)
        try:
            return _stream_fault(file, largest)
        except zlib.error as error:
            return f"broken gzip: {error}"


def _stream_fault(file: BinaryIO, largest: int) -> str | None:
    inflate, size = zlib.decompressobj(wbits=31), 0
    while block := file.read(PIECE_BYTES):
        while block and not inflate.eof:
            size += len(inflate.decompress(block, PIECE_BYTES))
            block = inflate.unconsumed_tail
            if size > largest:
                return f"inflates to more than {largest} bytes"
        if inflate.unused_data or (inflate.eof and block):
            return "something follows the first gzip member"
    return None if inflate.eof else "the gzip stream is cut off"


def _fault(member: str, offset: int, sentence: str) -> ReleaseError:
    return ReleaseError("release.layout", f"byte {offset}: {member!r} {sentence}")
