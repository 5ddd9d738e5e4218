"""Routes of what lies beside a take in a dialogue on two devices: the other person's words and sound."""

from dataclasses import asdict
from uuid import UUID

from flask import Response, jsonify

from recorder_web.api.ranges import answer_made
from recorder_web.api.routes import blueprint
from recorder_web.context import current_store
from recorder_web.security import current_actor
from speechcorpus.workflows.views.side_by_side import both_audio, side_audio, side_of_take


@blueprint.get("/takes/<uuid:take_id>/beside")
def get_beside(take_id: UUID) -> Response:
    """Say what lies beside my take: how far it is, and who says what when, on the time of mine."""
    view = side_of_take(current_store(), current_actor(), str(take_id))
    return jsonify(
        {
            "state": view.state,
            "who": view.who,
            "off_ms": view.off_ms,
            "segments": [asdict(part) for part in view.segments],
        }
    )


@blueprint.get("/takes/<uuid:take_id>/beside/audio")
def get_beside_audio(take_id: UUID) -> Response:
    """Send the other person's sound on the time of my take: as long as mine, silent where they have none."""
    return answer_made(side_audio(current_store(), current_actor(), str(take_id)))


@blueprint.get("/segments/<uuid:segment_id>/beside/audio")
def get_both_audio(segment_id: UUID) -> Response:
    """Send two channels: my item on the left, the other person at the same time on the right."""
    return answer_made(both_audio(current_store(), current_actor(), str(segment_id)))
