"""Signs what was built when a second person approves it: two files more, and the bundle that holds them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from speechcorpus.publish.build import tree_name
from speechcorpus.publish.bundles import bundle_of
from speechcorpus.publish.keys import fingerprint
from speechcorpus.publish.signature import signature_files
from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.models import Release
from speechcorpus.store.store import Store
from speechcorpus.workflows.release_bundles import archive_over_blobs, bundle_facts
from speechcorpus.workflows.release_extra import KeptExtra, sign_extra
from speechcorpus.workflows.release_keys import release_key

Manifest = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The signature of one built release: its files are blobs already, no row says so yet."""

    key_fingerprint: str
    files: Manifest  # the two that are added
    core: Mapping[str, int | str]  # the bundle that holds them
    extra: KeptExtra | None  # the tree beside it, signed too

    def put_into(self, session: Session, release: Release, *, now: datetime) -> None:
        """Add the signature to a release that is published in the same transaction."""
        for entry in self.files.values():
            note_blob(session, entry["sha256"], size=entry["bytes"], now=now)
        summary = dict(release.summary or {})
        summary["bundles"] = {**summary.get("bundles", {}), "core": dict(self.core)}
        summary["key_fingerprint"] = self.key_fingerprint
        if self.extra is not None:
            self.extra.note(session, now=now)
            summary["extra_tree"] = dict(self.extra.said)
        release.manifest = {**(release.manifest or {}), **self.files}
        release.summary = summary


def sign_built(store: Store, release: Release) -> Signed | None:
    """Sign a built release; None when it was built for another key, and so says its own `release.json`."""
    manifest: Manifest = release.manifest or {}
    key = release_key(store)
    name = fingerprint(key.public_key())
    document = json.loads(store.blobs.read(manifest["release.json"]["sha256"]))
    if document.get("key_fingerprint") not in (None, name):
        return None
    files = {}
    for path, data in signature_files(store.blobs.read(manifest["SHA256SUMS"]["sha256"]), key).items():
        kept = store.blobs.put_bytes(data)
        files[path] = {"sha256": kept, "bytes": len(data), "bundle": bundle_of(path)}
    whole = {**manifest, **files}
    core = archive_over_blobs(store, tree_name(release.corpus, release.version), whole, "core")
    if core is None:
        raise LookupError("a release without the bundle core")
    count = sum(entry["bundle"] == "core" for entry in whole.values())
    extra = sign_extra(store, release, key)
    return Signed(key_fingerprint=name, files=files, core=bundle_facts(core, count), extra=extra)
