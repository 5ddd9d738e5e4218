"""Writing down a second time: what waits, one segment with its sound, handing the text in."""

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.api.ranges import answer_item
from recorder_web.context import current_store, now
from recorder_web.forms import whole_number
from recorder_web.security import current_actor
from speechcorpus.workflows.second_transcripts import second_audio, take_second, write_second
from speechcorpus.workflows.views.second import second_is_mine, second_list, second_view


def seconds() -> str:
    """Show what waits for a second text, and what these texts have earned."""
    view = second_list(current_store(), current_actor(), now=now())
    return render_template("second.html", view=view)


def take_second_text(second_id: str) -> AnyResponse:
    """Hold a segment for an hour and open it."""
    take_second(current_store(), current_actor(), second_id, now=now())
    return redirect(f"/second/{second_id}", 303)


def write_second_text(second_id: str) -> str:
    """Show a segment to the one who holds it; to others the way to take it."""
    store, actor = current_store(), current_actor()
    if not second_is_mine(store, actor, second_id, now=now()):
        return render_template("second_take.html", second_id=second_id)
    return render_template("second_write.html", view=second_view(store, actor, second_id, now=now()))


def hand_in_second_text(second_id: str) -> AnyResponse:
    """Hand the text in; with errors it is kept and shown again."""
    written = write_second(
        current_store(),
        current_actor(),
        second_id,
        fence=whole_number(request.form.get("fence", ""), "fence"),
        text=request.form.get("text", "").strip(),
        now=now(),
    )
    return redirect("/second" if written.done else f"/second/{second_id}", 303)


def second_text_audio(second_id: str) -> Response:
    """Send the sound of a segment to the one who holds it."""
    return answer_item(second_audio(current_store(), current_actor(), second_id, now=now()))
