"""Gold items: a manager says what the right decision about a decided item is."""

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.api.ranges import answer_item
from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.gold import mark_gold_item
from speechcorpus.workflows.views.gold import MARKABLE, gold_audio, gold_view


def gold_items() -> str:
    """Show what was decided about items that people heard, and which of them are gold."""
    view = gold_view(current_store(), current_actor(), request.args.get("project"))
    return render_template("staff/gold.html", view=view, codes=MARKABLE)


def mark(segment_id: str) -> AnyResponse:
    """Keep what the right decision is; `accept`, `fix CODE` or `reject CODE`."""
    decision, _, code = request.form.get("right", "").partition(" ")
    actor = current_actor()
    mark_gold_item(current_store(), actor, segment_id, decision=decision, code=code or None, now=now())
    return redirect(f"/staff/gold#{segment_id}", 303)


def audio_of_gold(segment_id: str) -> Response:
    """Send the sound of a decided item to a manager of its project."""
    return answer_item(gold_audio(current_store(), current_actor(), segment_id))
