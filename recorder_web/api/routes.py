"""The blueprint of `/api/v1`, for contributors only."""

from flask import Blueprint, request

from recorder_web.api.pace import Pace
from recorder_web.security import current_actor
from speechcorpus.domain.errors import SittingError

REQUESTS_PER_S = 20

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
_pace = Pace(per_s=REQUESTS_PER_S)


@blueprint.before_request
def _hold_pace() -> None:
    """Answer everybody else as well: one browser may ask 20 times a second."""
    if request.endpoint == "api.server_time":
        return
    if not _pace.allows(current_actor().id):
        raise SittingError("quota.rate", "too many requests", per_s=REQUESTS_PER_S)
