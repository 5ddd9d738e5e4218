"""Pictures in a bucket: drawn by a worker on one host, shown by a web process on another."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from speechcorpus.store.bucket import Bucket
from speechcorpus.store.pictures import Lengths, Pictures, TilePlace

FOLDER = "pictures"


class ObjectPictures(Pictures):
    """Pictures under `root`, each also an object `pictures/aa/<item sha256>-<version>`, fetched if needed."""

    def __init__(self, bucket: Bucket, root: Path) -> None:
        super().__init__(root)
        self._bucket = bucket

    def put(
        self,
        item_sha256: str,
        version: int,
        facts: Mapping[str, Any],
        lengths: Lengths,
        tiles: Iterable[bytes],
    ) -> None:
        """Keep a picture, in place of one that is there, here and for every host."""
        super().put(item_sha256, version, facts, lengths, tiles)
        self._bucket.upload(self._key(item_sha256, version), self._path(item_sha256, version))

    def exists(self, item_sha256: str, version: int) -> bool:
        """Say whether there is a picture."""
        return self._bucket.size(self._key(item_sha256, version)) is not None

    def size(self, item_sha256: str, version: int) -> int:
        """Return the bytes of a picture that is there."""
        return self._bucket.size(self._key(item_sha256, version)) or 0

    def facts(self, item_sha256: str, version: int) -> Mapping[str, Any] | None:
        """Return what was said of a picture beside its tiles; None where there is none, or none any more."""
        if not self.exists(item_sha256, version):
            super().drop(item_sha256)
            return None
        self._fetch(item_sha256, version)
        return super().facts(item_sha256, version)

    def tile(self, item_sha256: str, version: int, layer: str, level: int, number: int) -> TilePlace | None:
        """Return where a tile lies; None where there is no such tile, or no picture."""
        self._fetch(item_sha256, version)
        return super().tile(item_sha256, version, layer, level, number)

    def drop(self, item_sha256: str) -> int:
        """Remove every picture of some item audio; return how many there were."""
        folder = f"{FOLDER}/{self._folder(item_sha256).name}"
        keys = [each.key for each in self._bucket.listed(folder) if f"/{item_sha256}-" in each.key]
        self._bucket.delete(keys)
        super().drop(item_sha256)
        return len(keys)

    def _key(self, item_sha256: str, version: int) -> str:
        path = self._path(item_sha256, version)
        return f"{FOLDER}/{path.parent.name}/{path.name}"

    def _fetch(self, item_sha256: str, version: int) -> None:
        """Bring a picture here that is not; the same item and version is the same picture on every host."""
        path = self._path(item_sha256, version)
        if path.is_file():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(uuid4().hex)
        try:
            partial.write_bytes(self._bucket.read(self._key(item_sha256, version)))
            partial.replace(path)
        except FileNotFoundError:
            return
        finally:
            partial.unlink(missing_ok=True)
