"""Files and bundles of a published release, by token or sign-in, at any byte."""

import mimetypes
from collections.abc import Callable
from typing import BinaryIO

from flask import Response, current_app, request

from recorder_web.context import current_settings, current_store, now
from recorder_web.door import comes_by_token
from recorder_web.portal.places import Places
from recorder_web.portal.ranges import (
    Content,
    Source,
    answer,
    describe,
    not_modified,
    other_bytes,
    unsatisfiable,
    wanted_span,
)
from recorder_web.portal.shelf import current_shelf
from recorder_web.security import current_actor
from recorder_web.strangers import refuse_try
from speechcorpus.domain.errors import AccessError
from speechcorpus.workflows.download_tokens import READERS, Downloader, downloader_of, require_licence
from speechcorpus.workflows.downloads import record_download
from speechcorpus.workflows.erased_files import require_bundle, require_file
from speechcorpus.workflows.release_deltas import deltas_to
from speechcorpus.workflows.views.releases import ReleaseView

EXTENSION = "speechcorpus.places"
PAGE_FILES = ("plots/", "README.md", "DATASHEET.md")  # what the page itself shows is nobody's copy


def current_downloader(corpus: str) -> Downloader:
    """Return who asks: by `Authorization: Bearer`, else by the staff cookie; 401, 404 or 429 otherwise."""
    try:
        return downloader(corpus)
    except AccessError as error:
        refuse_token(error)
        raise


def downloader(corpus: str) -> Downloader:
    """Return who asks, without counting a token that is for another corpus as a try."""
    given = request.authorization
    if given is not None and given.type == "bearer" and given.token:
        return downloader_of(current_store(), given.token, corpus, now=now())
    actor = current_actor()
    if actor.role not in READERS:
        raise AccessError("not-found", "no such page", what="page")
    return Downloader(actor=actor, key=actor.name_for_audit)


def refuse_token(error: AccessError) -> None:
    """Count a token that lets nobody in among the tries of its address; 429 once they are too many."""
    if comes_by_token():
        refuse_try(error)


def file(corpus: str, version: str, path: str) -> Response:
    """Serve one file of a release."""
    who, release = _asked(corpus, version)
    entry = release.manifest.get(path)
    if entry is None:
        raise AccessError("not-found", "no such file", what="file")
    require_file(current_store(), release.id, path)
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    content = Content(
        size=int(entry["bytes"]),
        sha256=str(entry["sha256"]),
        filename=path.rpartition("/")[2],
        mimetype="text/plain; charset=utf-8" if kind.startswith("text/") else kind,
    )
    part = None if path.startswith(PAGE_FILES) else "files"
    return serve_blob(content, who, release, part)


def bundle(corpus: str, version: str, name: str) -> Response:
    """Serve one bundle as a USTAR archive that is never stored."""
    who, release = _asked(corpus, version)
    found = next((each for each in release.bundles if each.name == name), None)
    if found is None:
        raise AccessError("not-found", "no such bundle", what="bundle")
    require_bundle(current_store(), release.id, name)
    content = Content(
        size=found.bytes, sha256=found.sha256, filename=f"{name}.tar", mimetype="application/x-tar"
    )
    return _serve(
        content, lambda: current_shelf().bundle(corpus, version, name), who, (release.id, f"bundle:{name}")
    )


def delta(corpus: str, version: str, old: str) -> Response:
    """Serve what turns an old version into this one."""
    who, release = _asked(corpus, version)
    require_bundle(current_store(), release.id, "delta")
    made = deltas_to(current_store(), corpus, version)
    found = next(((sha256, size) for start, sha256, size in made if start == old), None)
    if found is None:
        raise AccessError("not-found", "there is no delta between these two", what="delta")
    content = Content(
        size=found[1],
        sha256=found[0],
        filename=f"delta-{corpus}-{old}-{version}.tar",
        mimetype="application/x-tar",
    )
    return serve_blob(content, who, release, f"delta:{old}")


def serve_blob(content: Content, who: Downloader, release: ReleaseView, part: str | None) -> Response:
    """Serve stored bytes: ourselves, or by the proxy before us if there is one that reads our blobs.

    Parameters
    ----------
    part : what the record of downloads says; None for what is no copy of the data
    """
    blobs, prefix = current_store().blobs, current_settings().accel_prefix
    noted = None if part is None else (release.id, part)
    if prefix is None:
        return _serve(content, lambda: blobs.open(content.sha256), who, noted)
    early = _without_body(content)
    if early is not None:
        return early
    _note(who, noted)
    response = answer(content, (0, content.size), None, lambda: None)
    response.headers["Content-Length"] = "0"  # the proxy brings the bytes, and cuts the range out itself
    place = blobs.path_of(content.sha256).relative_to(blobs.root)  # blobs in a bucket have no such proxy
    response.headers["X-Accel-Redirect"] = prefix + place.as_posix()
    return response


def _asked(corpus: str, version: str) -> tuple[Downloader, ReleaseView]:
    who = current_downloader(corpus)
    release = current_shelf().release(corpus, version)
    require_licence(who, release.licence_sha256)
    return who, release


def _serve(
    content: Content,
    open_source: Callable[[], Source | BinaryIO],
    who: Downloader,
    noted: tuple[str, str] | None,
) -> Response:
    early = _without_body(content)
    if early is not None:
        return early
    leave = _places().take(who.key)
    try:
        _note(who, noted)
        return answer(content, wanted_span(content) or (0, content.size), open_source(), leave)
    except BaseException:
        leave()
        raise


def _without_body(content: Content) -> Response | None:
    """Return the answer to a request that conditions, its range or its method end before any byte."""
    if other_bytes(content):
        return describe(Response(status=412), content)
    if not_modified(content):
        return describe(Response(status=304), content)
    if wanted_span(content) is None:
        return unsatisfiable(content)
    if request.method == "HEAD":
        return answer(content, (0, content.size), None, lambda: None)
    return None


def _note(who: Downloader, noted: tuple[str, str] | None) -> None:
    if noted is not None:
        record_download(current_store(), who, *noted, now=now())


def _places() -> Places:
    places: Places = current_app.extensions.setdefault(EXTENSION, Places())
    return places
