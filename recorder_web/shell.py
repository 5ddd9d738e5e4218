"""What lets the recorder be installed and open again offline: service worker, manifest, icons."""

import json
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app, g, jsonify, render_template, request, send_from_directory

from recorder_web.assets import Assets
from recorder_web.context import current_messages, current_settings, current_store
from recorder_web.security import current_sign_in
from speechcorpus.domain.errors import AccessError
from speechcorpus.workflows.views.me import contributor_ref

ICONS_DIR = Path(__file__).parent / "icons"
ICONS = {"icon-192.png": (192, "any"), "icon-512.png": (512, "any"), "maskable-512.png": (512, "maskable")}
ACCENT, PAPER = "#0f6b62", "#fbfaf7"  # of tokens.css
PAGES = ("main", "recorder", "check")  # the entries whose pages open again while the server is away
KEPT = ("contributor.record", "contributor.check", "shell.offline")  # pages of which a device may keep a copy

blueprint = Blueprint("shell", __name__)


@blueprint.get("/sw.js")
def service_worker() -> Response:
    """Return the service worker: what is to be kept, then the built script. Another build is another text."""
    assets = _assets()
    address = assets.script("sw")
    if address is None:
        raise AccessError("not-found", "the front end is not built")
    kept = {"id": assets.build, "assets": assets.everything(*PAGES)}
    code = (current_settings().static_dir / address.removeprefix("/static/")).read_text("utf-8")
    return Response(
        f"self.build = {json.dumps(kept)};\n{code}", content_type="text/javascript; charset=utf-8"
    )


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Return what a device needs to put the recorder beside its other applications."""
    name = current_messages().t("app.name")
    icons = [
        {"src": f"/icons/{file}", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for file, (size, purpose) in ICONS.items()
    ]
    colours = {"background_color": PAPER, "theme_color": ACCENT}
    start = {"id": "/", "start_url": "/record", "scope": "/", "display": "standalone"}
    response = jsonify(
        {"name": name, "short_name": name, "lang": g.locale, **start, **colours, "icons": icons}
    )
    response.content_type = "application/manifest+json"
    return response


@blueprint.get("/icons/<name>")
def icon(name: str) -> Response:
    """Return an icon by its size."""
    if name not in ICONS:
        raise AccessError("not-found", "no such icon")
    return send_from_directory(ICONS_DIR, name)


@blueprint.get("/offline")
def offline() -> str:
    """Show what a device shows when the server is out of reach: it is kept there, next to the recorder."""
    return render_template("offline.html")


@blueprint.after_app_request
def name_what_may_be_kept(response: Response) -> Response:
    """Write on a page whose it is and by which build, so that the shell keeps nobody's beside another's."""
    if request.endpoint in KEPT and response.status_code == 200:
        known = current_sign_in()
        if known is not None:
            response.headers["Speechcorpus-Contributor"] = contributor_ref(current_store(), known.actor)
            response.headers["Speechcorpus-Build"] = _assets().build
    return response


def _assets() -> Assets:
    return cast(Assets, current_app.extensions["speechcorpus.assets"])
