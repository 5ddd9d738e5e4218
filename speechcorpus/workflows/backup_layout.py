"""What a backup folder looks like: `backup` writes it, `restore` reads it, and so can a person."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from speechcorpus.domain.errors import StoreError

FORMAT: Final = 1
DOCUMENT: Final = "backup.json"  # written last: a folder without it is no backup
PARTIAL: Final = ".partial"
SEALED: Final = "keys.sealed"
Keys = Literal["sealed", "left-out", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFacts:
    """What a backup says of itself."""

    made_at: str  # the moment of its catalogue; UTC, ISO 8601
    program: str
    revision: str  # of the tables
    database: Literal["sqlite", "postgresql"]
    catalogue: str  # its file
    catalogue_sha256: str
    audit_seq: int
    audit_hash: str
    blobs: int
    blob_bytes: int
    reused: int  # of them linked from the backup before
    chunks: int
    keys: Keys
    faults: tuple[str, ...]  # what could not be kept, as `rule object`
    format: int = FORMAT


def write_facts(folder: Path, facts: BackupFacts) -> None:
    """Write the document of a backup durably."""
    with (folder / DOCUMENT).open("w") as file:
        json.dump(asdict(facts), file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read_facts(folder: Path) -> BackupFacts:
    """Return what a backup says of itself.

    Raises
    ------
    StoreError : `backup.none` for a folder that is none or was cut short, `backup.format` for a newer one
    """
    try:
        said: Mapping[str, Any] = json.loads((folder / DOCUMENT).read_bytes())
        facts = (
            BackupFacts(**{**said, "faults": tuple(said["faults"])}) if said.get("format") == FORMAT else None
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError("backup.none", f"{folder} is no whole backup: it has no {DOCUMENT}") from error
    if facts is None:
        newer = f"{folder} is a backup of format {said.get('format')}; this program reads format {FORMAT}"
        raise StoreError("backup.format", newer)
    return facts


def blob_path(folder: Path, sha256: str) -> Path:
    """Return where a backup keeps a blob."""
    return folder / "blobs" / sha256[:2] / sha256[2:4] / sha256


def link_or_copy(source: Path, target: Path) -> None:
    """Let a file be in a second place: the same bytes on one disk, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
