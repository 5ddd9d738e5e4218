"""Routes of the clock and of sittings."""

from typing import Any, cast
from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import json_body
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.record.form import Form
from speechcorpus.workflows import sittings as workflow

HEARTBEAT_KEYS = ("elapsed", "unsent_bytes", "state")


def server_ms() -> int:
    """Return the server's wall clock in milliseconds since 1970."""
    return int(now().timestamp() * 1000)


@blueprint.get("/time")
def server_time() -> Response:
    """Tell the time, as evidence for the browser's clock."""
    return jsonify({"server_ms": server_ms()})


@blueprint.put("/sittings/<uuid:sitting_id>")
def put_sitting(sitting_id: UUID) -> tuple[Response, int]:
    """Register a sitting: 201, or 200 for the same again."""
    known = workflow.open_sitting(current_store(), current_actor(), str(sitting_id), json_body(), now=now())
    return jsonify({"state": known.state}), 201 if known.created else 200


@blueprint.post("/sittings/<uuid:sitting_id>/heartbeat")
def post_heartbeat(sitting_id: UUID) -> Response:
    """Keep a sitting alive, pause it or go on."""
    form = Form(json_body(), where="", code="request.field", keys=HEARTBEAT_KEYS)
    form.count("elapsed"), form.count("unsent_bytes")
    state = cast(Any, form.one_of("state", ("open", "paused")))
    pulse = workflow.heartbeat(current_store(), current_actor(), str(sitting_id), state=state, now=now())
    return jsonify(
        {
            "lease_until": pulse.lease_until.isoformat() if pulse.lease_until else None,
            "server_ms": server_ms(),
            "counted_s": pulse.counted_s,
            "quota_s": pulse.quota_s,
        }
    )


@blueprint.get("/sittings/<uuid:sitting_id>")
def get_sitting(sitting_id: UUID) -> Response:
    """Show a sitting and the state of its takes."""
    view = workflow.sitting_view(current_store(), current_actor(), str(sitting_id))
    takes = [
        {"take": take, "track": track, "state": state, "take_sha256": sha256}
        for take, track, state, sha256 in view.takes
    ]
    return jsonify({"state": view.state, "claim": view.claim_id, "band": view.band, "takes": takes})


@blueprint.post("/sittings/<uuid:sitting_id>/close")
def post_close(sitting_id: UUID) -> Response:
    """Close a sitting of which everything has arrived; else 409 with what is missing."""
    form = Form(json_body(), where="", code="request.field", keys=("takes",))
    named = form.mapping("takes")
    hashes = Form(named, where="takes.", code="request.field", keys=tuple(named))
    takes = {take: hashes.sha256(take) for take in named}
    state = workflow.close_sitting(current_store(), current_actor(), str(sitting_id), takes, now=now())
    return jsonify({"state": state})
