"""The budget page: where the money of a project is."""

from flask import render_template, request

from recorder_web.context import current_store
from recorder_web.plots import Series, steps_plot
from recorder_web.security import current_actor
from speechcorpus.workflows.views.budget import PARTS, BudgetPage, budget_page


def budget() -> str:
    """Show what is funded, reserved, owed and paid, and how that came about."""
    view = budget_page(current_store(), current_actor(), request.args.get("project"))
    return render_template(
        "staff/budget.html",
        view=view,
        parts=PARTS,
        plot=_plot(view) if view and view.days else None,
    )


def _plot(view: BudgetPage) -> object:
    """Return paid, owed and reserved, each on top of the one before."""
    paid = [day.paid for day in view.days]
    owed = [day.paid + day.owed for day in view.days]
    reserved = [day.paid + day.owed + day.reserved for day in view.days]
    return steps_plot(
        [
            Series(name="reserved", values=reserved),
            Series(name="owed", values=owed),
            Series(name="paid", values=paid),
        ]
    )
