"""How well is judged: a reviewer's own figures, or the whole of a project for its manager."""

from flask import redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.context import current_store, now
from recorder_web.forms import whole_number
from recorder_web.security import current_actor
from speechcorpus.workflows.reviewer_pauses import resume_reviewer
from speechcorpus.workflows.second_draw import set_second_share
from speechcorpus.workflows.views.agreement import agreement_view
from speechcorpus.workflows.views.agreement_figures import agreement_figures
from speechcorpus.workflows.views.reviewer_figures import own_figures


def agreement() -> str:
    """Show a reviewer their own figures, a manager those of a project."""
    store, actor = current_store(), current_actor()
    if actor.role == "reviewer":
        return render_template("staff/agreement_own.html", figures=own_figures(store, actor, now=now()))
    asked, reviewer = request.args.get("project"), request.args.get("reviewer")
    view = agreement_figures(store, actor, asked, reviewer, now=now())
    second = agreement_view(store, actor, view.project_id) if view else None
    return render_template("staff/agreement.html", view=view, second=second)


def share() -> AnyResponse:
    """Set how many of the accepted segments a second person writes down."""
    project_id = request.form.get("project", "")
    pct = whole_number(request.form.get("pct", ""), "pct")
    set_second_share(current_store(), current_actor(), project_id, pct, now=now())
    return redirect("/staff/agreement", 303)


def resume() -> AnyResponse:
    """Let a paused reviewer go on."""
    staff_id, reason = request.form.get("staff", ""), request.form.get("reason", "")
    resume_reviewer(current_store(), current_actor(), staff_id, reason, now=now())
    return redirect(f"/staff/agreement?reviewer={staff_id}#one", 303)
