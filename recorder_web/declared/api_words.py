"""Routes of what was said: transcripts, drafts, second texts."""

from recorder_web.declared.api_call import call
from recorder_web.declared.api_shapes import (
    CHECKED,
    DRAFT,
    REVISION,
    SECOND_ROW,
    VERDICT,
    WORD,
    WRITTEN_ERROR,
)
from recorder_web.declared.shapes import ANY, BOOLEAN, BYTES, INTEGER, STRING, TIME, Shape, array, obj

WORDS = (
    call(
        "POST",
        "/segments/<uuid:segment_id>/check",
        "item",
        body=obj(text=STRING, sequence=INTEGER),
        answer=CHECKED,
        codes=(),
    ),
    call(
        "PUT",
        "/segments/<uuid:segment_id>/transcript",
        "item",
        body=obj(text=STRING, base_revision=INTEGER),
        answer=obj(
            revision=INTEGER, text=STRING, saved_at=TIME, violations=array(ANY), verdict=VERDICT.or_null()
        ),
        codes=("claim.not-active", "transcript.revision-conflict", "transcript.not-verbatim"),
    ),
    call(
        "GET",
        "/segments/<uuid:segment_id>/revisions",
        "item",
        answer=obj(revisions=array(REVISION)),
        codes=("request.field",),
    ),
    call("GET", "/segments/<uuid:segment_id>/audio", "item", answer=BYTES, statuses=(200, 206)),
    call(
        "POST",
        "/segments/<uuid:segment_id>/candidates",
        "item",
        body=obj(text=STRING),
        answer=obj(words=array(WORD)),
    ),
    call("GET", "/segments/<uuid:segment_id>/draft", "item", answer=DRAFT, codes=("draft.not-offered",)),
    call(
        "POST",
        "/segments/<uuid:segment_id>/draft",
        "item",
        answer=DRAFT,
        statuses=(200, 202),
        codes=("draft.not-offered", "draft.too-long"),
    ),
    call("GET", "/second-transcripts", answer=obj(waiting=array(SECOND_ROW))),
    call(
        "POST",
        "/second-transcripts/<uuid:second_id>/take",
        "second text",
        "others-too",
        answer=obj(fence=INTEGER, lease_until=TIME),
        codes=("second.taken",),
    ),
    call(
        "GET",
        "/second-transcripts/<uuid:second_id>",
        "second text",
        answer=Shape(
            kind="object",
            keys={
                **SECOND_ROW.keys,
                "fence": INTEGER,
                "lease_until": TIME.or_null(),
                "marks": ANY,
                "draft": STRING.or_null(),
                "errors": array(WRITTEN_ERROR),
            },
        ),
    ),
    call(
        "PUT",
        "/second-transcripts/<uuid:second_id>/text",
        "second text",
        "held",
        body=obj(text=STRING, fence=INTEGER),
        answer=obj(done=BOOLEAN, text=STRING, errors=array(WRITTEN_ERROR)),
        codes=("second.lease-lost",),
    ),
    call(
        "GET", "/second-transcripts/<uuid:second_id>/audio", "second text", answer=BYTES, statuses=(200, 206)
    ),
)
