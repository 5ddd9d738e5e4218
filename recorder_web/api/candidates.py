"""The route that offers Hàn-jī for typed Tâi-lô."""

from dataclasses import asdict
from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import written_body
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.record.form import Form
from speechcorpus.workflows.han_candidates import han_candidates


@blueprint.post("/segments/<uuid:segment_id>/candidates")
def post_candidates(segment_id: UUID) -> Response:
    """Offer Hàn-jī for a typed word, whole word first, each with its evidence; nothing is kept."""
    form = Form(written_body(), where="", code="request.field", keys=("text",))
    words = han_candidates(current_store(), current_actor(), str(segment_id), form.string("text"), now=now())
    return jsonify({"words": [asdict(word) for word in words]})
