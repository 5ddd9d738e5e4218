"""Routes of the transcript editor: check a text, save it, look back, hear the item."""

from dataclasses import asdict
from uuid import UUID

from flask import Response, jsonify, request

from recorder_web.api.bodies import written_body
from recorder_web.api.ranges import answer_item
from recorder_web.api.routes import blueprint
from recorder_web.context import current_messages, current_store, now
from recorder_web.forms import whole_number
from recorder_web.security import current_actor
from recorder_web.verdict_json import verdict_json
from speechcorpus.domain.errors import SittingError
from speechcorpus.record.form import Form
from speechcorpus.workflows.claim_signs import note_input
from speechcorpus.workflows.items import item_wav
from speechcorpus.workflows.transcripts import check_text, revisions, save_transcript

LAST_REVISION = 2**31 - 1  # as the catalogue counts


@blueprint.post("/segments/<uuid:segment_id>/check")
def post_check(segment_id: UUID) -> Response:
    """Say what is wrong with a text as given, and how it reads once all that is safe is mended; keep nothing.

    `sequence` comes back as it was sent: the browser drops an answer to words that were typed over since.
    """
    body = written_body()
    form = Form(body, where="", code="request.field", keys=("text", "sequence"))
    sequence, text = form.count("sequence"), body["text"]
    if not isinstance(text, str):  # not Form.string: it refuses U+0000, which the rules find and mend
        raise SittingError("request.field", "text is not a text", field="text")
    checked = check_text(current_store(), current_actor(), str(segment_id), text)
    note_input(current_store(), current_actor(), str(segment_id), now=now())
    return jsonify(
        {
            "sequence": sequence,
            "violations": [violation.to_json() for violation in checked.violations],
            "fixed": checked.fixed.text,
            "edits": [asdict(edit) for edit in checked.fixed.edits],
            "unclear_syllables": checked.unclear_syllables,
            "unclear_limit": checked.unclear_limit,
        }
    )


@blueprint.put("/segments/<uuid:segment_id>/transcript")
def put_transcript(segment_id: UUID) -> Response:
    """Keep a text as the next revision; 409 if somebody saved another one meanwhile."""
    form = Form(written_body(), where="", code="request.field", keys=("text", "base_revision"))
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
            "text": saved.text,
            "saved_at": saved.saved_at.isoformat(),
            "violations": [violation.to_json() for violation in saved.violations],
            "verdict": verdict_json(saved.verdict, rate_hz=saved.rate_hz, messages=current_messages()),
        }
    )


@blueprint.get("/segments/<uuid:segment_id>/revisions")
def get_revisions(segment_id: UUID) -> Response:
    """Show the texts that were kept, the newest first; `?before=` a number reads on."""
    asked = request.args.get("before")
    before = None if asked is None else whole_number(asked, "before", most=LAST_REVISION)
    shown = revisions(current_store(), current_actor(), str(segment_id), before=before)
    return jsonify({"revisions": [asdict(row) | {"created_at": row.created_at.isoformat()} for row in shown]})


@blueprint.get("/segments/<uuid:segment_id>/audio")
def get_segment_audio(segment_id: UUID) -> Response:
    """Send the item audio: the bytes that every number and finding is about."""
    return answer_item(item_wav(current_store(), current_actor(), str(segment_id)))
