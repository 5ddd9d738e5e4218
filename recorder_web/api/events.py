"""Routes of events: what happens in a take beside the words."""

from typing import cast
from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import json_body
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.domain.event import EVENT_KINDS, Event, EventKind
from speechcorpus.record.form import Form
from speechcorpus.workflows.events import (
    KeptEvent,
    events_of_segment,
    events_of_take,
    keep_event,
    remove_event,
)

KEYS = ("kind", "start_sample", "end_sample", "base_version", "speaker", "language", "note")


@blueprint.get("/takes/<uuid:take_id>/events")
def get_take_events(take_id: UUID) -> Response:
    """List the events of my take, in samples of the take."""
    return _listed(events_of_take(current_store(), current_actor(), str(take_id)))


@blueprint.get("/segments/<uuid:segment_id>/events")
def get_segment_events(segment_id: UUID) -> Response:
    """List the events that reach into my segment, in samples of its take."""
    return _listed(events_of_segment(current_store(), current_actor(), str(segment_id)))


@blueprint.put("/takes/<uuid:take_id>/events/<uuid:event_id>")
def put_event(take_id: UUID, event_id: UUID) -> Response:
    """Add an event (`base_version` 0) or move it; the same again changes nothing."""
    form = Form(json_body(), where="", code="request.field", keys=KEYS, optional=KEYS[4:])
    event = Event(
        kind=cast(EventKind, form.one_of("kind", EVENT_KINDS)),
        start_sample=form.count("start_sample"),
        end_sample=form.count("end_sample"),
        speaker=form.text_or_none("speaker"),
        language=form.text_or_none("language"),
        note=form.text_or_none("note"),
    )
    kept = keep_event(
        current_store(),
        current_actor(),
        str(take_id),
        str(event_id),
        event,
        form.count("base_version"),
        now=now(),
    )
    return jsonify(event_json(kept))


@blueprint.delete("/takes/<uuid:take_id>/events/<uuid:event_id>")
def delete_event(take_id: UUID, event_id: UUID) -> tuple[str, int]:
    """Remove an event; its row is kept with the time."""
    remove_event(current_store(), current_actor(), str(take_id), str(event_id), now=now())
    return "", 204


def event_json(kept: KeptEvent) -> dict[str, object]:
    """Return an event as the browser reads it."""
    event = kept.event
    return {
        "id": kept.id,
        "version": kept.version,
        "kind": event.kind,
        "start_sample": event.start_sample,
        "end_sample": event.end_sample,
        "speaker": event.speaker,
        "language": event.language,
        "note": event.note,
    }


def _listed(events: tuple[KeptEvent, ...]) -> Response:
    return jsonify({"events": [event_json(kept) for kept in events]})
