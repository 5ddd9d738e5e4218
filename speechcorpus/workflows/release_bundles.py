"""A built release as it is kept: its manifest over the blobs, its summary, its bundles as archives."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from speechcorpus.corpus.leakage import leaks
from speechcorpus.corpus.plan import Plan
from speechcorpus.corpus.statistics import gather
from speechcorpus.publish.build import Built, bundles_of, tree_name
from speechcorpus.publish.bundles import bundle_of
from speechcorpus.publish.sources import read_document
from speechcorpus.publish.staging import Written
from speechcorpus.publish.tar import Member, VirtualTar, pieces_of
from speechcorpus.store.models import Release
from speechcorpus.store.store import Store


def manifest_of(built: Built) -> dict[str, object]:
    """Return what the catalogue keeps of a tree: path → digest, size, bundle."""
    return {
        written.path: {
            "sha256": written.sha256,
            "bytes": written.bytes,
            "bundle": bundle_of(written.path),
        }
        for written in built.files
    }


def summary_of(plan: Plan, built: Built) -> dict[str, object]:
    """Return what lists and pages say of a release without opening its files, once it is verified."""
    release = plan.release
    return {
        "title": release["title"],
        "license": release["license"],
        "sample_rate": release["sample_rate"],
        "content_id": built.content_id,
        "statistics": gather(plan.rows).to_json(),
        "leaks": leaks(read_document(built.root / "leakage.json")),
        "excluded": release["excluded"],
        "extra": len(release["extra"]) if isinstance(release["extra"], list) else 0,
        "warnings": list(plan.warnings),
        "changes": plan.changes,
        "bundles": {name: _bundle(built, files) for name, files in sorted(bundles_of(built).items())},
    }


def bundle_facts(archive: VirtualTar, files: int) -> dict[str, int | str]:
    """Return what lists say of a bundle; it is read once, for its digest."""
    digest = hashlib.sha256()
    for piece in pieces_of(archive):
        digest.update(piece)
    archive.close()
    return {"files": files, "bytes": archive.size, "sha256": digest.hexdigest()}


def _bundle(built: Built, files: list[Written]) -> dict[str, int | str]:
    return bundle_facts(VirtualTar(_member(built.root, written) for written in files), len(files))


def _member(root: Path, written: Written) -> Member:
    path = root / written.path
    return Member(path=f"{root.name}/{written.path}", size=written.bytes, open=lambda: path.open("rb"))


def bundle_archive(store: Store, release: Release, bundle: str) -> VirtualTar | None:
    """Return a bundle of a built release as an archive over the blobs; None when it has no such bundle."""
    root = tree_name(release.corpus, release.version)
    return archive_over_blobs(store, root, release.manifest or {}, bundle)


def archive_over_blobs(
    store: Store, root: str, manifest: Mapping[str, Mapping[str, str | int]], bundle: str
) -> VirtualTar | None:
    """Return a bundle of the tree `root` that a manifest describes; None when it has no such bundle."""
    paths = sorted(path for path, entry in manifest.items() if entry["bundle"] == bundle)

    def member(path: str) -> Member:
        sha256, size = str(manifest[path]["sha256"]), int(manifest[path]["bytes"])
        return Member(path=f"{root}/{path}", size=size, open=lambda: store.blobs.open(sha256))

    return VirtualTar(member(path) for path in paths) if paths else None
