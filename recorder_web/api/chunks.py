"""Routes of chunks."""

from functools import partial
from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.bodies import chunk_length, content_digest, header_count, raw_body
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.chunks import SentChunk, append_chunk, chunks_of


@blueprint.put("/takes/<uuid:take_id>/chunks/<int:index>")
def put_chunk(take_id: UUID, index: int) -> tuple[Response, int]:
    """Keep five seconds: 201, or 200 for the same again; durable before the answer."""
    length = chunk_length()
    sent = SentChunk(
        index=index,
        length=length,
        sha256=content_digest(),
        first_sample=header_count("Speechcorpus-First-Sample"),
        frames=header_count("Speechcorpus-Frames"),
        read=partial(raw_body, length),
    )
    kept = append_chunk(current_store(), current_actor(), str(take_id), sent, now=now())
    answer = {"index": kept.index, "sha256": kept.sha256, "received_at": kept.received_at.isoformat()}
    return jsonify(answer), 201 if kept.created else 200


@blueprint.get("/takes/<uuid:take_id>/chunks")
def get_chunks(take_id: UUID) -> Response:
    """Show which chunks are here, so that the browser sends the others."""
    state, chunks = chunks_of(current_store(), current_actor(), str(take_id))
    return jsonify({"state": state, "chunks": {str(index): sha256 for index, sha256 in chunks.items()}})
