"""Values that no browser of ours sends, in every field of the API and every path: a code, never a fault."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from recorder_web.declared import ROUTES, Route, path_of
from recorder_web.declared.shapes import Shape
from speechcorpus.store.models import Segment
from tests.recorder_web.house import Browser, House, furnish
from tests.stage import Recorder, voice

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**31,
    2**53 - 1,
    2**63,
    10**40,
    "",
    "\0",
    "\ud800",
    "a\r\nSet-Cookie: a=b",
    "../../etc/passwd",
    "'; DROP TABLE claim; --",
    "{{7*7}}",
    "\u202e\u0000\ufeff",
    "x" * 20_000,
    "a" + "\u0300\u0316" * 5_000,
    [],
    {},
    [[[[[]]]]],
)
NAMES = ("%00", "%0d%0aa", "-1", str(10**30), "..", quote("'; DROP TABLE claim; --"), "x" * 4_000)
ASKED = ("project", "page", "claim", "show", "after", "before", "item", "unit", "since", "draw")
FORM = dict.fromkeys(("project", "reason", "words", "text", "code", "scope", "nonce"), "a\r\n=1")
FORM |= {"fence": "9" * 30, "pct": "-1", "version": "9" * 14, "most": "9" * 14}
API = tuple(route for route in ROUTES if route.rule.startswith("/api/") and route.body is not None)


@pytest.fixture
def house(store, now, tmp_path: Path) -> House:
    return furnish(store, now, tmp_path / "static")


def things_of(recorder: Recorder, house: House) -> dict[str, str]:
    """What the paths of one contributor name."""
    sent = recorder.record(voice(1), prompt="p0")
    sent.finish()
    with house.store.catalogue.read() as session:
        segment = session.query(Segment).filter_by(take_id=sent.id).one()
    other = "00000000-0000-4000-8000-000000000000"
    own = {"take_id": sent.id, "sitting_id": recorder.sitting, "claim_id": recorder.claim}
    return dict.fromkeys((name for route in ROUTES for name in route.names), other) | {
        **own,
        "segment_id": segment.id,
        "prompt_id": "p1",
        "index": "0",
        "number": "1",
        "level": "0",
    }


def valid(shape: Shape, rng: random.Random) -> Any:
    """Something of this shape."""
    if shape.kind == "object":
        return {name: valid(each, rng) for name, each in shape.keys.items()}
    if shape.words:
        return rng.choice(shape.words)
    known: dict[str, Any] = {"integer": 1, "boolean": False, "string": "好。", "array": [], "map": {}}
    return "0" * 64 if shape.form == "sha256" else known.get(shape.kind)


def spoilt(shape: Shape, rng: random.Random) -> Iterator[Any]:
    """The same with one hostile value in it, at each of its fields."""
    for name in shape.keys:
        for value in rng.sample(HOSTILE, 2):
            yield {**valid(shape, rng), name: value}
    yield {**valid(shape, rng), "more": 1}
    yield from rng.sample(HOSTILE, 2)


def send(browser: Browser, route: Route, path: str, body: Any, number: int) -> int:
    """Send it; the pace of one person is not what is tried here."""
    browser.client.application.extensions.pop("speechcorpus.pace", None)
    answer = browser.client.open(
        path,
        method=route.method,
        data=json.dumps(body),
        content_type="application/json",
        headers={"X-CSRF-Token": browser.csrf},
        environ_overrides={"REMOTE_ADDR": f"2001:db8::{number:x}"},
    )
    answer.close()
    return answer.status_code


@pytest.mark.either_database
def test_no_value_in_a_body_is_a_fault_of_ours(house: House) -> None:
    recorder, rng = house.stage.recorder(), random.Random(7)
    said, browser = things_of(recorder, house), house.sign_in(recorder.actor)
    broken = []
    for number, route in enumerate(API):
        if route.body is None or route.body.kind != "object":
            continue
        for body in spoilt(route.body, rng):
            status = send(browser, route, path_of(route.rule, **said), body, number)
            if status >= 500:
                broken.append((route.method, route.rule, str(body)[:200], status))
    assert broken == []


@pytest.mark.either_database
def test_no_name_in_a_path_and_no_question_is_a_fault_of_ours(house: House) -> None:
    recorder, rng = house.stage.recorder(), random.Random(8)
    people = {"contributor": house.sign_in(recorder.actor)}
    people |= {role: house.staff(role) for role in ("reviewer", "manager", "payer", "ml")}
    said = things_of(recorder, house)
    broken = []
    for number, route in enumerate(ROUTES):
        role = next((role for role in people if role in (route.roles or ())), None)
        for path in paths(route, said, rng):
            status = visit(house, people[role] if role else None, route, path, number)
            if status >= 500:
                broken.append((route.method, path[:120], status))
    assert broken == []


def paths(route: Route, said: dict[str, str], rng: random.Random) -> Iterator[str]:
    """The address of a route with a hostile name in it, and with hostile questions."""
    if route.names:
        yield path_of(route.rule, **{**said, rng.choice(route.names): rng.choice(NAMES)})
        return
    query = "&".join(f"{key}={rng.choice(NAMES)}" for key in ASKED)
    yield f"{path_of(route.rule, **said)}?{query}"


def visit(house: House, browser: Browser | None, route: Route, path: str, number: int) -> int:
    """Go there, with a hostile form where there is one to fill."""
    house.app.extensions.pop("speechcorpus.pace", None)
    client = browser.client if browser else house.app.test_client()
    form = {**FORM, "csrf_token": browser.csrf} if browser else FORM
    answer = client.open(
        path,
        method=route.method,
        data=form if route.is_unsafe else None,
        environ_overrides={"REMOTE_ADDR": f"2001:db8::{number:x}"},
    )
    answer.close()
    return answer.status_code


@pytest.mark.either_database
def test_no_text_that_a_form_or_an_address_brings_holds_a_nul(house: House) -> None:
    someone = house.sign_in(house.stage.contributor())
    assert someone.get("/record/a%00b").status_code == 404
    assert someone.get("/work?claim=a%00b").status_code == 422
    assert someone.post("/audition", project="a\0b").status_code == 422
