"""Routes of prompts that are skipped, and taken up again."""

from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import json_body
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.skips import skip_prompt, take_back_skip


@blueprint.put("/claims/<uuid:claim_id>/prompts/<prompt_id>/skip")
def put_skip(claim_id: UUID, prompt_id: str) -> tuple[Response, int]:
    """Skip a prompt of my claim with a reason: 201, or 200 for the same again."""
    is_new = skip_prompt(current_store(), current_actor(), str(claim_id), prompt_id, json_body(), now=now())
    return jsonify({"skipped": True}), 201 if is_new else 200


@blueprint.delete("/claims/<uuid:claim_id>/prompts/<prompt_id>/skip")
def delete_skip(claim_id: UUID, prompt_id: str) -> Response:
    """Take a skip back; without one nothing changes."""
    take_back_skip(current_store(), current_actor(), str(claim_id), prompt_id, now=now())
    return jsonify({"skipped": False})
