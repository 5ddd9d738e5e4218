"""`docs/api.md`, written from what is declared of every route, so that it cannot say anything else.

`python -m recorder_web.api_page` writes it anew.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from flask import Flask

from recorder_web.app import create_app
from recorder_web.declared import ROUTES, Route
from recorder_web.declared.shapes import BYTES, NONE, Shape
from recorder_web.i18n import load_catalogue
from recorder_web.openapi import PREFIX, sentences, status_of, template_of
from recorder_web.settings import WebSettings

PLACE: Final = Path(__file__).parents[1] / "docs" / "api.md"
RULE: Final = "| --- | --- | --- | --- |"
WHOSE: Final = {
    "own": "the caller's own",
    "held": "held by the caller",
    "offered": "any; shown to whoever holds it, offered to the others",
    "project": "of the manager's own project",
    "others-too": "any",
    "new": "new, or the caller's own",
}
HEAD: Final = """\
# Routes

Written from `recorder_web/declared/` by `python -m recorder_web.api_page`. The tests of access walk the same
table over every role, and `GET /api/v1/openapi.json` serves the API's part of it as OpenAPI 3.1.

- A sign-in is a cookie, one for contributors and one for staff. Who has none is answered 401 `auth.expired`.
- Who may not do a thing, or asks for somebody else's, is answered 404 `not-found`, as if there were none.
- A changing request carries the token of its sign-in, in the header `X-CSRF-Token` or the form field
  `csrf_token`, and comes from our own pages (`Sec-Fetch-Site`, `Origin`); else 403 `auth.csrf`.
- An error is `{"code", "facts", "safe", "retry_after_s"}` to programs and a page with the same to people.
- Any route may answer 429 `quota.rate`, 503 `database.busy` and, before a body, 507 `storage.full`; all of
  them with `Retry-After`.
"""


def api_page(app: Flask) -> str:
    """Return the page."""
    says = sentences(app)
    api = [route for route in ROUTES if route.rule.startswith(PREFIX)]
    lines = [HEAD, "## The API\n"]
    for route in api:
        lines += _in_full(route, says[route.method, route.rule])
    lines += [
        "## Pages and files\n",
        "| route | who | what it names | what it does |",
        "| --- | --- | --- | --- |",
    ]
    lines += [_row(route, says[route.method, route.rule]) for route in ROUTES if route not in api]
    lines += ["", "## Codes\n", "| code | status | what it says |", "| --- | --- | --- |", *_codes(api)]
    return "\n".join(lines) + "\n"


def _in_full(route: Route, says: str) -> Iterator[str]:
    yield f"### `{route.method} {template_of(route.rule)}`\n"
    yield f"{says}\n"
    yield f"- for: {_who(route)}" + (f"; {route.thing}: {WHOSE[route.whose]}" if route.thing else "")
    if route.body is not None:
        yield f"- reads: {_shape(route.body)}"
    answers = "nothing" if route.answer == NONE else _shape(route.answer)
    yield f"- answers {' or '.join(map(str, route.statuses))}: {answers}"
    if route.refusals:
        yield "- refuses: " + ", ".join(f"`{code}` ({status_of(code)})" for code in route.refusals)
    yield ""


def _row(route: Route, says: str) -> str:
    named = f"{route.thing}: {WHOSE[route.whose]}" if route.thing else ""
    address = template_of(route.rule) + (f"?{route.field}=" if route.field and not route.is_unsafe else "")
    return f"| `{route.method} {address}` | {_who(route)} | {named} | {_cell(says)} |"


def _who(route: Route) -> str:
    if route.roles is None:
        return "everybody"
    return ", ".join(sorted(route.roles)) + (", or by token" if route.by_token else "")


def _shape(shape: Shape) -> str:
    return "bytes" if shape == BYTES else f"`{json.dumps(_sketch(shape), ensure_ascii=False)}`"


def _sketch(shape: Shape) -> Any:
    """Return a shape as an example would look, with names of types where values stand."""
    if shape.kind == "object" and shape.keys:
        return {
            f"{name}?" if name in shape.optional else name: _sketch(each) for name, each in shape.keys.items()
        }
    if shape.kind == "array":
        return [_sketch(shape.of)] if shape.of else []
    if shape.kind == "map":
        return {"…": _sketch(shape.of)} if shape.of else {}
    said = "|".join(shape.words) or shape.form or shape.kind
    return f"{said}|null" if shape.nullable else said


def _codes(routes: list[Route]) -> Iterator[str]:
    english = load_catalogue(strict=True)["en"]
    for code in sorted({code for route in routes for code in route.refusals}):
        key = f"error.what.{code}"
        yield f"| `{code}` | {status_of(code)} | {_cell(english.t(key)) if key in english else ''} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        settings = WebSettings(data_dir=Path(folder), static_dir=Path(folder))
        PLACE.write_text(api_page(create_app(settings)), "utf-8")


if __name__ == "__main__":
    main()
