"""The decision about one item, as a form says it; the same form sent twice is one decision."""

from decimal import Decimal, InvalidOperation
from typing import Final

from flask import redirect, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.forms import whole_number
from recorder_web.security import current_actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import CODES, FindingCode
from speechcorpus.workflows.reviews import decide_review
from speechcorpus.workflows.views.review import Judged, judged_item

NOTE_CHARS: Final = 500
TEXT_CHARS: Final = 2000
PERSONAL_DATA: Final = "content.personal-data"


def decide(review_id: str) -> Response:
    """Keep the decision; a refusal needs its code and its evidence: a span, a text of one's own, a meter."""
    store, actor, form = current_store(), current_actor(), request.form
    decision = form.get("decision", "")
    judged = judged_item(store, actor, review_id)
    decide_review(
        store,
        actor,
        review_id,
        fence=whole_number(form.get("fence", ""), "fence"),
        decision=decision,
        findings=_findings(judged, decision),
        note=form.get("note", "").strip()[:NOTE_CHARS] or None,
        own_text=form.get("own_text", "").strip()[:TEXT_CHARS] or None,
        now=now(),
    )
    return redirect("/staff/queue", 303)


def _findings(judged: Judged, decision: str) -> tuple[Finding, ...]:
    said = request.form.get("code", "")
    if decision == "reject":
        code = next((each for each in judged.codes if each.code == said), None)
        if code is None:
            raise SittingError("review.finding-required", "a refusal needs a code of the list")
        return (_finding(judged, code),)
    if decision == "accept" and said == PERSONAL_DATA:
        return (_finding(judged, CODES[PERSONAL_DATA]),)
    return ()


def _finding(judged: Judged, code: FindingCode) -> Finding:
    """Return what was marked; its number is measured by us and not taken from the form."""
    start, end = _span(judged) if code.field == "agreed_s" else (None, None)
    return Finding(
        code=code.code,
        severity=code.severity,
        measured=Decimal(0),
        comparator=code.comparator,
        limit=code.limit or Decimal(0),
        unit=code.unit,
        start_sample=start,
        end_sample=end,
        facts={"x": request.form.get("clause", "")} if code.code == "content.offence" else {},
    )


def _span(judged: Judged) -> tuple[int, int]:
    start_s, end_s = _seconds("start_s"), _seconds("end_s")
    length_s = Decimal(judged.samples) / judged.rate_hz
    if start_s is None or end_s is None or not 0 <= start_s < end_s <= length_s:
        raise SittingError("review.span-required", "a refusal needs a span inside the clip")
    return int(start_s * judged.rate_hz), int(end_s * judged.rate_hz)


def _seconds(name: str) -> Decimal | None:
    try:
        value = Decimal(request.form.get(name, ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
