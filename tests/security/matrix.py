"""The matrix of access: every route, asked by every role, for what is its own, somebody else's and unknown.

`python -m tests.security.matrix` furnishes a town, walks the matrix and prints it, a line a route.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from recorder_web.declared import ROUTES, Route
from speechcorpus.store.catalogue import Catalogue
from tests.recorder_web.house import Browser
from tests.recorder_web.released import release_twice
from tests.security.asking import Answered, Named, ask
from tests.security.town import STAFF, Town, build_town

Caller = Literal["anonymous", "contributor", "reviewer", "manager", "payer", "ml", "operator"]
Expected = Literal["in", "sign in", "not found", "refused"]
CALLERS: tuple[Caller, ...] = ("anonymous", "contributor", *STAFF)  # type: ignore[assignment]
ANYBODY: tuple[Caller, ...] = ("anonymous", "contributor", "reviewer")
NAMED: tuple[Named, ...] = ("own", "other's", "unknown")
LAST = (
    "/end",
    "/remove",
    "/return",
    "/submit",
    "/withdraw",
    "/pause",
    "/sessions",
    "/sign-out",
)  # after these a person is elsewhere
OTHER_SITE = {"Sec-Fetch-Site": "cross-site"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One route, one caller, one answer."""

    route: Route
    caller: Caller
    named: Named | None  # None where the route names nothing
    expected: Expected
    answered: Answered

    @property
    def is_as_declared(self) -> bool:
        """Whether the answer is what the declaration promises."""
        status, code = self.answered.status, self.answered.code
        if self.expected == "sign in":
            return (status, code) == (401, "auth.expired")
        if self.expected == "not found":
            return status == 404 and code in ("not-found", *self.route.codes)
        if self.expected == "refused":  # held by another: it is there, and nothing of it is given or changed
            return (status, code) == (404, "not-found") or status == 409
        if code == "not-found":  # there need not be one, also for whoever may have it
            return self.named in (None, "own") and code in self.route.codes
        return status < 500 and status not in (401, 405) and code != "auth.csrf"

    def __str__(self) -> str:
        named = f" ({self.named})" if self.named else ""
        answered = f"{self.answered.status} {self.answered.code or ''}"
        return f"{self.route.method} {self.route.rule}: {self.caller}{named}: {self.expected}: {answered}"


def expected_of(route: Route, caller: Caller, named: Named | None) -> Expected:
    """Return what the declaration promises to a caller.

    >>> from recorder_web.declared import BY_NAME
    >>> expected_of(BY_NAME["GET", "/home"], "anonymous", None)
    'sign in'
    """
    if route.roles is None:
        return "not found" if named == "unknown" else "in"
    if caller == "anonymous" or not _is_of_side(route, caller):
        return "sign in"
    if caller not in route.roles:
        return "not found"
    return _inside(route, caller, named)


def _is_of_side(route: Route, caller: Caller) -> bool:
    side = "contributor" if caller == "contributor" else "staff"
    return caller == "anonymous" or side == route.side


def _inside(route: Route, caller: Caller, named: Named | None) -> Expected:
    if named in (None, "own"):
        return "in"
    if named == "unknown":
        return "in" if route.whose == "new" else "not found"
    if route.whose in ("others-too", "offered") or (route.whose == "project" and caller != "manager"):
        return "in"
    return "refused" if route.whose in ("held", "new") else "not found"


def walk(town: Town, *, whole: bool = True) -> list[Cell]:
    """Ask everything; what is not let in first, what changes something last.

    Not whole, whoever has no business with a route asks it once, and of the other side one person asks.
    """
    cells = [
        (route, caller, named, expected_of(route, caller, named))
        for route in ROUTES
        for caller in CALLERS
        if whole or _is_of_side(route, caller) or caller in ANYBODY
        for named in (NAMED if route.thing else (None,))
        if whole or named in (None, "own") or caller in (route.roles or ("anonymous",))
    ]
    changing = [cell for cell in cells if cell[3] == "in" and cell[0].is_unsafe]
    reading = [cell for cell in cells if cell not in changing]
    order = sorted(changing, key=lambda cell: _turn(cell[0]))
    return [_cell(town, *cell) for cell in (*reading, *order)]


