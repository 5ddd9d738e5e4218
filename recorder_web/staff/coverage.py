"""The coverage page: what has been accepted of what is wanted, and the targets."""

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from recorder_web.spreadsheet import csv_table
from speechcorpus.workflows.targets import Key, minutes_of, set_targets
from speechcorpus.workflows.views.coverage import CoverageView, coverage_view
from speechcorpus.workflows.views.coverage_cells import GENDERS, SHORT_PCT

UNITS = ("hours", "clips", "speakers")
COLUMNS = ("variety", "style", "band", "accepted_h", "target_h", "clips", "prompts", "speakers")
FIELD = "target:"


def coverage() -> str:
    """Show the matrix of a project, or of all of them."""
    unit = request.args.get("unit", UNITS[0])
    return render_template(
        "staff/coverage.html",
        view=_view(),
        unit=unit if unit in UNITS else UNITS[0],
        units=UNITS,
        genders=GENDERS,
        short_pct=SHORT_PCT,
    )


def coverage_file() -> Response:
    """Send the matrix as CSV, one cell a line."""
    view = _view()
    rows: list[list[object]] = [[*COLUMNS, *GENDERS]]
    for row in view.rows if view else ():
        for band, cell in row.cells.items():
            hours = (f"{cell.seconds / 3600:.4f}", f"{cell.target_s / 3600:.2f}" if cell.target_s else "")
            shares = [f"{cell.by_gender.get(gender, 0) / 3600:.4f}" for gender in GENDERS]
            counted = (cell.items, cell.asked, cell.speakers)
            rows.append([row.variety, row.style, band, *hours, *counted, *shares])
    name = f"coverage-{view.project_id if view else 'none'}-{now().date().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_table(rows), mimetype="text/csv", headers=headers)


def targets() -> AnyResponse:
    """Set the targets the form names, in hours."""
    project_id = request.form.get("project", "")
    minutes = {
        _key(name): minutes_of(hours) for name, hours in request.form.items() if name.startswith(FIELD)
    }
    set_targets(current_store(), current_actor(), project_id, minutes, now=now())
    return redirect(f"/staff/coverage?project={project_id}", 303)


def _view() -> CoverageView | None:
    return coverage_view(current_store(), current_actor(), request.args.get("project"), now=now())


def _key(name: str) -> Key:
    variety, style, band, *_ = [*name.removeprefix(FIELD).split(":"), "", "", ""]
    return variety, style, band
