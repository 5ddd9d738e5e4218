"""The pages that ML teams read: what there is, what is in it, how to fetch, check and load it."""

from flask import Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.context import current_store, now
from recorder_web.portal.downloads import current_downloader
from recorder_web.security import current_actor
from speechcorpus.domain.errors import AccessError
from speechcorpus.workflows.download_tokens import READERS, create_token, revoke_token, tokens_of
from speechcorpus.workflows.views.releases import published_release, published_releases

UNITS = ("B", "kB", "MB", "GB", "TB")


def listing() -> str:
    """List every published version."""
    current_actor()
    return render_template("portal/list.html", releases=published_releases(current_store()))


def index() -> Response:
    """Everything that is published, for programs; a token sees its own corpus."""
    found = published_releases(current_store())
    shown = [view for view in found if _may_read(view.corpus)]
    if not shown:
        current_actor()
    return jsonify({"releases": [view.to_json() for view in shown]})


def page(corpus: str, version: str, token: str | None = None) -> str:
    """Show one version."""
    actor = current_actor()
    release = published_release(current_store(), corpus, version)
    may_download = actor.role in READERS
    tokens = tokens_of(current_store(), actor, corpus, now=now()) if may_download else []
    return render_template(
        "portal/release.html",
        release=release,
        may_download=may_download,
        tokens=tokens,
        token=token,
        portal=request.host_url.rstrip("/") + "/releases",
        size=readable_size,
    )


def new_token(corpus: str, version: str) -> str:
    """Make a download token and show it, once."""
    published_release(current_store(), corpus, version)
    token = create_token(current_store(), current_actor(), corpus, now=now())
    return page(corpus, version, token)


def end_token(corpus: str, version: str, token_id: str) -> AnyResponse:
    """Revoke a token."""
    revoke_token(current_store(), current_actor(), token_id, now=now())
    return redirect(f"/releases/{corpus}/{version}/#use", code=303)


def readable_size(count: int) -> tuple[str, str]:
    """Return a number of bytes as people read it, and its unit.

    >>> readable_size(212_400_000), readable_size(90)
    (('212.4', 'MB'), ('90', 'B'))
    """
    value, unit = float(count), 0
    while value >= 1000 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return (f"{value:.1f}" if unit else f"{count}"), UNITS[unit]


def _may_read(corpus: str) -> bool:
    try:
        current_downloader(corpus)
    except AccessError:
        return False
    return True
