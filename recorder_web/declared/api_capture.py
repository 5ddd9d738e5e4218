"""Routes of recording: sittings, takes and their chunks."""

from typing import Final

from recorder_web.declared.api_call import CONSENT, call
from recorder_web.declared.api_shapes import BELIEVED, ITEM, MANIFEST, SITTING_SENT, TAKE_SENT
from recorder_web.declared.shapes import (
    ANY,
    BYTES,
    INTEGER,
    SHA256,
    STRING,
    TIME,
    UUID,
    array,
    obj,
    one_of,
    table,
)

MANIFEST_CODES: Final = ("manifest.form", "manifest.take", "manifest.chunks", "manifest.markers")
STATE: Final = obj(state=STRING)

CAPTURE = (
    call("GET", "/me", answer=obj(contributor_ref=STRING, csrf=STRING)),
    call(
        "PUT",
        "/sittings/<uuid:sitting_id>",
        "sitting",
        "new",
        body=SITTING_SENT,
        answer=STATE,
        statuses=(200, 201),
        codes=(*CONSENT, "id.conflict", "sitting.other-open", "audition.needed", "partner.missing"),
    ),
    call(
        "GET",
        "/sittings/<uuid:sitting_id>",
        "sitting",
        answer=obj(
            state=STRING,
            claim=UUID.or_null(),
            band=STRING,
            takes=array(obj(take=UUID, track=STRING, state=STRING, take_sha256=SHA256.or_null())),
        ),
    ),
    call(
        "POST",
        "/sittings/<uuid:sitting_id>/heartbeat",
        "sitting",
        body=obj(elapsed=INTEGER, unsent_bytes=INTEGER, state=one_of("open", "paused")),
        answer=obj(lease_until=TIME.or_null(), server_ms=INTEGER, counted_s=INTEGER, quota_s=INTEGER),
    ),
    call(
        "POST",
        "/sittings/<uuid:sitting_id>/close",
        "sitting",
        body=obj(takes=table(SHA256)),
        answer=STATE,
        codes=("sitting.incomplete",),
    ),
    call(
        "PUT",
        "/takes/<uuid:take_id>",
        "take",
        "new",
        body=TAKE_SENT,
        answer=STATE,
        statuses=(200, 201),
        codes=(*CONSENT, "id.conflict", "take.prompt", "sitting.closed", "quota.takes", "quota.unfinished"),
    ),
    call(
        "GET",
        "/takes/<uuid:take_id>",
        "take",
        answer=obj(
            state=STRING,
            take_sha256=SHA256.or_null(),
            frames=INTEGER.or_null(),
            items=array(ITEM),
            believed=array(BELIEVED),
        ),
    ),
    call("GET", "/takes/<uuid:take_id>/audio", "take", answer=BYTES, statuses=(200, 206)),
    call(
        "GET",
        "/takes/<uuid:take_id>/chunks",
        "take",
        answer=obj(state=STRING, chunks=table(SHA256)),
    ),
    call(
        "PUT",
        "/takes/<uuid:take_id>/chunks/<int:index>",
        "take",
        body=BYTES,
        answer=obj(index=INTEGER, sha256=SHA256, received_at=TIME),
        statuses=(200, 201),
        codes=(
            *CONSENT,
            "request.wrong-type",
            "request.length-required",
            "request.too-large",
            "chunk.truncated",
            "chunk.hash",
            "chunk.length",
            "chunk.conflict",
            "take.stored",
            "quota.day",
            "storage.full",
        ),
    ),
    call(
        "POST",
        "/takes/<uuid:take_id>/finish",
        "take",
        body=MANIFEST,
        answer=obj("take_sha256", "receipt", state=STRING, take_sha256=SHA256, receipt=ANY),
        statuses=(200, 202),
        codes=(
            "take.incomplete",
            "take.frames",
            "take.too-long",
            *MANIFEST_CODES,
            "id.conflict",
        ),
    ),
)
