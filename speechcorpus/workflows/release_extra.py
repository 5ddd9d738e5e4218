"""The extra tree of a release as the server keeps it: a manifest of its own, over the same blobs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from speechcorpus.corpus.documents import json_line
from speechcorpus.publish.build import Built
from speechcorpus.publish.extra import extra_name
from speechcorpus.publish.signature import signature_files
from speechcorpus.publish.tar import VirtualTar
from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.models import Release
from speechcorpus.store.store import Store
from speechcorpus.workflows.release_bundles import archive_over_blobs, bundle_facts

EXTRA = "extra"
Manifest = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptExtra:
    """An extra tree among the blobs, of which no row says so yet."""

    said: Mapping[str, Any]  # `summary["extra_tree"]`
    blobs: Mapping[str, int]  # digest → size, of its manifest too

    def note(self, session: Session, *, now: datetime) -> None:
        """Add the rows of all its blobs."""
        for sha256, size in self.blobs.items():
            note_blob(session, sha256, size=size, now=now)


def keep_extra(store: Store, built: Built | None, *, clips: int) -> KeptExtra | None:
    """Put the files of an extra tree among the blobs; None when there is none."""
    if built is None:
        return None
    for written in built.files:
        if not store.blobs.exists(written.sha256):  # the audio is there already
            store.blobs.put_file(built.root / written.path)
    manifest = {
        written.path: {"sha256": written.sha256, "bytes": written.bytes, "bundle": EXTRA}
        for written in built.files
    }
    return _described(store, built.root.name, manifest, clips)


def sign_extra(store: Store, release: Release, key: Ed25519PrivateKey) -> KeptExtra | None:
    """Sign the extra tree of a built release; None when it has none."""
    manifest = extra_manifest(store, release)
    if not manifest:
        return None
    files = {}
    for path, data in signature_files(store.blobs.read(manifest["SHA256SUMS"]["sha256"]), key).items():
        kept = store.blobs.put_bytes(data)
        files[path] = {"sha256": kept, "bytes": len(data), "bundle": EXTRA}
    clips = int((release.summary or {})["extra_tree"]["clips"])
    name = extra_name(release.corpus, release.version)
    return _described(store, name, {**manifest, **files}, clips)


def extra_manifest(store: Store, release: Release) -> Manifest:
    """Return path → digest and size of the extra tree of a release; empty when it has none."""
    described = (release.summary or {}).get("extra_tree")
    return _read(store, str(described["manifest_sha256"])) if described else {}


def extra_archive(store: Store, release: Release) -> VirtualTar | None:
    """Return the extra tree as an archive over the blobs; None when there is none."""
    name = extra_name(release.corpus, release.version)
    return archive_over_blobs(store, name, extra_manifest(store, release), EXTRA)


def _described(store: Store, name: str, manifest: Manifest, clips: int) -> KeptExtra:
    archive = archive_over_blobs(store, name, manifest, EXTRA)
    if archive is None:
        raise LookupError(f"{name} holds no file")
    listed = json_line(manifest)
    sha256 = store.blobs.put_bytes(listed)
    said = {
        "manifest_sha256": sha256,
        "corpus_id": manifest["SHA256SUMS"]["sha256"],
        "clips": clips,
        **bundle_facts(archive, len(manifest)),
    }
    sizes = {str(entry["sha256"]): int(entry["bytes"]) for entry in manifest.values()}
    return KeptExtra(said=said, blobs={sha256: len(listed), **sizes})


def _read(store: Store, sha256: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(store.blobs.read(sha256))
    return found
