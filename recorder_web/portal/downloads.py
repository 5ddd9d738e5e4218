"""Files and bundles of a published release, by token or sign-in, at any byte."""

import mimetypes
from collections.abc import Callable
from typing import BinaryIO

from flask import Response, current_app, request

from recorder_web.context import current_store, now
from recorder_web.portal.places import Places
from recorder_web.portal.ranges import (
    Content,
    Source,
    answer,
    describe,
    not_modified,
    unsatisfiable,
    wanted_span,
)
from recorder_web.security import current_actor
from speechcorpus.domain.errors import AccessError
from speechcorpus.workflows.download_tokens import READERS, Downloader, downloader_of, record_download
from speechcorpus.workflows.erased_files import require_kept
from speechcorpus.workflows.views.releases import open_bundle, published_release

EXTENSION = "speechcorpus.places"


def current_downloader(corpus: str) -> Downloader:
    """Return who asks: by `Authorization: Bearer`, else by the staff cookie; 401 or 404 otherwise."""
    given = request.authorization
    if given is not None and given.type == "bearer" and given.token:
        return downloader_of(current_store(), given.token, corpus, now=now())
    actor = current_actor()
    if actor.role not in READERS:
        raise AccessError("not-found", "no such page", what="page")
    return Downloader(actor=actor, key=actor.name_for_audit)


def file(corpus: str, version: str, path: str) -> Response:
    """Serve one file of a release."""
    who = current_downloader(corpus)
    entry = published_release(current_store(), corpus, version).manifest.get(path)
    if entry is None:
        raise AccessError("not-found", "no such file", what="file")
    require_kept(current_store(), [str(entry["sha256"])])
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    content = Content(
        size=int(entry["bytes"]),
        sha256=str(entry["sha256"]),
        filename=path.rpartition("/")[2],
        mimetype="text/plain; charset=utf-8" if kind.startswith("text/") else kind,
    )

    def open_file() -> BinaryIO:
        return current_store().blobs.path_of(content.sha256).open("rb")

    return _serve(content, open_file, who, f"{corpus}-{version}/{path}")


def bundle(corpus: str, version: str, name: str) -> Response:
    """Serve one bundle as a USTAR archive that is never stored."""
    who = current_downloader(corpus)
    release = published_release(current_store(), corpus, version)
    found = next((each for each in release.bundles if each.name == name), None)
    if found is None:
        raise AccessError("not-found", "no such bundle", what="bundle")
    inside = (entry for entry in release.manifest.values() if entry["bundle"] == name)
    require_kept(current_store(), [str(entry["sha256"]) for entry in inside])
    content = Content(
        size=found.bytes, sha256=found.sha256, filename=f"{name}.tar", mimetype="application/x-tar"
    )
    return _serve(
        content, lambda: open_bundle(current_store(), corpus, version, name), who, f"{release.root}:{name}"
    )


def _serve(
    content: Content, open_source: Callable[[], Source | BinaryIO], who: Downloader, what: str
) -> Response:
    if not_modified(content):
        return describe(Response(status=304), content)
    span = wanted_span(content)
    if span is None:
        return unsatisfiable(content)
    if request.method == "HEAD":
        return answer(content, span, None, lambda: None)
    leave = _places().take(who.key)
    try:
        if span[0] == 0:
            record_download(current_store(), who, what, now=now())
        return answer(content, span, open_source(), leave)
    except BaseException:
        leave()
        raise


def _places() -> Places:
    places: Places = current_app.extensions.setdefault(EXTENSION, Places())
    return places
