"""Review: one item on one screen, the decision."""

from collections.abc import Sequence

from flask import Response, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.api.ranges import answer_item
from recorder_web.context import current_messages, current_store, now
from recorder_web.security import current_actor
from recorder_web.sentences import finding_sentence
from recorder_web.staff.inspector import inspector_data
from recorder_web.staff.marks import compared, marked
from speechcorpus.domain.finding import Finding
from speechcorpus.workflows.duplicate_audio import other_audio
from speechcorpus.workflows.reviews import review_audio, take_review
from speechcorpus.workflows.views.inspector import inspector_view
from speechcorpus.workflows.views.queue import QueueRow
from speechcorpus.workflows.views.review import ReviewView

RAIL = 12  # items beside the one in hand


def take(review_id: str) -> AnyResponse:
    """Hold an item for 30 minutes and open it."""
    take_review(current_store(), current_actor(), review_id, now=now())
    return redirect(f"/staff/review/{review_id}", 303)


def inspect(review_id: str) -> str:
    """Show an item to the one who holds it; to others the way to take it."""
    shown = inspector_view(current_store(), current_actor(), review_id, now=now(), most=RAIL)
    if shown is None:
        return render_template("staff/take.html", review_id=review_id)
    view, seen = shown.review, shown.seen
    findings = view.verdict.findings if view.verdict else ()
    said = view.text.text if view.text else ""
    return render_template(
        "staff/review.html",
        view=view,
        findings=findings,
        wordings=[(n, each) for n, each in enumerate(findings, 1) if each.char_start is not None],
        pieces=marked(said, findings),
        changes=compared(view.prompt_text, said) if view.prompt_text else (),
        say=lambda finding: _say(finding, view),
        scale=seen.scale,
        beside=seen.beside,
        queue=_beside(shown.queue, review_id),
        data=inspector_data(view, seen),
    )


def _beside(rows: Sequence[QueueRow], review_id: str) -> list[QueueRow]:
    """The item in hand first, then what comes next."""
    return sorted(rows, key=lambda row: row.review_id != review_id)


def audio(review_id: str) -> Response:
    """Send the item audio of a review to the one who holds it."""
    return answer_item(review_audio(current_store(), current_actor(), review_id, now=now()))


def audio_of_other(review_id: str) -> Response:
    """Send the audio that the reviewed item is said to be a copy of to the one who holds the review."""
    return answer_item(other_audio(current_store(), current_actor(), review_id, now=now()))


def _say(finding: Finding | None, shown: QueueRow | ReviewView) -> str:
    messages = current_messages()
    if finding is None:
        return messages.t("queue.sampled")
    return finding_sentence(finding, locale=messages.locale, rate_hz=shown.rate_hz, messages=messages)
