"""The contributor's first page: open tasks, my claims; taking a task and giving it back."""

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.forms import whole_number
from recorder_web.security import current_actor
from speechcorpus.workflows.claims import claim_task, return_claim
from speechcorpus.workflows.views.home import home_view


def home() -> str:
    """Show what is open to me and what I hold."""
    return render_template("home.html", view=home_view(current_store(), current_actor(), now=now()))


def claim(task_id: str) -> Response:
    """Take a task and go to its recorder."""
    claim_id = claim_task(current_store(), current_actor(), task_id, now=now())
    return redirect(f"/record/{claim_id}", 303)


def give_back(claim_id: str) -> Response:
    """Give a task back: no reason, no penalty."""
    said = request.form.get("fence")
    fence = None if said is None else whole_number(said, "fence")
    return_claim(current_store(), current_actor(), claim_id, fence=fence, now=now())
    return redirect("/home", 303)
