"""Routes of calibrations: make one, show it, hold it against one more reading."""

from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import json_body
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from recorder_web.sound_check_json import db_text, device_json
from speechcorpus.noise.calibration import Calibration
from speechcorpus.workflows.calibrations import calibration_view, save_calibration
from speechcorpus.workflows.repeats import save_repeat


@blueprint.put("/calibrations/<uuid:calibration_id>")
def put_calibration(calibration_id: UUID) -> tuple[Response, int]:
    """Make a calibration: 201, or 200 for the same again; 409 while its takes are not measured yet."""
    saved = save_calibration(current_store(), current_actor(), str(calibration_id), json_body(), now=now())
    return jsonify(_calibration(saved.calibration)), 201 if saved.created else 200


@blueprint.get("/calibrations/<uuid:calibration_id>")
def get_calibration(calibration_id: UUID) -> Response:
    """Show a calibration of mine."""
    return jsonify(_calibration(calibration_view(current_store(), current_actor(), str(calibration_id))))


@blueprint.put("/calibrations/<uuid:calibration_id>/repeats/<uuid:take_id>")
def put_repeat(calibration_id: UUID, take_id: UUID) -> tuple[Response, int]:
    """Keep a repeat check: 201, or 200 for the same again."""
    ids, at = (str(calibration_id), str(take_id)), now()
    repeat = save_repeat(current_store(), current_actor(), *ids, json_body(), now=at)
    answer = {"difference_db": db_text(repeat.difference_db), "agrees": repeat.agrees}
    return jsonify(answer), 201 if repeat.created else 200


def _calibration(calibration: Calibration) -> dict[str, object]:
    return {
        "id": calibration.id,
        "method": calibration.method,
        "reference_class": calibration.reference_class,
        "offset_db": db_text(calibration.offset_db),
        "u_db": db_text(calibration.u_db),
        "spread_db": None if calibration.spread_db is None else db_text(calibration.spread_db),
        "takes": calibration.takes,
        "rate_hz": calibration.rate_hz,
        "made_at": calibration.made_at,
        "expires_at": calibration.expires_at,
        "device": device_json(calibration),
    }
