"""My work: every clip with its state and reasons, and handing in."""

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_messages, current_store, now
from recorder_web.security import current_actor
from recorder_web.sentences import finding_sentence
from speechcorpus.domain.finding import Finding
from speechcorpus.workflows.submission import submit_claim
from speechcorpus.workflows.views.work import TO_DO, ClipState, work_view

TABS: dict[str, tuple[ClipState, ...]] = {
    "todo": TO_DO,
    "ready": ("ready",),
    "review": ("measuring", "in-review"),
    "passed": ("accepted",),
    "missing": ("not-recorded",),
    "all": (),
}


def work() -> str:
    """Show one claim in full: what is held and why, what passed, what handing in would mean."""
    view = work_view(current_store(), current_actor(), request.args.get("claim"))
    if view is None:
        return render_template("work_empty.html")
    counts = {tab: view.counted(*states) if states else len(view.clips) for tab, states in TABS.items()}
    first = next((tab for tab, count in counts.items() if count), "all")
    shown = request.args.get("show", first)
    states = TABS.get(shown, ())
    clips = [clip for clip in view.clips if not states or clip.state in states]
    return render_template(
        "work.html", view=view, counts=counts, shown=shown, clips=clips, sentence=sentence, way=way
    )


def submit(claim_id: str) -> Response:
    """Hand in what is ready; what is held stays with the contributor."""
    submit_claim(current_store(), current_actor(), claim_id, now=now())
    return redirect(f"/work?claim={claim_id}&show=all", 303)


def sentence(finding: Finding, rate_hz: int) -> str:
    """Return what a finding says in the language of this request."""
    messages = current_messages()
    return finding_sentence(finding, locale=messages.locale, rate_hz=rate_hz, messages=messages)


def way(finding: Finding) -> str:
    """Return which page mends a finding: the text in the editor, all else at the microphone."""
    return "transcribe" if finding.row.family == "transcript" else "record"
