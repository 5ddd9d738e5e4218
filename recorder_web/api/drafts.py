"""Routes of a draft that a recogniser makes: offered to the writer of an item, never filled in by itself."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.routes import blueprint
from recorder_web.context import current_settings, current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.drafts import Draft, ask_draft, draft_of


@blueprint.get("/segments/<uuid:segment_id>/draft")
def get_draft(segment_id: UUID) -> Response:
    """Show where the draft of one's own item stands: absent, queued, ready or failed."""
    recogniser = current_settings().recogniser
    return jsonify(_json(draft_of(current_store(), current_actor(), str(segment_id), recogniser=recogniser)))


@blueprint.post("/segments/<uuid:segment_id>/draft")
def post_draft(segment_id: UUID) -> Response:
    """Ask for a draft: 202 while it waits, 200 with the text of one that is ready; there is no body."""
    recogniser = current_settings().recogniser
    draft = ask_draft(current_store(), current_actor(), str(segment_id), recogniser=recogniser, now=now())
    response = jsonify(_json(draft))
    response.status_code = 202 if draft.state == "queued" else 200
    return response


def _json(draft: Draft) -> dict[str, Any]:
    return {
        "state": draft.state,
        "text": draft.text,
        "violations": [violation.to_json() for violation in draft.violations],
        "engine": draft.engine,
        "model": draft.model,
        "error_code": draft.error_code,
        "asked_at": None if draft.asked_at is None else draft.asked_at.isoformat(),
        "finished_at": None if draft.finished_at is None else draft.finished_at.isoformat(),
    }
