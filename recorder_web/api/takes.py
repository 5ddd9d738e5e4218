"""Routes of takes: register, finish, show, listen."""

from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import json_body
from recorder_web.api.ranges import KeptPart, answer_audio
from recorder_web.api.routes import blueprint
from recorder_web.api.verdicts import believed_json, item_json
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.chips import take_view
from speechcorpus.workflows.finish import finish_take
from speechcorpus.workflows.takes import own_master, register_take

ASSEMBLING_RETRY_S = 2


@blueprint.put("/takes/<uuid:take_id>")
def put_take(take_id: UUID) -> tuple[Response, int]:
    """Register a take: 201, or 200 for the same again."""
    known = register_take(current_store(), current_actor(), str(take_id), json_body(), now=now())
    return jsonify({"state": known.state}), 201 if known.created else 200


@blueprint.post("/takes/<uuid:take_id>/finish")
def post_finish(take_id: UUID) -> tuple[Response, int]:
    """Finish a take: 200 with its receipt, or 202 while it is being assembled."""
    done = finish_take(current_store(), current_actor(), str(take_id), json_body(), now=now())
    if done.receipt is None:
        response = jsonify({"state": done.state})
        response.headers["Retry-After"] = str(ASSEMBLING_RETRY_S)
        return response, 202
    return jsonify({"state": done.state, "take_sha256": done.take_sha256, "receipt": done.receipt}), 200


@blueprint.get("/takes/<uuid:take_id>")
def get_take(take_id: UUID) -> Response:
    """Show a take with the verdicts of its items, as far as they are known."""
    view = take_view(current_store(), current_actor(), str(take_id))
    return jsonify(
        {
            "state": view.state,
            "take_sha256": view.take_sha256,
            "frames": view.frames,
            "items": [item_json(item) for item in view.items],
            "believed": [believed_json(row) for row in view.believed],
        }
    )


@blueprint.get("/takes/<uuid:take_id>/audio")
def get_take_audio(take_id: UUID) -> Response:
    """Send the master of one's own take, or the part that is asked for."""
    master = own_master(current_store(), current_actor(), str(take_id))
    whole = KeptPart(open=master.open, offset=0, length=master.length)
    return answer_audio([whole], etag=master.sha256)
