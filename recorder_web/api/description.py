"""The route under which the API describes itself."""

from flask import Response, current_app, jsonify

from recorder_web.api.routes import blueprint
from recorder_web.openapi import document


@blueprint.get("/openapi.json")
def get_openapi() -> Response:
    """Describe this API as OpenAPI 3.1; for everybody, it says nothing about anybody."""
    return jsonify(document(current_app))
