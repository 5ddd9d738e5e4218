"""Every route, declared once: who may call it, whose object it is, what it is refused with, what it reads.

The tests of access walk this table over every role, the OpenAPI document and `docs/api.md` are written from
it, and nobody gets past the door without a role of it. A route that is not in it fails the tests.
"""

from collections.abc import Mapping

from recorder_web.declared import api, contributor, everybody, portal, staff
from recorder_web.declared.route import Method, Route, Whose, path_of

ROUTES: tuple[Route, ...] = (
    *everybody.ROUTES,
    *contributor.ROUTES,
    *api.ROUTES,
    *staff.ROUTES,
    *portal.ROUTES,
)
BY_NAME: Mapping[tuple[str, str], Route] = {(str(each.method), each.rule): each for each in ROUTES}

__all__ = ["BY_NAME", "ROUTES", "Method", "Route", "Whose", "path_of"]
