"""How a route is asked: its path, its form or body, the token of whoever asks."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

from recorder_web.declared import Route, path_of
from recorder_web.declared.shapes import BYTES
from tests.recorder_web.house import Browser
from tests.security.town import UNKNOWN, Town
from tests.stage import digest_header

Named = Literal["own", "other's", "unknown"]
CODE = re.compile(r'<code class="mono">([a-z0-9.-]+)</code>')
SOUND = b"\0\0"
SOUND_HEADERS = {
    "Content-Digest": digest_header(SOUND),
    "Speechcorpus-First-Sample": "0",
    "Speechcorpus-Frames": "1",
}
ADDRESSES = count(1)
FIXED = ("kind", "layer", "level", "number", "index", "name", "old", "path", "prompt_id")  # no ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back: the status, and the code of a refusal."""

    status: int
    code: str | None
    body: Any = None


def ask(
    town: Town, route: Route, browser: Browser | None, named: Named, *, headers: Mapping[str, str], csrf: bool
) -> Answered:
    """Send one request as this person."""
    said = _said(town, route, browser, unknown=named == "unknown")
    client = browser.client if browser else town.house.app.test_client()
    token = browser.csrf if browser and csrf else ""
    given = {**(SOUND_HEADERS if route.body == BYTES else {}), **({"X-CSRF-Token": token} if token else {})}
    sent: dict[str, Any] = {"headers": {**headers, **given}}
    if route.field:
        place = "data" if route.is_unsafe else "query_string"
        sent[place] = {route.field: said[route.field], **town.bodies.get(route.rule, {})}
    elif route.is_unsafe and route.rule.startswith("/api/"):
        sent |= _api_body(town, route, said)
    elif route.is_unsafe:
        sent["data"] = dict(town.bodies.get(route.rule, {}))
    address = {"REMOTE_ADDR": f"2001:db8::{next(ADDRESSES):x}"}  # nobody is held up by what others ask
    response = client.open(
        path_of(route.rule, **said), method=route.method, environ_overrides=address, **sent
    )
    response.close()
    return Answered(status=response.status_code, code=_code(response), body=_json(response))


def _said(town: Town, route: Route, browser: Browser | None, *, unknown: bool) -> dict[str, Any]:
    said = dict(town.paths.get(route.thing or "", {}))
    if route.thing == "token" and browser is not None:  # each role has its own
        said["token_id"] = town.tokens.get(browser.actor.id, said["token_id"])
    if route.thing == "passkey" and browser is not None:
        said["key_id"] = town.passkeys.get(browser.actor.id, said["key_id"])
    if route.thing == "own sign-in" and browser is not None:
        said["sign_in_id"] = town.sign_ins.get(browser.actor.id, said["sign_in_id"])
    if unknown:
        said = {name: value if name in FIXED else UNKNOWN for name, value in said.items()}
        said |= {"version": "9.9.9", "filename": "none.js"}
        said |= {"name": "none"} if route.thing == "icon" else {}
    return dict.fromkeys(route.names, UNKNOWN) | said


def _api_body(town: Town, route: Route, said: Mapping[str, Any]) -> dict[str, Any]:
    if route.body == BYTES:
        return {"data": SOUND, "content_type": "application/octet-stream"}
    if route.body is None:
        return {}
    body = town.bodies.get(f"{route.method} {route.rule}", town.bodies.get(route.rule, {}))
    return {"data": json.dumps(body), "content_type": "application/json"}


def _code(response: Any) -> str | None:
    if response.status_code < 400:
        return None
    if response.is_json:
        return str((response.get_json(silent=True) or {}).get("code"))
    found = CODE.search(response.get_data(as_text=True))
    return found[1] if found else None


def _json(response: Any) -> Any:
    return response.get_json(silent=True) if response.is_json else None
