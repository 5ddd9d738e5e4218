"""The withdrawal feed of a corpus and its signature, for whoever holds a copy."""

import hashlib

from flask import Response

from recorder_web.context import current_store
from recorder_web.portal.downloads import current_downloader
from recorder_web.portal.ranges import Content, describe, not_modified
from speechcorpus.workflows.withdrawal_feed import signed_feed

NAME = "withdrawals.jsonl"


def feed(corpus: str) -> Response:
    """Serve the feed."""
    return _served(corpus, 0, NAME, "application/jsonl")


def feed_signature(corpus: str) -> Response:
    """Serve the 64 bytes that sign it."""
    return _served(corpus, 1, f"{NAME}.sig", "application/octet-stream")


def _served(corpus: str, which: int, filename: str, mimetype: str) -> Response:
    current_downloader(corpus)
    data = signed_feed(current_store(), corpus)[which]
    sha256 = hashlib.sha256(data).hexdigest()
    content = Content(size=len(data), sha256=sha256, filename=filename, mimetype=mimetype)
    response = Response(status=304) if not_modified(content) else Response(data, mimetype=mimetype)
    describe(response, content)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-cache"  # the next withdrawal changes it
    del response.headers["Accept-Ranges"]
    return response
