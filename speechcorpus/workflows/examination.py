"""What an operator is told of a machine and of a data folder: what is there, what is not, how to get it."""

import os
import platform
import resource
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from speechcorpus.store.blobs import LocalBlobs
from speechcorpus.store.store import Store
from speechcorpus.workflows.house_checks import why_not_ready
from speechcorpus.workflows.house_figures import disk_figures, queue_figures
from speechcorpus.workflows.upkeep import last_upkeep
from speechcorpus.workflows.ways import endpoint_told, ways_of, words_for

Standing = Literal["ok", "lacks", "fault"]
REQUIRED: Final = (
    "sqlalchemy",
    "alembic",
    "numpy",
    "scipy",
    "soundfile",
    "soxr",
    "pyarrow",
    "flask",
    "waitress",
)
EXTRAS: Final = (
    ("postgres", "psycopg", "--database postgresql://…"),
    ("s3", "obstore", "--blobs s3://…"),
    ("ray", "ray", "measure --engine ray"),
    ("asr", "sherpa_onnx", "drafts by a recogniser"),
    ("neural", "onnxruntime", "second opinions beside measurements"),
    ("prompts", "taibun", "readings of Taigi prompts"),
    ("bag", "bagit", "releases as BagIt bags"),
)
OLDEST_SQLITE: Final = (3, 35, 0)  # RETURNING, in which a job or a task is claimed
FILES: Final = 4096  # open at once: 2,000 connections, each with a file of its own
LEAST_FREE: Final = 10 * 2**30
BACKUP_AGE: Final = timedelta(hours=36)
SCRUB_AGE: Final = timedelta(days=35)
MODE: Final = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One thing that was looked at."""

    standing: Standing
    what: str
    do: str = ""  # how to get what is missing

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.standing:6} {self.what}" + (f": {self.do}" if self.do else "")


def is_installed(module: str) -> bool:
    """Say whether a module could be imported; none is."""
    return find_spec(module) is not None


def examine_machine(is_there: Callable[[str], bool] = is_installed) -> Iterator[Seen]:
    """Look at what every command needs, and at what some need."""
    yield _seen(
        sys.version_info >= (3, 11),
        f"Python {platform.python_version()} on {platform.platform()}",
        "3.11 or later",
    )
    recent = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    yield _seen(recent, f"SQLite {sqlite3.sqlite_version}", "3.35 or later: install a newer Python")
    for name in REQUIRED:
        found = _version(name)
        yield _seen(found is not None, f"{name} {found or 'is absent'}", "pip install speechcorpus")
    for extra, module, use in EXTRAS:
        there = is_there(module)
        how = f"pip install 'speechcorpus[{extra}]', for {use}"
        yield _seen(there, f"extra {extra}{'' if there else ' is absent'}", how, "lacks")
    built = _pages_are_built()
    yield _seen(
        built,
        "the pages in the browser",
        "python hatch_build.py build (an installed wheel has them)",
        "lacks",
    )
    yield from _limits()


def examine_house(store: Store, *, now: datetime) -> Iterator[Seen]:
    """Look at a data folder as a person would who takes it over today; blobs are not read."""
    reasons = why_not_ready(store)
    for reason in reasons:
        yield Seen(standing="fault", what=reason.code, do=reason.sentence)
    if any(reason.code.startswith("database") for reason in reasons):
        return
    disk, queue = disk_figures(store), queue_figures(store, now=now)
    room = f"{disk.free_bytes / 2**30:.1f} GiB free of {disk.total_bytes / 2**30:.1f}"
    yield _seen(
        disk.free_bytes > LEAST_FREE, room, "1 GiB is kept back: move the folder to a larger disk", "lacks"
    )
    waits = f"{queue.waiting} jobs wait, the oldest for {queue.oldest_due_s:.0f} s"
    yield _seen(queue.oldest_due_s < 900, waits, "start more `speechcorpus worker`", "lacks")
    given_up = f"{queue.dead} jobs were given up"
    yield _seen(queue.dead == 0, given_up, "see why and try again at /staff/operation", "lacks")
    yield from _keys(store.data_dir / "keys")
    yield from _upkeep(store, now)
    yield from _tools(store)
    yield from _ways(store)


def _limits() -> Iterator[Seen]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = hard == resource.RLIM_INFINITY or hard >= FILES
    yield _seen(enough, f"{hard} files may be open", f"let it be {FILES} (ulimit -n, LimitNOFILE=)", "lacks")
    yield _seen(sys.getfilesystemencoding() == "utf-8", "file names in UTF-8", "set LANG=C.UTF-8", "lacks")
    cores = os.cpu_count() or 1
    yield _seen(
        cores > 1, f"{cores} cores", "recording and measuring share one: two or more are better", "lacks"
    )


def _keys(folder: Path) -> Iterator[Seen]:
    secret = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix != ".json"]
    for path in secret:
        alone = not stat.S_IMODE(path.stat().st_mode) & MODE
        yield _seen(alone, f"key {path.name} is for its owner alone", f"chmod 600 {path}")
    for listed in sorted(folder.glob("*-keys.json")):
        name = f"{listed.name.removesuffix('-keys.json')}.pem"
        there = (folder / name).exists()
        yield _seen(there, f"key {name} belongs to {listed.name}", "put it back from its own copy")


def _upkeep(store: Store, now: datetime) -> Iterator[Seen]:
    with store.catalogue.read() as session:
        last = last_upkeep(session)
    for kind, age in (("backup", BACKUP_AGE), ("scrub", SCRUB_AGE)):
        done = last.get(kind)
        when = f"last {kind} {done.at:%Y-%m-%d %H:%M} UTC" if done else f"there was no {kind} yet"
        fresh = done is not None and now - done.at < age
        yield _seen(fresh, when, f"speechcorpus {kind}", "lacks")


def _tools(store: Store) -> Iterator[Seen]:
    if store.catalogue.is_sqlite:
        return
    for tool in ("pg_dump", "pg_restore"):
        there = shutil.which(tool) is not None
        how = "install your PostgreSQL's client tools (Debian: postgresql-client), for backup and restore"
        yield _seen(there, tool if there else f"{tool} is absent", how, "lacks")


def _ways(store: Store) -> Iterator[Seen]:
    endpoint = None if isinstance(store.blobs, LocalBlobs) else endpoint_told(os.environ)
    for way in ways_of(store.catalogue, endpoint):
        good, what, do = words_for(way)
        yield _seen(good, what, do, "lacks")


def _pages_are_built() -> bool:
    found = find_spec("recorder_web")
    places = found.submodule_search_locations if found is not None else None
    return any((Path(place) / "static" / ".vite" / "manifest.json").exists() for place in places or ())


def _seen(is_so: bool, what: str, do: str, otherwise: Standing = "fault") -> Seen:
    return Seen(standing="ok", what=what) if is_so else Seen(standing=otherwise, what=what, do=do)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
