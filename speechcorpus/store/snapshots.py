"""Snapshots of the catalogue: one consistent moment in one file, taken while others write, and put back."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.blobs import sync_folder
from speechcorpus.store.catalogue import Catalogue

SQLITE_NAME, POSTGRES_NAME = "catalogue.sqlite", "catalogue.pgdump"


@contextmanager
def snapshot(catalogue: Catalogue, folder: Path) -> Iterator[tuple[Path, Session]]:
    """Write the catalogue as it is at one moment into `folder`; give the file, and a session on that moment.

    Nobody who writes waits for it.

    Raises
    ------
    StoreError : `backup.pg-dump` when PostgreSQL's own tool is missing or refuses
    """
    if catalogue.is_sqlite:
        path = folder / SQLITE_NAME
        _copy_sqlite(Path(str(catalogue.url.database)), path)
        copy = Catalogue(f"sqlite:///{path.absolute()}")
        try:
            with copy.read() as session:
                yield path, session
        finally:
            copy.close()
            _settle(path)
        return
    path = folder / POSTGRES_NAME
    with catalogue.read() as session:
        name = session.scalar(text("SELECT pg_export_snapshot()"))
        _run("pg_dump", catalogue.url, "--format=custom", f"--snapshot={name}", f"--file={path}")
        yield path, session


def put_back(path: Path, catalogue: Catalogue) -> None:
    """Load a snapshot into an empty PostgreSQL database, whole or not at all.

    Raises
    ------
    StoreError : `restore.not-empty`, `backup.pg-dump`
    """
    with catalogue.read() as session:
        if inspect(session.connection()).get_table_names():
            raise StoreError("restore.not-empty", "the database has tables already: make an empty one")
    said = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("pg_restore", catalogue.url, *said, str(path))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy in one read transaction: in WAL mode writers go on beside it."""
    live = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    with closing(live), closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def _settle(path: Path) -> None:
    """Make one durable file of it, with no journal beside it."""
    with closing(sqlite3.connect(path)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def _run(tool: str, url: URL, *arguments: str) -> None:
    found = shutil.which(tool)
    if found is None:
        raise StoreError(
            "backup.pg-dump",
            f"{tool} is not here: install the client tools of your PostgreSQL's version (Debian: "
            "postgresql-client), and run this again",
        )
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    ended = subprocess.run(
        [found, f"--dbname={address}", *arguments],
        env={**os.environ, **_password(url)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        why = ended.stderr.strip().splitlines()[-1:] or [f"it ended with {ended.returncode}"]
        raise StoreError("backup.pg-dump", f"{tool} refused: {why[0]}")


def _password(url: URL) -> Mapping[str, str]:
    """Hand the password over where no list of processes shows it."""
    return {"PGPASSWORD": str(url.password)} if url.password else {}
