"""The blueprint of `/api/v1`, for contributors only."""

from typing import cast

from flask import Blueprint, current_app, request

from recorder_web.api.pace import Pace
from recorder_web.security import current_actor
from speechcorpus.domain.errors import SittingError

REQUESTS_PER_S = 20

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.before_request
def _hold_pace() -> None:
    """Let one person ask 20 times a second, so that the others are answered as well.

    Checks of a text are counted apart: whoever writes while a take goes up is held back by neither.
    """
    if request.endpoint == "api.server_time":
        return
    pace = current_app.extensions.setdefault("speechcorpus.pace", Pace(per_s=REQUESTS_PER_S))
    person = current_actor().id
    counted = f"{person} writes" if request.endpoint == "api.post_check" else person
    if not cast(Pace, pace).allows(counted):
        raise SittingError("quota.rate", "too many requests", per_s=REQUESTS_PER_S)
