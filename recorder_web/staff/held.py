"""The manager's decision about a take that was held."""

from flask import redirect, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.workflows.decide_hold import decide_hold


def decide_held(take_id: str) -> Response:
    """Use the take as it is labelled, or set it aside."""
    said = request.form.get("decision")
    if said not in ("use", "aside"):
        raise SittingError("request.field", "a held take is used or set aside", field="decision")
    decide_hold(current_store(), current_actor(), take_id, use=said == "use", now=now())
    return redirect("/staff/funnel#held", 303)
