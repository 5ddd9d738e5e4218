"""Routes of releases: the portal of ML teams, and the making of versions."""

from recorder_web.declared.route import STAFF, Method, Route, Whose
from speechcorpus.domain.actor import Role


def _page(
    method: Method, rule: str, thing: str | None = None, whose: Whose = "others-too", *, by: frozenset[Role]
) -> Route:
    return Route(method=method, rule=rule, roles=by, thing=thing, whose=whose)


def _file(rule: str, thing: str | None) -> Route:
    """Declare what a program downloads, by its token or by a sign-in."""
    return Route(method="GET", rule=rule, roles=READERS, thing=thing, whose="others-too", by_token=True)


READERS: frozenset[Role] = frozenset({"ml", "manager", "operator"})
MAKERS: frozenset[Role] = frozenset({"manager", "operator"})
VERSION = "/releases/<corpus>/<version>"

ROUTES = (
    _page("GET", "/releases/", by=STAFF),
    _file("/releases/index.json", None),
    _file("/releases/<corpus>/withdrawals.jsonl", "corpus"),
    _file("/releases/<corpus>/withdrawals.jsonl.sig", "corpus"),
    _page("GET", f"{VERSION}/", "version", by=STAFF),
    _file(f"{VERSION}/index.json", "version"),
    _page("GET", f"{VERSION}/samples", "version", by=STAFF),
    _file(f"{VERSION}/files/<path:path>", "version"),
    _file(f"{VERSION}/bundles/<name>.tar", "version"),
    _file(f"{VERSION}/deltas/<old>.tar", "version"),
    _page("POST", f"{VERSION}/tokens", "version", by=READERS),
    _page("POST", f"{VERSION}/tokens/<token_id>/revoke", "token", "own", by=READERS),
    _page("GET", "/staff/releases", by=MAKERS),
    Route(
        method="POST",
        rule="/staff/releases/plan",
        roles=MAKERS,
        thing="project",
        whose="project",
        field="project",
    ),
    _page("POST", "/staff/releases/<release_id>/build", "release", "project", by=MAKERS),
    _page("POST", "/staff/releases/<release_id>/approve", "release", "project", by=MAKERS),
)
