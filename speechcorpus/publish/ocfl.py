"""An OCFL 1.1 object of a corpus: every version whole, every file once."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.aside import check_place, check_space, put_in_place, written_aside
from speechcorpus.publish.editions import Edition, Lying
from speechcorpus.publish.staging import BLOCK_BYTES, Staging

CONFORMS = "ocfl_object_1.1"
TYPE = "https://ocfl.io/1.1/spec/#inventory"
ALGORITHM = "sha256"  # of the two OCFL allows, the one that every other listing of a release uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One version of an object, and when it was published."""

    edition: Edition
    created: datetime


def write_object(stored: Sequence[Stored], out: Path) -> Mapping[str, object]:
    """Write the versions of one corpus, oldest first, as the new folder `out`; return its inventory.

    `out` appears whole or not at all; every file is hashed while it is copied.

    Raises
    ------
    ReleaseError : `release.exists`, `release.space`, `release.write`; `release.fixity` for a file that is
        gone or not what it is called
    """
    check_place(out)
    content = _content(stored)
    with written_aside(out) as folder:
        check_space(folder, sum(file.bytes for _, file in content.values()))
        staging = Staging(folder, "object")
        try:
            staging.put(f"0={CONFORMS}", [f"{CONFORMS}\n".encode()])
            for path, file in content.values():
                _copy(path, file, staging)
            inventories = list(_inventories(stored, content))
            for number, inventory in enumerate(inventories, 1):
                _put_inventory(f"v{number}/", inventory, staging)
            _put_inventory("", inventories[-1], staging)
            staging.finish(durable=True)
        finally:
            staging.abandon()
        put_in_place(staging.root, out)
    return inventories[-1]


def _content(stored: Sequence[Stored]) -> dict[str, tuple[str, Lying]]:
    """Return digest → where it is kept in the object, and where it lies now; the first version keeps it."""
    content: dict[str, tuple[str, Lying]] = {}
    for number, version in enumerate(stored, 1):
        for path, file in sorted(version.edition.files.items()):
            content.setdefault(file.sha256, (f"v{number}/content/{path}", file))
    return content


def _inventories(
    stored: Sequence[Stored], content: Mapping[str, tuple[str, Lying]]
) -> Iterator[dict[str, object]]:
    """Yield the inventory as it was with each version; the last one is that of the object."""
    versions: dict[str, object] = {}
    known: set[str] = set()
    for number, version in enumerate(stored, 1):
        versions[f"v{number}"] = _version(version)
        known |= {file.sha256 for file in version.edition.files.values()}
        yield {
            "id": f"urn:speechcorpus:{version.edition.corpus}",
            "type": TYPE,
            "digestAlgorithm": ALGORITHM,
            "head": f"v{number}",
            "manifest": {digest: [content[digest][0]] for digest in sorted(known)},
            "versions": dict(versions),
        }


def _version(stored: Stored) -> dict[str, object]:
    state: dict[str, list[str]] = {}
    for path, file in sorted(stored.edition.files.items()):
        state.setdefault(file.sha256, []).append(path)
    edition = stored.edition
    return {
        "created": stored.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "message": f"{edition.corpus} {edition.version}, corpus id {edition.corpus_id}",
        "user": {"name": edition.corpus, "address": f"urn:speechcorpus:{edition.corpus}"},
        "state": state,
    }


def _put_inventory(folder: str, inventory: Mapping[str, object], staging: Staging) -> None:
    data = json.dumps(inventory, ensure_ascii=False, indent=1).encode() + b"\n"
    digest = hashlib.sha256(data).hexdigest()
    staging.put(f"{folder}inventory.json", [data])
    staging.put(f"{folder}inventory.json.{ALGORITHM}", [f"{digest} inventory.json\n".encode()])


def _copy(path: str, file: Lying, staging: Staging) -> None:
    try:
        with file.place.open("rb") as source:
            written = staging.put(path, iter(lambda: source.read(BLOCK_BYTES), b""))
    except FileNotFoundError as error:
        raise ReleaseError("release.fixity", f"{path}: its bytes are gone", path=path) from error
    if written.sha256 != file.sha256:
        raise ReleaseError("release.fixity", f"{path}: its bytes are not what they are called", path=path)
