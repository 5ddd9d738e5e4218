"""The heartbeat of a claim whose editor is open: no sitting says then that somebody works."""

from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import json_body
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.record.form import Form
from speechcorpus.workflows.leases import keep_claim


@blueprint.post("/claims/<uuid:claim_id>/heartbeat")
def post_claim_heartbeat(claim_id: UUID) -> Response:
    """Keep a claim alive: 409 for one that is over, or that went on under another fence."""
    fence = Form(json_body(), where="", code="request.field", keys=("fence",)).count("fence")
    until = keep_claim(current_store(), current_actor(), str(claim_id), fence=fence, now=now())
    return jsonify({"lease_until": until.isoformat()})
