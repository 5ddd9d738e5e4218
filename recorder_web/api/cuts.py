"""Routes of the segments of a take: seen together, cut, joined, moved, and taken back."""

from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import json_body
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.record.form import Form
from speechcorpus.workflows.segment_edits import (
    Seen,
    assign_speaker,
    merge_segments,
    move_segment,
    split_segment,
    undo_edit,
)
from speechcorpus.workflows.views.take_segments import SegmentState, TakeSegments, segments_of_take

SEEN = ("version", "revision")


@blueprint.get("/takes/<uuid:take_id>/segments")
def get_segments(take_id: UUID) -> Response:
    """List the segments of my take, and where speech has no text."""
    return jsonify(take_segments_json(segments_of_take(current_store(), current_actor(), str(take_id))))


@blueprint.post("/segments/<uuid:segment_id>/split")
def post_split(segment_id: UUID) -> Response:
    """Cut a segment in two; `text_at` counts the code points that stay with the first half."""
    form = _form("at_sample", "text_at", "snap", *SEEN)
    after = split_segment(
        current_store(),
        current_actor(),
        str(segment_id),
        seen=_seen(form),
        at_sample=form.count("at_sample"),
        text_at=form.count("text_at"),
        snap=form.flag("snap"),
        now=now(),
    )
    return jsonify(take_segments_json(after))


@blueprint.post("/segments/<uuid:segment_id>/merge")
def post_merge(segment_id: UUID) -> Response:
    """Join a segment to the next one of its speaker."""
    form = _form("next", "next_version", "next_revision", *SEEN)
    after = merge_segments(
        current_store(),
        current_actor(),
        str(segment_id),
        seen=_seen(form),
        other_id=form.text("next"),
        other_seen=Seen(version=form.count("next_version"), revision=form.count("next_revision")),
        now=now(),
    )
    return jsonify(take_segments_json(after))


@blueprint.put("/segments/<uuid:segment_id>/edges")
def put_edges(segment_id: UUID) -> Response:
    """Give a segment other edges; it is measured and judged anew."""
    form = _form("start_sample", "end_sample", "snap", *SEEN)
    after = move_segment(
        current_store(),
        current_actor(),
        str(segment_id),
        seen=_seen(form),
        start_sample=form.count("start_sample"),
        end_sample=form.count("end_sample"),
        snap=form.flag("snap"),
        now=now(),
    )
    return jsonify(take_segments_json(after))


@blueprint.put("/segments/<uuid:segment_id>/speaker")
def put_speaker(segment_id: UUID) -> Response:
    """Put a segment into a speaker's lane; null is my own."""
    form = _form("speaker", *SEEN)
    after = assign_speaker(
        current_store(),
        current_actor(),
        str(segment_id),
        seen=_seen(form),
        speaker=form.text_or_none("speaker"),
        now=now(),
    )
    return jsonify(take_segments_json(after))


@blueprint.post("/takes/<uuid:take_id>/edits/<int:number>/undo")
def post_undo(take_id: UUID, number: int) -> Response:
    """Take back the last edit of my take, by the number it has (`undoable`)."""
    after = undo_edit(current_store(), current_actor(), str(take_id), number, now=now())
    return jsonify(take_segments_json(after))


def take_segments_json(view: TakeSegments) -> dict[str, object]:
    """Return the segments of a take as the browser reads them."""
    return {
        "take": view.take_id,
        "rate_hz": view.rate_hz,
        "frames": view.frames,
        "segments": [_segment(state) for state in view.segments],
        "unwritten": None if view.unwritten is None else [list(span) for span in view.unwritten],
        "undoable": view.undoable,
        "peers": list(view.peers),
    }


def _segment(state: SegmentState) -> dict[str, object]:
    return {
        "id": state.part.id,
        "start_sample": state.part.start_sample,
        "end_sample": state.part.end_sample,
        "speaker": state.part.speaker,
        "text": state.part.text,
        "revision": state.revision,
        "version": state.version,
        "measured": state.measured,
    }


def _form(*keys: str) -> Form:
    return Form(json_body(), where="", code="request.field", keys=keys)


def _seen(form: Form) -> Seen:
    return Seen(version=form.count("version"), revision=form.count("revision"))
