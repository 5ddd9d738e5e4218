"""Routes of the transcript editor: check a text, save it, hear the item."""

from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import json_body
from recorder_web.api.ranges import FilePart, answer_audio
from recorder_web.api.routes import blueprint
from recorder_web.context import current_messages, current_store, now
from recorder_web.security import current_actor
from recorder_web.verdict_json import verdict_json
from speechcorpus.record.form import Form
from speechcorpus.workflows.items import item_wav
from speechcorpus.workflows.transcripts import check_text, save_transcript


@blueprint.post("/segments/<uuid:segment_id>/check")
def post_check(segment_id: UUID) -> Response:
    """Say what is wrong with a text, without keeping it."""
    form = Form(json_body(), where="", code="request.field", keys=("text",))
    violations = check_text(current_store(), current_actor(), str(segment_id), form.string("text"))
    return jsonify({"violations": [violation.to_json() for violation in violations]})


@blueprint.put("/segments/<uuid:segment_id>/transcript")
def put_transcript(segment_id: UUID) -> Response:
    """Keep a text as the next revision; 409 if somebody saved another one meanwhile."""
    form = Form(json_body(), where="", code="request.field", keys=("text", "base_revision"))
    saved = save_transcript(
        current_store(),
        current_actor(),
        str(segment_id),
        form.string("text"),
        form.count("base_revision"),
        now=now(),
    )
    return jsonify(
        {
            "revision": saved.revision,
            "violations": [violation.to_json() for violation in saved.violations],
            "verdict": verdict_json(saved.verdict, rate_hz=saved.rate_hz, messages=current_messages()),
        }
    )


@blueprint.get("/segments/<uuid:segment_id>/audio")
def get_segment_audio(segment_id: UUID) -> Response:
    """Send the item audio: the bytes that every number and finding is about."""
    item = item_wav(current_store(), current_actor(), str(segment_id))
    samples = FilePart(path=item.path, offset=item.offset, length=item.length)
    return answer_audio([item.header, samples], etag=f"{item.path.name}-{item.offset}-{item.length}")
