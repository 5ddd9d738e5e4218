"""The route of device checks: a report is kept beside our own results."""

from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import json_body
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.device_checks import save_device_check


@blueprint.put("/device-checks/<uuid:check_id>")
def put_device_check(check_id: UUID) -> tuple[Response, int]:
    """Keep a device check: 201, or 200 for the same again; 409 while its take is not measured yet."""
    saved = save_device_check(current_store(), current_actor(), str(check_id), json_body(), now=now())
    answer = {
        "id": saved.id,
        "capture_path": saved.capture_path,
        "rate_hz": saved.rate_hz,
        "passed": saved.passed,
        "claimed": saved.claimed["checks"],
        "found": list(saved.found),
    }
    return jsonify(answer), 201 if saved.created else 200
