"""The audit log: narrowed, page by page, and the chain walked on request."""

import json
import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import render_template, request

from recorder_web.context import current_store
from recorder_web.pages import ZONE
from recorder_web.security import current_actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.workflows.views.audit import ACTORS, ChainResult, Narrowed, audit_view, check_chain

LONGEST = 80
SHOWN = 90  # characters of one detail
LONG_ID = re.compile(r"\b([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b([0-9a-f]{12})[0-9a-f]{52}\b")
FIELDS = ("object", "actor", "action", "since", "until")


def log() -> str:
    """Show a page of the log."""
    return _page(None)


def verify() -> str:
    """Walk the whole chain and show what was found above the newest page."""
    return _page(check_chain(current_store(), current_actor()))


def _page(chain: ChainResult | None) -> str:
    asked = request.args if chain is None else {}
    narrowed = Narrowed(
        object=str(asked.get("object", "")).strip()[:LONGEST],
        actor=str(asked.get("actor", "")) if asked.get("actor") in ACTORS else "",
        action=str(asked.get("action", "")).strip()[:LONGEST],
        since=_day(str(asked.get("since", ""))),
        until=_day(str(asked.get("until", "")), after=1),
    )
    before = str(asked.get("before", ""))
    view = audit_view(
        current_store(),
        current_actor(),
        narrowed=narrowed,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )
    kept = [(name, said) for name, said in asked.items() if name in FIELDS and said]
    return render_template(
        "staff/audit.html",
        view=view,
        chain=chain,
        actors=ACTORS,
        asked=asked,
        before=before,
        newest=urlencode(kept),
        short=short,
        said=lambda value: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
        older=urlencode([*kept, ("before", view.older)]),
    )


def _day(said: str, *, after: int = 0) -> datetime | None:
    """Return the beginning of a day as people here count it, or of one some days after."""
    if not said:
        return None
    try:
        day = datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=ZONE)
    except ValueError as error:
        raise SittingError("request.field", f"{said!r} is no day", field="since") from error
    return day + timedelta(days=after)


def short(said: str) -> str:
    """Return a text with its long ids and hashes cut, so that rows can be read; the log keeps them whole.

    Examples
    --------
    >>> short("claim:0f8fad5b-d9cb-469f-a165-70867728950e"), short("project:taigi-noise")
    ('claim:0f8fad5b', 'project:taigi-noise')
    """
    cut = LONG_ID.sub(lambda found: found[1] or found[2], said)
    return cut if len(cut) <= SHOWN else f"{cut[:SHOWN]}…"
