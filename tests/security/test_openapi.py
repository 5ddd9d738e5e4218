"""The API describes itself, and its page says the same as the tests of access."""

import pytest

from recorder_web.api_page import PLACE, api_page
from recorder_web.app import create_app
from recorder_web.declared import ROUTES
from recorder_web.openapi import template_of
from recorder_web.settings import WebSettings


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("described")
    return create_app(WebSettings(data_dir=folder, static_dir=folder))


def test_the_page_of_routes_is_current(app) -> None:
    assert PLACE.read_text("utf-8") == api_page(app), "run python -m recorder_web.api_page"


def test_whoever_asks_is_told_every_route_of_the_api_in_openapi(app) -> None:
    described = app.test_client().get("/api/v1/openapi.json")
    assert described.status_code == 200
    api = [route for route in ROUTES if route.rule.startswith("/api/")]
    assert sum(len(each) for each in described.json["paths"].values()) == len(api)
    for route in api:
        told = described.json["paths"][template_of(route.rule)][route.method.lower()]
        assert told["summary"], route.rule
        assert (told["security"] == []) == (route.roles is None)


@pytest.mark.slow
def test_the_description_is_valid_openapi(app) -> None:
    validate = pytest.importorskip("openapi_spec_validator").validate
    validate(app.test_client().get("/api/v1/openapi.json").json)


def test_every_view_says_in_one_line_what_it_does(app) -> None:
    silent = [
        rule.endpoint for rule in app.url_map.iter_rules() if not app.view_functions[rule.endpoint].__doc__
    ]
    assert [endpoint for endpoint in silent if endpoint not in ("healthz", "static")] == []
