"""Routes of what a take is cut into, and of what happens beside the words."""

from typing import Final

from recorder_web.declared.api_call import call
from recorder_web.declared.api_shapes import BESIDE, EVENT, EVENT_SENT, TAKE_SEGMENTS
from recorder_web.declared.shapes import BOOLEAN, BYTES, INTEGER, NONE, STRING, UUID, array, obj

SEEN: Final = {"version": INTEGER, "revision": INTEGER}
CUT_CODES: Final = (
    "claim.not-active",
    "segment.conflict",
    "segment.outside",
    "segment.order",
    "segment.overlap",
    "segment.lane",
    "segment.too-short",
    "segment.too-long",
    "segment.one-prompt",
    "segment.text-place",
    "segment.gold-item",
)

SEGMENTS = (
    call("GET", "/takes/<uuid:take_id>/segments", "take", answer=TAKE_SEGMENTS),
    call("GET", "/takes/<uuid:take_id>/beside", "take", answer=BESIDE),
    call(
        "GET",
        "/takes/<uuid:take_id>/beside/audio",
        "take",
        answer=BYTES,
        statuses=(200, 206),
        codes=("not-found",),
    ),
    call(
        "GET",
        "/segments/<uuid:segment_id>/beside/audio",
        "item",
        answer=BYTES,
        statuses=(200, 206),
        codes=("not-found",),
    ),
    call(
        "POST",
        "/segments/<uuid:segment_id>/split",
        "item",
        body=obj(at_sample=INTEGER, text_at=INTEGER, snap=BOOLEAN, **SEEN),
        answer=TAKE_SEGMENTS,
        codes=CUT_CODES,
    ),
    call(
        "POST",
        "/segments/<uuid:segment_id>/merge",
        "item",
        body=obj(next=UUID, next_version=INTEGER, next_revision=INTEGER, **SEEN),
        answer=TAKE_SEGMENTS,
        codes=CUT_CODES,
    ),
    call(
        "PUT",
        "/segments/<uuid:segment_id>/edges",
        "item",
        body=obj(start_sample=INTEGER, end_sample=INTEGER, snap=BOOLEAN, **SEEN),
        answer=TAKE_SEGMENTS,
        codes=CUT_CODES,
    ),
    call(
        "PUT",
        "/segments/<uuid:segment_id>/speaker",
        "item",
        body=obj(speaker=STRING.or_null(), **SEEN),
        answer=TAKE_SEGMENTS,
        codes=CUT_CODES,
    ),
    call(
        "POST",
        "/takes/<uuid:take_id>/edits/<int:number>/undo",
        "take",
        answer=TAKE_SEGMENTS,
        codes=CUT_CODES,
    ),
    call("GET", "/takes/<uuid:take_id>/events", "take", answer=obj(events=array(EVENT))),
    call("GET", "/segments/<uuid:segment_id>/events", "item", answer=obj(events=array(EVENT))),
    call(
        "PUT",
        "/takes/<uuid:take_id>/events/<uuid:event_id>",
        "take",
        body=EVENT_SENT,
        answer=EVENT,
        codes=("claim.not-active", "event.conflict", "event.outside"),
    ),
    call(
        "DELETE",
        "/takes/<uuid:take_id>/events/<uuid:event_id>",
        "event",
        answer=NONE,
        statuses=(204,),
        codes=("claim.not-active",),
    ),
)
