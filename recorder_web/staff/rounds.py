"""The manager's draws: announce one, watch them, call one off."""

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.forms import whole_number
from recorder_web.security import current_actor
from speechcorpus.workflows.rounds import announce_round, cancel_round
from speechcorpus.workflows.views.staff_rounds import rounds_desk


def draws() -> str:
    """Show the rounds of a project, and what could be drawn next."""
    view = rounds_desk(current_store(), current_actor(), request.args.get("project"), now=now())
    return render_template("staff/rounds.html", view=view)


def announce_draw() -> Response:
    """Announce a round of the kinds that were ticked."""
    project_id, most = request.form.get("project", ""), request.form.get("most", "").strip()
    announce_round(
        current_store(),
        current_actor(),
        project_id,
        bands=request.form.getlist("band"),
        styles=request.form.getlist("style"),
        most=whole_number(most, "most", most=10**6) if most else None,
        now=now(),
    )
    return redirect(f"/staff/rounds?project={project_id}", 303)


def cancel_draw(round_id: str) -> Response:
    """Call a round off, with its reason."""
    project_id = cancel_round(
        current_store(), current_actor(), round_id, reason=request.form.get("reason", ""), now=now()
    )
    return redirect(f"/staff/rounds?project={project_id}", 303)
