"""How each project treats the work handed in, in figures that everybody may see."""

from flask import render_template

from recorder_web.context import current_store
from recorder_web.security import current_actor
from speechcorpus.workflows.views.project_fairness import project_fairness


def fairness() -> str:
    """Show the published figures of every project."""
    return render_template("fair.html", projects=project_fairness(current_store(), current_actor()))
