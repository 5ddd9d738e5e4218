"""Standing up for one's work: a finding is contested before hand-in, a refusal appealed after it."""

from flask import redirect, request
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.appeals import open_appeal
from speechcorpus.workflows.contests import contest
from speechcorpus.workflows.views.work import claim_of_item


def contest_finding(segment_id: str) -> Response:
    """Say that a finding which holds an item is wrong: two people will listen."""
    form = request.form
    code, words = form.get("code", ""), form.get("words", "")
    contest(current_store(), current_actor(), segment_id, code, words, now=now())
    return _back(segment_id)


def appeal_refusal(segment_id: str) -> Response:
    """Put a refused line before somebody who has not touched the item."""
    form = request.form
    line, words = form.get("line", ""), form.get("words", "")
    open_appeal(current_store(), current_actor(), segment_id, line, words, now=now())
    return _back(segment_id)


def _back(segment_id: str) -> Response:
    claim_id = claim_of_item(current_store(), current_actor(), segment_id)
    return redirect(f"/work?claim={claim_id}&show=all", 303)
