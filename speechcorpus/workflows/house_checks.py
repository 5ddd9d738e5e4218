"""Whether this house can take work now: what a load balancer and an operator ask it."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from speechcorpus.domain.errors import SpeechCorpusError, StoreError
from speechcorpus.store.blobs import LocalBlobs
from speechcorpus.store.store import Store

NOBODY: Final = "0" * 64  # the digest of nothing that is kept
SENTENCES: Final = {
    "database.busy": "the database does not answer, or somebody holds it",
    "database.version": "the tables are of another version: `speechcorpus serve` brings them up to date",
    "storage.read-only": "the data folder cannot be written",
    "storage.full": "there is less free space than is kept in reserve",
    "storage.away": "the folder or store of recordings does not answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReady:
    """One reason why nobody should be sent here now."""

    code: str

    @property
    def sentence(self) -> str:
        """The reason in plain words; nothing in it comes from outside."""
        return SENTENCES[self.code]


def why_not_ready(store: Store, *, reserve_bytes: int = 0) -> tuple[NotReady, ...]:
    """Return every reason not to send people here; none: the house is ready.

    Parameters
    ----------
    reserve_bytes : how much free space the data folder must keep
    """
    codes = (*_database(store), *_storage(store, reserve_bytes))
    return tuple(NotReady(code=code) for code in codes)


def _database(store: Store) -> Iterator[str]:
    try:
        store.catalogue.check_version()
    except SpeechCorpusError as error:
        yield error.code if error.code in SENTENCES else "database.busy"
    except Exception:  # whatever a driver says when its server is away: the reason to send nobody is the same
        yield "database.busy"


def _storage(store: Store, reserve_bytes: int) -> Iterator[str]:
    try:
        free = shutil.disk_usage(store.data_dir).free
        for folder in _folders(store):
            _try_to_write(folder)
        if not isinstance(store.blobs, LocalBlobs):
            store.blobs.exists(NOBODY)  # any answer will do
    except (FileNotFoundError, StoreError):
        yield "storage.away"
    except OSError:
        yield "storage.read-only"
    else:
        if free < reserve_bytes:
            yield "storage.full"


def _folders(store: Store) -> tuple[Path, Path]:
    """Return where chunks and blobs are first written."""
    root = store.blobs.root
    return store.incoming.root, root / "tmp" if isinstance(store.blobs, LocalBlobs) else root


def _try_to_write(folder: Path) -> None:
    """Make a file and take it away again; OSError where that cannot be done."""
    path = folder / f"{uuid4().hex}.tmp"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    path.unlink()
