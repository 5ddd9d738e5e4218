"""The manager's page: plan a version, look at it, let it be built, approve what somebody else built."""

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.portal.pages import readable_size
from recorder_web.security import current_actor, current_signed_in
from speechcorpus.corpus.datasheet_questions import QUESTIONS
from speechcorpus.corpus.settings import FORMATS, RAI_KEYS, ReleaseSettings
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.workflows.release_approval import approve_signed_in
from speechcorpus.workflows.release_previews import proposed_version, request_preview, start_build
from speechcorpus.workflows.sign_in import is_proven
from speechcorpus.workflows.views.build_progress import progress_of
from speechcorpus.workflows.views.releases import ReleaseView, approved_by_others, releases_in_making
from speechcorpus.workflows.withdrawal_patches import due_patches

PAGE = "/staff/releases"


def overview() -> str:
    """Show every version with its state, and the form for the next one."""
    actor = current_actor()
    releases, projects = releases_in_making(current_store(), actor)
    asked = request.args.get("project", "")
    project = asked if asked in projects else next(iter(projects), "")
    last = next((each for each in releases if each.project_id == project), None)
    corpus = last.corpus if last else project
    version, published = proposed_version(current_store(), corpus)
    return render_template(
        "staff/releases.html",
        releases=releases,
        due=due_patches(current_store(), actor, now=now()),
        projects=projects,
        project=project,
        corpus=corpus,
        proposed=version,
        published=published,
        before=last.settings if last else ReleaseSettings().to_json(),
        formats=FORMATS,
        questions=QUESTIONS,
        rai=RAI_KEYS,
        progress={each.id: _progress(each) for each in releases if is_under_way(each)},
        my_name=actor.name_for_audit,
        for_others=approved_by_others(current_store(), actor, releases),
        proven=is_proven(current_signed_in(), now()),
        today=now().date().isoformat(),
        size=readable_size,
    )


def plan() -> Response:
    """Ask for a version to be planned, so that the manager can look at it."""
    form = request.form
    project = form.get("project", "")
    request_preview(
        current_store(),
        current_actor(),
        project_id=project,
        corpus=form.get("corpus", "").strip() or project,
        version=form.get("version", "").strip(),
        released_on=form.get("released_on", "").strip(),
        settings=settings_of_form(),
        now=now(),
    )
    return redirect(f"{PAGE}?project={project}", code=303)


def build(release_id: str) -> Response:
    """Let a planned version be built."""
    start_build(current_store(), current_actor(), release_id, now=now())
    return redirect(PAGE, code=303)


def approve(release_id: str) -> Response:
    """Publish a built version; the form names the corpus id that was looked at."""
    corpus_id = request.form.get("corpus_id", "").strip()
    approve_signed_in(current_store(), current_signed_in(), release_id, corpus_id=corpus_id, now=now())
    return redirect(PAGE, code=303)


def settings_of_form() -> dict[str, object]:
    """Return the settings that the form names; what is left empty has its default."""
    form = request.form
    settings: dict[str, object] = {
        "include_synthetic": form.get("include_synthetic") == "yes",
        "formats": [name for name in FORMATS if name in form.getlist("formats")],
    }
    if title := form.get("title", "").strip():
        settings["title"] = title
    for name in ("min_duration_s", "max_duration_s"):
        if text := form.get(name, "").strip():
            settings[name] = _seconds(text, name)
    for table in ("datasheet", "rai"):
        settings[table] = _answers(table)
    return settings


def is_under_way(release: ReleaseView) -> bool:
    """Whether a worker is at it, or is to be."""
    waits_for_plan = release.state == "draft" and release.summary is None
    return waits_for_plan or release.state in ("planned", "building")


def _answers(table: str) -> dict[str, str]:
    """Return what was written in the fields `<table>.<question>`; an empty one is no answer."""
    mine = f"{table}."
    said = {name: text.strip() for name, text in request.form.items() if name.startswith(mine)}
    return {name.removeprefix(mine): text for name, text in said.items() if text}


def _seconds(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ReleaseError("release.settings", f"{name} is no number", key=name) from error


def _progress(release: ReleaseView) -> object:
    planned = (release.summary or {}).get("plan", {}).get("clips")
    return progress_of(current_store(), release.id, release.state, planned)
