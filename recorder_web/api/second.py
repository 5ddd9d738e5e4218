"""Routes of the second transcriber: what waits, taking one, its sound, handing the text in."""

from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import json_body
from recorder_web.api.ranges import answer_item
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.domain.transcript import Violation
from speechcorpus.record.form import Form
from speechcorpus.workflows.second_transcripts import second_audio, take_second, write_second
from speechcorpus.workflows.views.second import SecondRow, second_list, second_view


@blueprint.get("/second-transcripts")
def get_seconds() -> Response:
    """List what I may write down; neither text nor prompt nor speaker is in it."""
    view = second_list(current_store(), current_actor(), now=now())
    return jsonify({"waiting": [_row(row) for row in view.rows]})


@blueprint.post("/second-transcripts/<uuid:second_id>/take")
def post_take(second_id: UUID) -> Response:
    """Hold a segment for an hour."""
    held = take_second(current_store(), current_actor(), str(second_id), now=now())
    return jsonify({"fence": held.fence, "lease_until": held.lease_until.isoformat()})


@blueprint.get("/second-transcripts/<uuid:second_id>")
def get_second(second_id: UUID) -> Response:
    """Return the segment I hold, with my own draft."""
    view = second_view(current_store(), current_actor(), str(second_id), now=now())
    return jsonify(
        {
            **_row(view.row),
            "fence": view.fence,
            "lease_until": view.lease_until.isoformat() if view.lease_until else None,
            "marks": view.marks,
            "draft": view.draft,
            "errors": [error_json(error) for error in view.errors],
        }
    )


@blueprint.put("/second-transcripts/<uuid:second_id>/text")
def put_text(second_id: UUID) -> Response:
    """Hand my text in; with errors it is kept as a draft and `done` is false."""
    form = Form(json_body(), where="", code="request.field", keys=("text", "fence"))
    written = write_second(
        current_store(),
        current_actor(),
        str(second_id),
        fence=form.count("fence"),
        text=form.string("text"),
        now=now(),
    )
    errors = [error_json(error) for error in written.errors]
    return jsonify({"done": written.done, "text": written.text, "errors": errors})


@blueprint.get("/second-transcripts/<uuid:second_id>/audio")
def get_second_audio(second_id: UUID) -> Response:
    """Send the sound of the segment I hold."""
    return answer_item(second_audio(current_store(), current_actor(), str(second_id), now=now()))


def error_json(error: Violation) -> dict[str, object]:
    """Return what holds a text back, without the fix: the second person writes what they hear."""
    return {
        "rule": error.rule,
        "start": error.start,
        "end": error.end,
        "start_utf16": error.start_utf16,
        "end_utf16": error.end_utf16,
        "found": error.found,
    }


def _row(row: SecondRow) -> dict[str, object]:
    return {
        "id": row.second_id,
        "name": row.name,
        "mine": row.mine,
        "variety": row.variety,
        "style": row.style,
        "duration_s": round(row.duration_s, 3),
        "price_minor": row.price_minor,
        "currency": row.currency,
        "exponent": row.exponent,
    }