def _turn(route: Route) -> int:
    return next((turn for turn, word in enumerate(LAST, 1) if word in route.rule), 0)


def _cell(town: Town, route: Route, caller: Caller, named: Named | None, expected: Expected) -> Cell:
    browser = browser_of(town, route, caller, named)
    town.house.app.extensions.pop("speechcorpus.pace", None)  # not what is tried here
    answered = ask(town, route, browser, named or "own", headers={}, csrf=True)
    return Cell(route=route, caller=caller, named=named, expected=expected, answered=answered)


def browser_of(town: Town, route: Route, caller: Caller, named: Named | None) -> Browser | None:
    """Return who asks: for what is somebody else's a stranger of the same role."""
    if caller == "anonymous":
        return None
    if caller == "contributor":
        return town.owners["stranger"] if named == "other's" else town.owner(route.thing)
    return (town.strangers if named == "other's" else town.staff)[caller]


def forged(town: Town) -> Iterator[tuple[Route, str, Answered]]:
    """Send every changing request as another site would, and without its token."""
    for route in ROUTES:
        if not route.is_unsafe:
            continue
        caller: Caller = next(iter(sorted(route.roles or {route.side}))) if route.roles else _any(route)
        browser = browser_of(town, route, caller, "own")
        yield route, "other site", ask(town, route, browser, "own", headers=OTHER_SITE, csrf=True)
        yield route, "anonymous, other site", ask(town, route, None, "own", headers=OTHER_SITE, csrf=False)
        if not route.tokenless:
            yield route, "no token", ask(town, route, browser, "own", headers={}, csrf=False)


def _any(route: Route) -> Caller:
    return "contributor" if route.side == "contributor" else "reviewer"


def lines_of(cells: Sequence[Cell]) -> Iterator[str]:
    """Return the table: a line a route, a column a caller; own, other's, unknown one after the other."""
    yield f"{'route':<76}" + "".join(f"{caller:<19}" for caller in CALLERS)
    for route in ROUTES:
        columns = [" ".join(_short(cell) for cell in _of(cells, route, caller)) for caller in CALLERS]
        yield f"{route.method + ' ' + route.rule:<76}" + "".join(f"{column:<19}" for column in columns)


def _of(cells: Sequence[Cell], route: Route, caller: Caller) -> list[Cell]:
    found = [cell for cell in cells if cell.route is route and cell.caller == caller]
    return sorted(found, key=lambda cell: NAMED.index(cell.named or "own"))


def _short(cell: Cell) -> str:
    return f"{cell.answered.status}{'' if cell.is_as_declared else '!'}"


def main() -> None:
    """Furnish, walk, print."""
    with tempfile.TemporaryDirectory() as folder:
        town = furnished(Path(folder))
        cells = walk(town)
        for line in lines_of(cells):
            print(line.rstrip())  # noqa: T201
        wrong = [cell for cell in cells if not cell.is_as_declared]
        print(f"\n{len(ROUTES)} routes, {len(cells)} requests, {len(wrong)} not as declared")  # noqa: T201
        for cell in wrong:
            print(f"  {cell}")  # noqa: T201
        raise SystemExit(bool(wrong))


def furnished(folder: Path) -> Town:
    """Build a town from nothing."""
    template = folder / "template.sqlite"
    catalogue = Catalogue(f"sqlite:///{template}")
    catalogue.migrate()
    catalogue.close()
    released = release_twice(template, folder / "released", datetime(2026, 3, 2, 8, 30, tzinfo=UTC))
    return build_town(released, folder / "town")


if __name__ == "__main__":
    main()
