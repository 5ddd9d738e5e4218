"""Route of one's own sign-in: a recorder that outlived the one it began with takes up the next."""

from flask import Response, jsonify

from recorder_web.api.routes import blueprint
from recorder_web.context import current_store
from recorder_web.security import csrf_token, current_actor
from speechcorpus.workflows.views.me import contributor_ref


@blueprint.get("/me")
def get_me() -> Response:
    """Tell whose sign-in this browser has, and the token its changing requests carry.

    Other sites cannot read it: the cookie does not travel with their requests.
    """
    ref = contributor_ref(current_store(), current_actor())
    response = jsonify({"contributor_ref": ref, "csrf": csrf_token()})
    response.headers["Cache-Control"] = "no-store"
    return response
