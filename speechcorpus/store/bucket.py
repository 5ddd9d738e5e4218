"""A bucket of an S3-compatible store: objects that are whole or not there, made once and never changed.

Needs the extra `s3` (obstore). Address, keys and region are taken from where its users expect them: the
variables `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.shelves import Readable

if TYPE_CHECKING:
    from obstore import ReadableFile

BLOCK_BYTES = 1 << 20
PART_BYTES = 16 << 20  # 10,000 parts are the most: 156 GiB
READ_AHEAD_BYTES = 1 << 20
ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An object as a listing names it."""

    key: str
    bytes: int
    changed_at: datetime


class Bucket:
    """Objects under the prefix of a URL such as `s3://bucket/prefix`.

    Raises
    ------
    StoreError : `blobs.url` for an address that is none; `storage.away` when the store does not answer
    """

    def __init__(self, url: str) -> None:
        name, prefix = _parts(url)
        endpoint = next((os.environ[each] for each in ENDPOINTS if os.environ.get(each)), "")
        self._store = S3Store(
            name,
            prefix=prefix or None,
            checksum_algorithm="sha256",  # the store refuses what was changed on the way
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=60),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=5)},
        )

    def create(self, key: str, data: bytes) -> bool:
        """Keep an object unless there is one of this name; False, and nothing changed, if there is."""
        with _told():
            try:
                obstore.put(self._store, key, data, mode="create")
            except AlreadyExistsError:  # 412 to a conditional put
                return False
        return True

    def replace(self, key: str, data: bytes) -> None:
        """Keep an object in place of one that is there: for the few that say how things are now."""
        with _told():
            obstore.put(self._store, key, data)

    def upload(self, key: str, source: IO[bytes] | Path) -> None:
        """Keep a large object, in parts that nobody sees before the last; the same bytes again do no harm."""
        with _told():
            obstore.put(self._store, key, source, chunk_size=PART_BYTES, max_concurrency=2)

    def size(self, key: str) -> int | None:
        """Return the length of an object in bytes, None if there is none."""
        with _told():
            try:
                return obstore.head(self._store, key)["size"]
            except FileNotFoundError:
                return None

    def read(self, key: str) -> bytes:
        """Return a whole object; FileNotFoundError without."""
        with _told():
            return bytes(obstore.get(self._store, key).bytes())

    def blocks(self, key: str) -> Iterator[bytes]:
        """Yield an object piece by piece; FileNotFoundError without."""
        with _told():
            for block in obstore.get(self._store, key).stream(BLOCK_BYTES):
                yield bytes(block)

    def open(self, key: str) -> Readable:
        """Open an object for reading at any position, by ranges; FileNotFoundError without."""
        with _told():
            return _Ranges(obstore.open_reader(self._store, key, buffer_size=READ_AHEAD_BYTES))

    def listed(self, prefix: str) -> Iterator[Kept]:
        """Yield the objects under a folder, in order of their names."""
        with _told():
            for page in obstore.list(self._store, prefix, chunk_size=1000):
                for each in page:
                    yield Kept(key=each["path"], bytes=each["size"], changed_at=each["last_modified"])

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right under a folder, in order."""
        with _told():
            found = obstore.list_with_delimiter(self._store, prefix)["common_prefixes"]
        return sorted(path.rpartition("/")[2] for path in found)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; what is not there is gone already."""
        with _told():
            for key in keys:
                try:
                    obstore.delete(self._store, key)
                except FileNotFoundError:
                    continue

    def move(self, key: str, to: str) -> None:
        """Give an object another name: it is there before the old name goes; FileNotFoundError without."""
        with _told():
            obstore.copy(self._store, key, to)
            obstore.delete(self._store, key)


class _Ranges:
    """An object as a file whose reads are ranges; errors come in our form."""

    def __init__(self, reader: "ReadableFile") -> None:
        self._reader = reader

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes from here, all that is left for -1."""
        with _told():
            return bytes(self._reader.readall() if size < 0 else self._reader.read(size))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move; return the position."""
        if (offset, whence) != (self._reader.tell(), 0):  # a seek throws away what was read ahead
            self._reader.seek(offset, whence)
        return int(self._reader.tell())

    def close(self) -> None:
        """Let go of it."""
        self._reader.close()


def _parts(url: str) -> tuple[str, str]:
    """Return bucket and prefix of an address.

    >>> _parts("s3://corpus/first/stage/")
    ('corpus', 'first/stage')
    """
    found = urlsplit(url)
    if found.scheme != "s3" or not found.netloc or found.query or found.fragment:
        raise StoreError("blobs.url", f"blobs are kept in a folder or at s3://bucket/prefix, not at {url!r}")
    return found.netloc, found.path.strip("/")


@contextmanager
def _told() -> Iterator[None]:
    """Tell what the store says in our form; that an object is not there stays what it is."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        # its own words may hold the address and a signature: the first clause says what went wrong
        why = str(error).partition(":")[0]
        raise StoreError("storage.away", f"the store of the blobs does not answer ({why})") from error
