"""A folder that appears whole or not at all: written beside its place, put there in one step."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from speechcorpus.domain.errors import ReleaseError


def check_place(out: Path, source: Path | None = None) -> None:
    """Refuse a place that is taken, or that lies inside what it is made from.

    Raises
    ------
    ReleaseError : `release.exists`, `release.inside`
    """
    if out.exists() or out.is_symlink():
        raise ReleaseError("release.exists", f"{out} is there already")
    if source is not None and out.resolve().is_relative_to(source.resolve()):
        raise ReleaseError(
            "release.inside", f"{out} lies inside {source}: nothing is ever added to a release"
        )


@contextmanager
def written_aside(out: Path) -> Iterator[Path]:
    """Give an empty folder on the file system of `out`; it is gone afterwards, however it ends.

    Raises
    ------
    ReleaseError : `release.write` for whatever the disk refuses, here or inside the block
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise ReleaseError("release.write", f"{error.filename or out}: {error.strerror}") from error


def put_in_place(folder: Path, out: Path) -> None:
    """Give a finished folder, already durable, its name, and make the name durable."""
    folder.rename(out)
    descriptor = os.open(out.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_space(folder: Path, planned: int) -> None:
    """Refuse to begin what will not fit: ReleaseError `release.space`; sizes in bytes."""
    free = shutil.disk_usage(folder).free
    if free < planned:
        raise ReleaseError(
            "release.space", f"{planned} bytes are needed, {free} are free", planned=planned, free=free
        )
