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
    """Let one person ask 20 times a second, so that the others are answered as well."""
    if request.endpoint == "api.server_time":
        return
    pace = current_app.extensions.setdefault("speechcorpus.pace", Pace(per_s=REQUESTS_PER_S))
    if not cast(Pace, pace).allows(current_actor().id):
        raise SittingError("quota.rate", "too many requests", per_s=REQUESTS_PER_S)
