"""Review: the queue, one item on one screen, the decision."""

from collections import Counter
from decimal import Decimal, InvalidOperation

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.api.ranges import FilePart, answer_audio
from recorder_web.context import current_messages, current_store, now
from recorder_web.security import csrf_token, current_actor
from recorder_web.sentences import finding_sentence
from recorder_web.staff.marks import compared, marked
from recorder_web.verdict_json import finding_json
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.finding import Finding
from speechcorpus.workflows.reviews import decide_review, review_audio, take_review
from speechcorpus.workflows.views.queue import QueueRow, queue_view
from speechcorpus.workflows.views.review import ReviewView, refusal_codes, review_is_mine, review_view

FILTERS = ("severity", "family", "band", "variety")
NOTE_CHARS = 500
SEVERITIES = ("blocks", "fix", "flag", "none")


def queue() -> str:
    """Show what waits for a listener, worst first, then longest waiting."""
    rows = queue_view(current_store(), current_actor(), now=now())
    wanted = {name: set(request.args.getlist(name)) for name in FILTERS}
    shown = [
        row for row in rows if all(not some or getattr(row, name) in some for name, some in wanted.items())
    ]
    counts = {name: Counter(getattr(row, name) for row in rows) for name in FILTERS}
    return render_template(
        "staff/queue.html",
        rows=shown,
        total=len(rows),
        counts=counts,
        wanted=wanted,
        longest=max(rows, key=lambda row: row.waited, default=None),
        severities=SEVERITIES,
        say=lambda row: _say(row.finding, row),
    )


def take(review_id: str) -> AnyResponse:
    """Hold an item for 30 minutes and open it."""
    take_review(current_store(), current_actor(), review_id, now=now())
    return redirect(f"/staff/review/{review_id}", 303)


def inspect(review_id: str) -> str:
    """Show an item to the one who holds it; to others the way to take it."""
    store, actor = current_store(), current_actor()
    if not review_is_mine(store, actor, review_id, now=now()):
        return render_template("staff/take.html", review_id=review_id)
    view = review_view(store, actor, review_id, now=now())
    findings = view.verdict.findings if view.verdict else ()
    said = view.text.text if view.text else ""
    return render_template(
        "staff/review.html",
        view=view,
        findings=findings,
        pieces=marked(said, findings),
        changes=compared(view.prompt_text, said) if view.prompt_text else (),
        say=lambda finding: _say(finding, view),
        data=inspector_data(view),
    )


def inspector_data(view: ReviewView) -> dict[str, object]:
    """Return what the inspector island reads."""
    messages = current_messages()
    findings = view.verdict.findings if view.verdict else ()
    return {
        "csrf": csrf_token(),
        "review": {"id": view.review_id, "fence": view.fence},
        "audio": f"/staff/review/{view.review_id}/audio",
        "rate_hz": view.rate_hz,
        "duration_s": round(view.duration_s, 3),
        "spans": [finding_json(each, rate_hz=view.rate_hz, messages=messages) for each in findings],
        "codes": [code.code for code in view.codes],
    }


def audio(review_id: str) -> Response:
    """Send the item audio of a review to the one who holds it."""
    item = review_audio(current_store(), current_actor(), review_id, now=now())
    samples = FilePart(path=item.path, offset=item.offset, length=item.length)
    return answer_audio([item.header, samples], etag=f"{item.path.name}-{item.offset}-{item.length}")


def decide(review_id: str) -> AnyResponse:
    """Keep the decision; a refusal needs its code and the span it was heard in."""
    store, actor, form = current_store(), current_actor(), request.form
    view = review_view(store, actor, review_id, now=now())
    decision = form.get("decision", "")
    decide_review(
        store,
        actor,
        review_id,
        fence=_whole_number(form.get("fence", "")),
        decision=decision,
        findings=[_marked_finding(view)] if decision == "reject" else [],
        note=form.get("note", "").strip()[:NOTE_CHARS] or None,
        now=now(),
    )
    return redirect("/staff/queue", 303)


def _marked_finding(view: ReviewView) -> Finding:
    code = next((each for each in refusal_codes() if each.code == request.form.get("code")), None)
    if code is None or code.limit is None:
        raise SittingError("review.finding-required", "a refusal needs a code of the list")
    start_s, end_s = _seconds("start_s"), _seconds("end_s")
    if start_s is None or end_s is None or not 0 <= start_s < end_s <= Decimal(view.samples) / view.rate_hz:
        raise SittingError("review.span-required", "a refusal needs a span inside the clip")
    return Finding(
        code=code.code,
        severity=code.severity,
        measured=end_s - start_s,
        comparator=code.comparator,
        limit=code.limit,
        unit=code.unit,
        start_sample=int(start_s * view.rate_hz),
        end_sample=int(end_s * view.rate_hz),
        facts={"x": request.form.get("clause", "")} if code.code == "content.offence" else {},
    )


def _seconds(name: str) -> Decimal | None:
    try:
        value = Decimal(request.form.get(name, ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _whole_number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise SittingError("request.field", "the form lacks its fence", field="fence")
    return int(text)


def _say(finding: Finding | None, shown: QueueRow | ReviewView) -> str:
    messages = current_messages()
    if finding is None:
        return messages.t("queue.sampled")
    return finding_sentence(finding, locale=messages.locale, rate_hz=shown.rate_hz, messages=messages)
