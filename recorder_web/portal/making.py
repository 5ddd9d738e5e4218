"""The manager's page: ask for a build, follow it, approve what somebody else built."""

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.portal.pages import readable_size
from recorder_web.security import current_actor
from speechcorpus.corpus.settings import FORMATS
from speechcorpus.workflows.releases import approve_release, request_build
from speechcorpus.workflows.views.releases import releases_in_making

UNDER_WAY = ("planned", "building")


def overview() -> str:
    """Show every version with its state, and the form for the next one."""
    actor = current_actor()
    releases, projects = releases_in_making(current_store(), actor)
    return render_template(
        "staff/releases.html",
        releases=releases,
        projects=projects,
        formats=FORMATS,
        under_way=any(release.state in UNDER_WAY for release in releases),
        my_name=actor.name_for_audit,
        today=now().date().isoformat(),
        size=readable_size,
    )


def build() -> Response:
    """Ask for a version to be built."""
    form = request.form
    settings: dict[str, object] = {
        "include_synthetic": form.get("include_synthetic") == "yes",
        "formats": [name for name in FORMATS if name in form.getlist("formats")],
    }
    if title := form.get("title", "").strip():
        settings["title"] = title
    project = form.get("project", "")
    request_build(
        current_store(),
        current_actor(),
        project_id=project,
        corpus=form.get("corpus", "").strip() or project,
        version=form.get("version", "").strip(),
        released_on=form.get("released_on", "").strip(),
        settings=settings,
        now=now(),
    )
    return redirect("/staff/releases", code=303)


def approve(release_id: str) -> Response:
    """Publish a built version; the form names the corpus id that was looked at."""
    corpus_id = request.form.get("corpus_id", "")
    approve_release(current_store(), current_actor(), release_id, corpus_id=corpus_id, now=now())
    return redirect("/staff/releases", code=303)
