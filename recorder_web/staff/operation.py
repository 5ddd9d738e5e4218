"""The operator's page, and a job that was given up tried again."""

from flask import redirect, render_template
from werkzeug.wrappers import Response

from recorder_web.context import current_settings, current_store, now
from recorder_web.house import DAY_S, certificate_left_s
from recorder_web.security import current_actor
from speechcorpus.workflows.job_desk import try_again
from speechcorpus.workflows.upkeep import faults_of
from speechcorpus.workflows.views.operation import operation


def house_page() -> str:
    """Show what waits, what was given up, how full the disk is, and when the house was looked after."""
    settings = current_settings()
    left_s = certificate_left_s(settings.tls_dir, now()) if settings.https_port is not None else None
    return render_template(
        "staff/operation.html",
        view=operation(current_store(), current_actor(), now=now()),
        faults_of=faults_of,
        certificate_days=None if left_s is None else int(left_s // DAY_S),
    )


def job_again(job_id: str) -> Response:
    """Queue a job that was given up anew."""
    try_again(current_store(), current_actor(), job_id, now=now())
    return redirect("/staff/operation#dead", 303)
