"""The audition: what it asks and pays, its steps, handing it in, what it came to."""

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.auditions import begin_audition, hand_in_audition
from speechcorpus.workflows.views.auditions import audition_view, first_step


def audition() -> str:
    """Show the audition of a language: before it, while it runs, and what it came to."""
    at = now()
    view = audition_view(current_store(), current_actor(), request.args.get("project"), now=at)
    return render_template("audition.html", view=view, sound_check=first_step(view) if view else "", now=at)


def begin_an_audition() -> Response:
    """Begin it and go on to its steps."""
    project_id, band = request.form.get("project", ""), request.form.get("band", "")
    begin_audition(current_store(), current_actor(), project_id, band, now=now())
    return redirect(f"/audition?project={project_id}", 303)


def hand_in_an_audition(audition_id: str) -> Response:
    """Hand it in: from now on the fee is owed."""
    hand_in_audition(current_store(), current_actor(), audition_id, now=now())
    return redirect("/audition", 303)
