"""What programs read: every published version, everything of one version, and the keys that sign them."""

from typing import Any

from flask import Response, jsonify

from recorder_web.context import current_store
from recorder_web.portal.downloads import current_downloader, downloader, refuse_token
from recorder_web.portal.shelf import current_shelf
from recorder_web.security import current_actor
from speechcorpus.domain.errors import AccessError
from speechcorpus.workflows.release_deltas import deltas_to
from speechcorpus.workflows.release_keys import key_list
from speechcorpus.workflows.views.releases import (
    ReleaseView,
    Standing,
    published_releases,
    standings,
)


def index() -> Response:
    """Every published version of what the asker may read; a token sees its own corpus."""
    store = current_store()
    shown = [view for view in published_releases(store) if _may_read(view.corpus)]
    if not shown:
        _require_somebody()
    known = standings(store, shown)
    rows = [_head(view, known[view.id]) for view in shown]
    return jsonify({"keys": "/releases/keys.json", "releases": rows})


def version_index(corpus: str, version: str) -> Response:
    """Everything of one version: bundles, deltas, every file with its digest."""
    current_downloader(corpus)
    store, release = current_store(), current_shelf().release(corpus, version)
    found = _head(release, standings(store, [release])[release.id])
    found["files"] = {
        path: {name: entry[name] for name in ("bytes", "sha256", "bundle")}
        for path, entry in sorted(release.manifest.items())
    }
    return jsonify(found)


def keys() -> Response:
    """Every public key that ever signed a release here; for everybody, they are what trust begins with."""
    return jsonify({"keys": key_list(current_store())})


def _head(view: ReleaseView, standing: Standing) -> dict[str, Any]:
    base, summary = f"/releases/{view.corpus}/{view.version}", view.summary or {}
    return {
        "corpus": view.corpus,
        "version": view.version,
        "title": summary.get("title"),
        "license": summary.get("license"),
        "state": standing.state_of(view.version),
        "newest": standing.newest,
        "withdrawn_clips": standing.withdrawn_clips,
        "successor": standing.successor,
        "released_on": view.released_on,
        "corpus_id": view.corpus_id,
        "content_id": summary.get("content_id"),
        "statistics": summary.get("statistics"),
        "changes": summary.get("changes"),
        "index": f"{base}/index.json",
        "withdrawals": f"/releases/{view.corpus}/withdrawals.jsonl",
        "deltas": {
            old: {"bytes": size, "sha256": sha256, "href": f"{base}/deltas/{old}.tar"}
            for old, sha256, size in deltas_to(current_store(), view.corpus, view.version)
        },
        "bundles": {
            bundle.name: {
                "bytes": bundle.bytes,
                "sha256": bundle.sha256,
                "files": bundle.files,
                "href": f"{base}/bundles/{bundle.name}.tar",
            }
            for bundle in view.bundles
        },
    }


def _may_read(corpus: str) -> bool:
    try:
        downloader(corpus)
    except AccessError:
        return False
    return True


def _require_somebody() -> None:
    try:
        current_actor()
    except AccessError as error:
        refuse_token(error)
        raise
