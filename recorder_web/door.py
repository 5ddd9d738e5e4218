"""The door: who may not call a route learns nothing from it, before its form or its path is looked at.

What is declared of a route holds here for its role. Whose object it is, the workflows check.
"""

from flask import Flask, request

from recorder_web.declared import BY_NAME, Route
from recorder_web.security import FORMS, SAFE_METHODS, current_actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.marks import has_stacked_marks
from speechcorpus.record.form import NUL
from speechcorpus.workflows.access import not_found, require_role


def require_declared(app: Flask) -> None:
    """Let no application start with a route of which it is not declared who may call it.

    Raises
    ------
    RuntimeError : naming the routes
    """
    served = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    if undeclared := sorted(served - set(BY_NAME)):
        names = ", ".join(f"{method} {rule}" for method, rule in undeclared)
        raise RuntimeError(f"declare who may call it in recorder_web/declared/: {names}")


def stand_at_the_door() -> None:
    """Refuse whoever is not signed in (401), or has no role that the route is for (404)."""
    route = asked_route()
    if route is None or route.roles is None or comes_by_token():
        return
    require_role(current_actor(), *route.roles)


def refuse_no_text() -> None:
    """Refuse what no text has in an address or a form: U+0000, which PostgreSQL does not keep, and marks
    without end, whose order takes time by the square.

    Raises
    ------
    AccessError : `not-found` in a path
    SittingError : `request.field` in a query or a form
    """
    if NUL in request.path:
        raise not_found("page")
    said = [request.args]
    if request.method not in SAFE_METHODS and request.mimetype in FORMS:
        said.append(request.form)
    for fields in said:
        for name, value in fields.items(multi=True):
            if NUL in name or NUL in value:
                raise SittingError("request.field", "a field holds U+0000", field=name[:80].replace(NUL, ""))
            if has_stacked_marks(name) or has_stacked_marks(value):
                raise SittingError("request.field", "too many marks on one letter", field=name[:80])


def asked_route() -> Route | None:
    """Return what is declared of the route this request goes to; None where it goes nowhere."""
    if request.url_rule is None:
        return None
    method = "GET" if request.method == "HEAD" else request.method
    return BY_NAME.get((method, request.url_rule.rule))


def comes_by_token() -> bool:
    """Say whether the route takes a program's token and there is one; whether it is good, the route looks."""
    route, given = asked_route(), request.authorization
    if route is None or not route.by_token or given is None:
        return False
    return given.type == "bearer" and bool(given.token)
