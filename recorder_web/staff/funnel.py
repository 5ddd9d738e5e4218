"""The acceptance page: how far recordings come, what holds them back."""

from flask import render_template, request

from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.views.funnel import PERIODS_D, Wanted, funnel_view


def funnel() -> str:
    """Show how far the items of a project came."""
    days = next((each for each in PERIODS_D if str(each) == request.args.get("days")), None)
    named = {name: request.args.get(name) or None for name in ("band", "variety", "style")}
    view = funnel_view(
        current_store(),
        current_actor(),
        request.args.get("project"),
        wanted=Wanted(days=days, **named),
        now=now(),
    )
    return render_template("staff/funnel.html", view=view, periods=PERIODS_D)
