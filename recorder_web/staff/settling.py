"""Settling two texts that differ."""

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.api.ranges import answer_item
from recorder_web.context import current_store, now
from recorder_web.forms import whole_number
from recorder_web.security import current_actor
from recorder_web.staff.marks import compared
from speechcorpus.workflows.second_settling import settle, settlement_audio, take_settlement
from speechcorpus.workflows.views.settlement import settlement_is_mine, settlement_list, settlement_view


def settlements() -> str:
    """Show which texts wait for a third person."""
    return render_template(
        "staff/settlements.html", rows=settlement_list(current_store(), current_actor(), now=now())
    )


def take_texts(settlement_id: str) -> AnyResponse:
    """Hold two texts for 30 minutes and open them."""
    take_settlement(current_store(), current_actor(), settlement_id, now=now())
    return redirect(f"/staff/settle/{settlement_id}", 303)


def show_texts(settlement_id: str) -> str:
    """Show two texts to the one who holds them; to others the way to take them."""
    store, actor = current_store(), current_actor()
    if not settlement_is_mine(store, actor, settlement_id, now=now()):
        return render_template("staff/settlement_take.html", settlement_id=settlement_id)
    view = settlement_view(store, actor, settlement_id, now=now())
    return render_template("staff/settlement.html", view=view, changes=compared(view.left, view.right))


def settle_texts(settlement_id: str) -> AnyResponse:
    """Keep the settled text; with errors it is kept as a draft and shown again."""
    settled = settle(
        current_store(),
        current_actor(),
        settlement_id,
        fence=whole_number(request.form.get("fence", ""), "fence"),
        side=request.form.get("side", ""),
        own=request.form.get("own", "").strip(),
        now=now(),
    )
    return redirect("/staff/settle" if settled.done else f"/staff/settle/{settlement_id}", 303)


def texts_audio(settlement_id: str) -> Response:
    """Send the sound of the segment to the one who settles it."""
    return answer_item(settlement_audio(current_store(), current_actor(), settlement_id, now=now()))
