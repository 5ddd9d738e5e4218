"""Every route, asked by every role, for its own, somebody else's and an unknown thing: as declared."""

from pathlib import Path

import pytest

from recorder_web.app import create_app
from recorder_web.declared import BY_NAME, ROUTES
from recorder_web.door import require_declared
from recorder_web.settings import WebSettings
from tests.security.matrix import CALLERS, Cell, forged, furnished, lines_of, walk

SOURCES = [
    path.read_text("utf-8")
    for folder in ("speechcorpus", "recorder_web")
    for path in (Path(__file__).parents[2] / folder).rglob("*.py")
    if path.parent.name != "declared"
]


@pytest.fixture(scope="session")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Cell]:
    """The whole walk; what another site or a page without a token sends goes first."""
    town = furnished(tmp_path_factory.mktemp("walk"))  # as the command does
    wrong = [
        f"{route.method} {route.rule}: {how}: {answered}"
        for route, how, answered in forged(town)
        if (answered.status, answered.code) != (403, "auth.csrf")
    ]
    assert wrong == []
    return walk(town, whole=False)


def test_every_route_is_declared_and_nothing_else_is(tmp_path: Path) -> None:
    app = create_app(WebSettings(data_dir=tmp_path, static_dir=tmp_path))
    served = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served - set(BY_NAME) == set(), "declare them in recorder_web/declared/"
    assert set(BY_NAME) - served == set()
    assert len(BY_NAME) == len(ROUTES)


def test_nobody_gets_further_than_is_declared(cells: list[Cell]) -> None:
    assert [str(cell) for cell in cells if not cell.is_as_declared] == []


def test_the_walk_leaves_out_no_route_and_no_role(cells: list[Cell]) -> None:
    walked: dict[tuple[str, str], set[str]] = {}
    for cell in cells:
        walked.setdefault((cell.route.method, cell.route.rule), set()).add(cell.caller)
    for route in ROUTES:
        asked = walked[route.method, route.rule]
        assert asked >= {"anonymous", "contributor", "reviewer", *(route.roles or ())}
    assert set().union(*walked.values()) == set(CALLERS)
    assert len(list(lines_of(cells))) == 1 + len(ROUTES)


@pytest.mark.slow
def test_the_whole_matrix_with_every_role_on_either_side(tmp_path: Path) -> None:
    whole = walk(furnished(tmp_path))
    assert [str(cell) for cell in whole if not cell.is_as_declared] == []
    assert len(whole) > 3_000


def test_nothing_breaks_whoever_asks(cells: list[Cell]) -> None:
    assert [str(cell) for cell in cells if cell.answered.status >= 500] == []


def test_the_api_answers_in_the_declared_shapes_and_codes(cells: list[Cell]) -> None:
    asked = [cell for cell in cells if cell.route.rule.startswith("/api/")]
    given = [cell for cell in asked if cell.answered.status < 400]
    assert len(given) > 20
    assert [str(cell) for cell in given if cell.answered.status not in cell.route.statuses] == []
    faults = {str(cell): cell.route.answer.faults(cell.answered.body) for cell in given if cell.answered.body}
    assert {said: found for said, found in faults.items() if found} == {}
    other = [cell for cell in asked if cell.answered.code not in (None, *cell.route.refusals)]
    assert [str(cell) for cell in other] == []


def test_every_declared_code_is_one_that_is_said_somewhere() -> None:
    said = {code for route in ROUTES for code in route.codes if not code.endswith(".edge")}
    assert [code for code in sorted(said) if not any(f'"{code}"' in text for text in SOURCES)] == []


def test_no_application_starts_with_a_route_that_is_not_declared(tmp_path: Path) -> None:
    app = create_app(WebSettings(data_dir=tmp_path, static_dir=tmp_path))
    app.add_url_rule("/new", "new", lambda: "")
    with pytest.raises(RuntimeError, match="GET /new"):
        require_declared(app)
