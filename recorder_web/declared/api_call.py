"""How a route of the API is declared: for contributors alone, at their pace."""

from typing import Final

from recorder_web.declared.route import CONTRIBUTOR, Method, Route, Whose
from recorder_web.declared.shapes import ANY, BYTES, Shape

PACE: Final = ("quota.rate",)
JSON_CODES: Final = (
    "request.json",
    "request.wrong-type",
    "request.field",
    "request.too-large",
    "canonical.float",
    "canonical.duplicate-key",
    "canonical.type",
)
CONSENT: Final = ("consent.missing", "consent.withdrawn")


def call(
    method: Method,
    rule: str,
    thing: str | None = None,
    whose: Whose = "own",
    *,
    body: Shape | None = None,
    answer: Shape = ANY,
    statuses: tuple[int, ...] = (200,),
    codes: tuple[str, ...] = (),
) -> Route:
    """Return a route under `/api/v1` that a contributor calls; what every one is refused with is in it."""
    said = JSON_CODES if body is not None and body is not BYTES else ()
    return Route(
        method=method,
        rule=f"/api/v1{rule}",
        roles=CONTRIBUTOR,
        thing=thing,
        whose=whose,
        body=body,
        answer=answer,
        statuses=statuses,
        codes=(*PACE, *said, *codes),
    )
