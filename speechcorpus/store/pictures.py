"""Pictures: tiles in files beside the blobs, derived and expendable, each found without reading the rest.

A file is one line of JSON (what it shows, the length of every tile) and the tiles one after the other, each
compressed by itself, so that the web process hands bytes on and computes nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from speechcorpus.store.blobs import DIGEST, write_durably

Lengths = Mapping[str, Sequence[Sequence[int]]]
"""Layer → level of zoom → bytes of each tile, in the order they lie in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TilePlace:
    """Where a tile lies."""

    path: Path
    offset: int  # bytes
    length: int  # bytes


class Pictures:
    """Picture files under `root/aa/<item sha256>-<version>`.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> pictures, item = Pictures(Path(mkdtemp())), "ab" * 32
    >>> pictures.put(item, 1, {"frames": 4}, {"wave": [[2, 3], [1]]}, [b"aa", b"bbb", b"c"])
    >>> place = pictures.tile(item, 1, "wave", 1, 0)
    >>> place.path.read_bytes()[place.offset : place.offset + place.length]
    b'c'
    >>> pictures.tile(item, 1, "wave", 2, 0) is None, pictures.facts(item, 1)
    (True, {'frames': 4})
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(
        self,
        item_sha256: str,
        version: int,
        facts: Mapping[str, Any],
        lengths: Lengths,
        tiles: Iterable[bytes],
    ) -> None:
        """Keep a picture, in place of one that is there.

        Parameters
        ----------
        tiles : their bytes, in the order of `lengths`
        """
        path = self._path(item_sha256, version)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(uuid4().hex)
        head = json.dumps({"facts": facts, "lengths": lengths}, separators=(",", ":")).encode() + b"\n"
        try:
            write_durably(partial, (head, *tiles))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def exists(self, item_sha256: str, version: int) -> bool:
        """Say whether the picture is here."""
        return self._path(item_sha256, version).is_file()

    def size(self, item_sha256: str, version: int) -> int:
        """Return the bytes of a picture that is here."""
        return self._path(item_sha256, version).stat().st_size

    def facts(self, item_sha256: str, version: int) -> Mapping[str, Any] | None:
        """Return what was said of a picture beside its tiles; None where there is none."""
        head = self._head(self._path(item_sha256, version))
        facts: Mapping[str, Any] | None = head and head[0]["facts"]
        return facts

    def tile(self, item_sha256: str, version: int, layer: str, level: int, number: int) -> TilePlace | None:
        """Return where a tile lies; None where there is no such tile, or no picture."""
        path = self._path(item_sha256, version)
        head = self._head(path)
        if head is None:
            return None
        offset = head[1]
        for name, levels in head[0]["lengths"].items():
            for at, lengths in enumerate(levels):
                if (name, at) == (layer, level):
                    if not 0 <= number < len(lengths):
                        return None
                    return TilePlace(path=path, offset=offset + sum(lengths[:number]), length=lengths[number])
                offset += sum(lengths)
        return None

    def drop(self, item_sha256: str) -> int:
        """Remove every picture of some item audio; return how many there were."""
        found = list(self._folder(item_sha256).glob(f"{item_sha256}-*"))
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _head(self, path: Path) -> tuple[dict[str, Any], int] | None:
        try:
            with path.open("rb") as file:
                line = file.readline()
        except FileNotFoundError:
            return None
        return json.loads(line), len(line)

    def _folder(self, item_sha256: str) -> Path:
        if not DIGEST.fullmatch(item_sha256):
            raise ValueError(f"not a SHA-256 digest: {item_sha256!r}")
        return self._root / item_sha256[:2]

    def _path(self, item_sha256: str, version: int) -> Path:
        return self._folder(item_sha256) / f"{item_sha256}-{version}"
