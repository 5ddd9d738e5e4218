"""Tombstones in a bucket: every host writes its own, and whichever is restored reads them all."""

import hashlib
from collections.abc import Iterable, Iterator

from speechcorpus.store.bucket import Bucket

FOLDER = "tombstones"


class ObjectStones:
    """One object a line, named by its SHA-256: the same line written by two hosts is one."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def missing(self, lines: Iterable[bytes]) -> list[bytes]:
        """Return the lines that are not kept yet."""
        known = {each.key.rpartition("/")[2] for each in self._bucket.listed(FOLDER)}
        return [line for line in lines if hashlib.sha256(line).hexdigest() not in known]

    def add(self, lines: Iterable[bytes]) -> None:
        """Keep lines; each is durable before this returns."""
        for line in lines:
            self._bucket.create(f"{FOLDER}/{hashlib.sha256(line).hexdigest()}", line)

    def read(self) -> Iterator[bytes]:
        """Yield every line, in no order that means anything."""
        for each in list(self._bucket.listed(FOLDER)):
            yield self._bucket.read(each.key)
