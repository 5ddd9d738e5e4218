"""Appeals: what waits for a judge, one of them on one screen, the judgement."""

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.api.ranges import answer_item
from recorder_web.context import current_messages, current_store, now
from recorder_web.forms import whole_number
from recorder_web.security import current_actor
from recorder_web.sentences import finding_sentence
from recorder_web.staff.marks import compared
from speechcorpus.workflows.judges import REASON, appeal_audio, decide_appeal, take_appeal
from speechcorpus.workflows.views.appeals import AppealRow, appeal_is_mine, appeal_list, appeal_view


def appeals() -> str:
    """Show what waits for a judge, the shortest time left first."""
    rows = appeal_list(current_store(), current_actor(), now=now())
    return render_template("staff/appeals.html", rows=rows, say=_say, moment=now())


def take_one_appeal(appeal_id: str) -> AnyResponse:
    """Hold an appeal for 30 minutes and open it."""
    take_appeal(current_store(), current_actor(), appeal_id, now=now())
    return redirect(f"/staff/appeals/{appeal_id}", 303)


def show_appeal(appeal_id: str) -> str:
    """Show an appeal to the one who holds it; to others the way to take it."""
    store, actor = current_store(), current_actor()
    if not appeal_is_mine(store, actor, appeal_id, now=now()):
        return render_template("staff/appeal_take.html", appeal_id=appeal_id)
    view = appeal_view(store, actor, appeal_id, now=now())
    said = view.text.text if view.text else ""
    changes = compared(view.prompt_text, said) if view.prompt_text else ()
    return render_template(
        "staff/appeal.html", view=view, changes=changes, said=said, say=_say, longest=REASON
    )


def judge_appeal(appeal_id: str) -> AnyResponse:
    """Let the refusal stand or overturn it; the reason goes to both sides."""
    decide_appeal(
        current_store(),
        current_actor(),
        appeal_id,
        fence=whole_number(request.form.get("fence", ""), "fence"),
        decision=request.form.get("decision", ""),
        reason=request.form.get("reason", ""),
        now=now(),
    )
    return redirect("/staff/appeals", 303)


def audio_of_appeal(appeal_id: str) -> Response:
    """Send the item audio to the judge who holds the appeal."""
    return answer_item(appeal_audio(current_store(), current_actor(), appeal_id, now=now()))


def _say(row: AppealRow) -> str:
    messages = current_messages()
    if row.finding is None:
        return ""
    return finding_sentence(row.finding, locale=messages.locale, rate_hz=row.rate_hz, messages=messages)
