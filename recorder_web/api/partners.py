"""Route of the other person of a dialogue, for a recorder that waits for them."""

from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.routes import blueprint
from recorder_web.context import current_store
from recorder_web.partner_json import partner_json
from recorder_web.security import current_actor
from speechcorpus.workflows.views.partners import other_person


@blueprint.get("/claims/<uuid:claim_id>/partner")
def get_partner(claim_id: UUID) -> Response:
    """Say who speaks with me in a dialogue, from either seat."""
    other = other_person(current_store(), current_actor(), str(claim_id))
    return jsonify({"partner": partner_json(other)})
