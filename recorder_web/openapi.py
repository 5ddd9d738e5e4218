"""The API as an OpenAPI document, written from what is declared of its routes and what views say."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Flask

from recorder_web.declared import ROUTES, Route
from recorder_web.declared.route import PARAMETER
from recorder_web.declared.shapes import BYTES, NONE, STRING, obj
from recorder_web.errors import answer_to
from recorder_web.security import COOKIES
from speechcorpus.domain.errors import AccessError, SittingError, SpeechCorpusError

PREFIX: Final = "/api/"
VERSION: Final = "3.1.0"
API_VERSION: Final = "1"  # of `/api/v1`
TYPES: Final = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer", "minimum": 0}}
TEXT: Final = {"type": "string"}
CHUNK_HEADERS: Final = (
    ("Content-Digest", "The SHA-256 of the body as RFC 9530 writes it: `sha-256=:…:`."),
    ("Speechcorpus-First-Sample", "Where in the take these samples begin."),
    ("Speechcorpus-Frames", "How many samples these are."),
)
ERROR: Final = {
    **obj(code=STRING, safe=STRING).schema(),
    "description": "A code, what is safe, and when to try again; the sentence of a code is in docs/api.md.",
}
ERROR["properties"] |= {"facts": {"type": "object"}, "retry_after_s": {"type": ["integer", "null"]}}


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of an application's API."""
    paths: dict[str, dict[str, Any]] = {}
    says = sentences(app)
    for route in ROUTES:
        if route.rule.startswith(PREFIX):
            paths.setdefault(template_of(route.rule), {})[route.method.lower()] = operation(
                route, says[route.method, route.rule]
            )
    return {
        "openapi": VERSION,
        "info": {"title": "speechcorpus", "version": API_VERSION},
        "paths": paths,
        "components": {
            "schemas": {"Error": ERROR},
            "securitySchemes": {
                "signIn": {"type": "apiKey", "in": "cookie", "name": COOKIES["contributor"]},
                "form": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }


def template_of(rule: str) -> str:
    """Return a rule as OpenAPI writes it.

    >>> template_of("/api/v1/takes/<uuid:take_id>/chunks/<int:index>")
    '/api/v1/takes/{take_id}/chunks/{index}'
    """
    return PARAMETER.sub(r"{\2}", rule)


def sentences(app: Flask) -> Mapping[tuple[str, str], str]:
    """Return the first line of each view's description, by method and rule."""
    return {
        (method, rule.rule): first_line(app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def first_line(view: Callable[..., Any]) -> str:
    """Return what a view says it does."""
    return (view.__doc__ or "").strip().partition("\n")[0]


def operation(route: Route, says: str) -> dict[str, Any]:
    """Return one operation."""
    found: dict[str, Any] = {
        "summary": says,
        "operationId": f"{route.method.lower()}{template_of(route.rule.removeprefix(PREFIX))}",
        "parameters": [*_path_parameters(route), *_headers(route)],
        "responses": {**_answers(route), **_refusals(route)},
        "security": _security(route),
    }
    if route.body is not None:
        found["requestBody"] = {"required": True, "content": _content(route.body)}
    return found


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.roles is None:
        return []
    return [{"signIn": [], **({"form": []} if route.is_unsafe else {})}]


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": TYPES.get(kind, TEXT)}
        for kind, name in PARAMETER.findall(route.rule)
    ]


def _headers(route: Route) -> list[dict[str, Any]]:
    wanted = CHUNK_HEADERS if route.body == BYTES else ()
    return [
        {"name": name, "in": "header", "required": True, "schema": TEXT, "description": says}
        for name, says in wanted
    ]


def _content(shape: Any) -> dict[str, Any]:
    if shape == BYTES:
        return {"application/octet-stream": {"schema": {}}}
    return {"application/json": {"schema": shape.schema()}}


def _answers(route: Route) -> dict[str, Any]:
    content = {"audio/wav": {"schema": {}}} if route.answer == BYTES else _content(route.answer)
    filled = {} if route.answer == NONE else {"content": content}
    return {str(status): {"description": "done", **filled} for status in route.statuses}


def _refusals(route: Route) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in route.refusals:
        by_status.setdefault(status_of(code), []).append(code)
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        str(status): {"description": ", ".join(codes), "content": content}
        for status, codes in sorted(by_status.items())
    }


def status_of(code: str) -> int:
    """Return the HTTP status that a code is answered with.

    >>> status_of("chunk.conflict"), status_of("auth.expired"), status_of("claim.edge")
    (409, 401, 409)
    """
    kind: type[SpeechCorpusError] = AccessError if code == "not-found" else SittingError
    return answer_to(kind(code, "")).status
