"""A ZIP archive that is written while it is sent: nothing of it lies in memory or on disk as a whole."""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

BEGIN = (1980, 1, 1, 0, 0, 0)  # the earliest time of the format: the same contents give the same bytes
READ_BY_ALL = 0o644 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of an archive: its name, and what yields its bytes when its turn comes."""

    name: str
    blocks: Callable[[], Iterable[bytes]]
    packed: bool = True  # not worth it for sound


def text_entry(name: str, data: str | bytes) -> Entry:
    """Return an entry whose bytes are at hand."""
    held = data.encode() if isinstance(data, str) else data
    return Entry(name=name, blocks=lambda: (held,))


def zip_stream(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the bytes of an archive of these entries, in their order."""
    pipe = _Pipe()
    with zipfile.ZipFile(cast(IO[bytes], pipe), "w") as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, BEGIN)
            info.external_attr = READ_BY_ALL
            info.compress_type = zipfile.ZIP_DEFLATED if entry.packed else zipfile.ZIP_STORED
            with archive.open(info, "w", force_zip64=True) as file:
                for block in entry.blocks():
                    file.write(block)
                    yield from pipe.taken()
            yield from pipe.taken()
    yield from pipe.taken()


class _Pipe:
    """A file that cannot be sought: what is written waits until it is taken."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep some bytes until they are taken."""
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> Iterator[bytes]:
        """Yield what waits, and keep it no longer."""
        waiting, self._waiting = self._waiting, []
        yield from waiting
