"""Listening to auditions: what waits, one of them, the opinion by ticks and by texts."""

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.api.ranges import answer_item
from recorder_web.context import current_messages, current_store, now
from recorder_web.forms import whole_number
from recorder_web.security import current_actor
from recorder_web.sentences import finding_sentence
from speechcorpus.domain.finding import Finding
from speechcorpus.workflows.audition_reviews import (
    AuditionOpinion,
    audition_audio,
    decide_audition,
    take_audition,
)
from speechcorpus.workflows.reviewer_gold import reviewer_standings
from speechcorpus.workflows.views.audition_queue import (
    audition_hearing,
    audition_list,
    hearing_is_mine,
)

LONGEST_TEXT = 2000
TEXT = "text."  # before the id of the sentence


def waiting_auditions() -> str:
    """Show which auditions wait for a listener, and in which varieties this reviewer may listen."""
    store, actor = current_store(), current_actor()
    rows, ears = audition_list(store, actor, now=now()), reviewer_standings(store, actor)
    return render_template("staff/auditions.html", rows=rows, ears=ears)


def take_an_audition(review_id: str) -> AnyResponse:
    """Hold an audition for an hour and open it."""
    take_audition(current_store(), current_actor(), review_id, now=now())
    return redirect(f"/staff/auditions/{review_id}", 303)


def hear_audition(review_id: str) -> str:
    """Show an audition to the one who holds it; to others the way to take it."""
    store, actor = current_store(), current_actor()
    if not hearing_is_mine(store, actor, review_id, now=now()):
        return render_template("staff/audition_take.html", review_id=review_id)
    view = audition_hearing(store, actor, review_id, now=now())
    return render_template("staff/audition.html", view=view, say=_say)


def piece_audio(review_id: str, segment_id: str) -> Response:
    """Send one piece of an audition to the one who holds it."""
    return answer_item(audition_audio(current_store(), current_actor(), review_id, segment_id, now=now()))


def decide_on_audition(review_id: str) -> AnyResponse:
    """Keep the opinion."""
    form = request.form
    opinion = AuditionOpinion(
        other_variety=frozenset(form.getlist("other")),
        confirms_held="held" in form,
        texts={
            key.removeprefix(TEXT): text.strip()[:LONGEST_TEXT]
            for key, text in form.items()
            if key.startswith(TEXT)
        },
    )
    decide_audition(
        current_store(),
        current_actor(),
        review_id,
        fence=whole_number(form.get("fence", ""), "fence"),
        opinion=opinion,
        now=now(),
    )
    return redirect("/staff/auditions", 303)


def _say(finding: Finding, rate_hz: int) -> str:
    messages = current_messages()
    return finding_sentence(finding, locale=messages.locale, rate_hz=rate_hz, messages=messages)
