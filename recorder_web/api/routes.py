"""The blueprint of `/api/v1`, for contributors only."""

from typing import cast

from flask import Blueprint, current_app, request

from recorder_web.api.pace import Pace
from recorder_web.security import current_actor
from speechcorpus.domain.errors import SittingError

REQUESTS_PER_S = 20
FOR_EVERYBODY = ("api.server_time", "api.get_openapi")
TEXTS = ("api.post_check", "api.put_transcript", "api.put_text")
TEXT_BYTES = 1_000  # a text of twice that counts as three requests; the longest segment has about 700

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.before_request
def _hold_pace() -> None:
    """Let one person ask 20 times a second, so that the others are answered as well.

    Texts are counted apart: whoever writes while a take goes up is held back by neither. They are counted by
    length, since the work grows with it and holds a thread meanwhile.
    """
    if request.endpoint in FOR_EVERYBODY:
        return
    pace = current_app.extensions.setdefault("speechcorpus.pace", Pace(per_s=REQUESTS_PER_S))
    person = current_actor().id
    is_text = request.endpoint in TEXTS
    counted = f"{person} writes" if is_text else person
    cost = 1 + (request.content_length or 0) // TEXT_BYTES if is_text else 1
    if not cast(Pace, pace).allows(counted, cost=cost):
        raise SittingError("quota.rate", "too many requests", per_s=REQUESTS_PER_S)
