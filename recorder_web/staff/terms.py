"""The terms editor: write, check, see what contributors will see, publish."""

from flask import g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.context import current_messages, current_store, now
from recorder_web.forms import whole_number
from recorder_web.pages import figure
from recorder_web.paragraphs import paragraphs
from recorder_web.security import current_actor
from recorder_web.sentences import NUMBER_KEYS
from speechcorpus.domain.errors import SittingError
from speechcorpus.workflows.terms_desk import drop_draft, publish_draft, save_draft
from speechcorpus.workflows.views.terms_page import Limit, terms_page


def editor() -> str:
    """Show the draft of a project's terms, or the published ones to begin from."""
    return _page(request.args.get("project"))


def save() -> AnyResponse | tuple[str, int]:
    """Keep the text as it is and show what it comes to; where somebody else saved, nobody's text is lost."""
    project_id = request.form.get("project", "")
    text = request.form.get("text", "").replace("\r\n", "\n")
    version = whole_number(request.form.get("version", ""), "version")
    try:
        save_draft(current_store(), current_actor(), project_id, text, version=version, now=now())
    except SittingError as error:
        if error.code != "terms.draft-conflict":
            raise
        return _page(project_id, written=text), 409
    return redirect(f"/staff/terms?project={project_id}#result", 303)


def drop() -> AnyResponse:
    """Throw the draft away."""
    project_id = request.form.get("project", "")
    drop_draft(current_store(), current_actor(), project_id)
    return redirect(f"/staff/terms?project={project_id}", 303)


def publish() -> AnyResponse:
    """Publish the draft whose preview was read."""
    project_id, sha256 = request.form.get("project", ""), request.form.get("sha256", "")
    publish_draft(current_store(), current_actor(), project_id, terms_sha256=sha256, now=now())
    return redirect(f"/staff/terms?project={project_id}#published", 303)


def _page(project_id: str | None, *, written: str | None = None) -> str:
    view = terms_page(current_store(), current_actor(), project_id, locale=g.locale)
    consent = view.preview.consent if view and view.preview else ""
    return render_template(
        "staff/terms.html", view=view, written=written, blocks=paragraphs(consent), quantity=_quantity
    )


def _quantity(limit: Limit) -> str:
    """Return a limit with its unit, as sentences about findings say it."""
    return current_messages().t(NUMBER_KEYS[limit.unit], n=figure(limit.limit))
