"""My work: every clip with its state, reasons and ways forward, what it pays, and handing in."""

from collections.abc import Sequence

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from recorder_web.context import current_messages, current_store, now
from recorder_web.forms import whole_number
from recorder_web.pages import ZONE
from recorder_web.security import current_actor
from recorder_web.sentences import finding_sentence
from speechcorpus.domain.finding import Finding
from speechcorpus.workflows.submission import submit_claim
from speechcorpus.workflows.views.claim_clips import TO_DO, ClipState, ClipView
from speechcorpus.workflows.views.earnings import earnings_view
from speechcorpus.workflows.views.rights import rights_view
from speechcorpus.workflows.views.work import WorkView, work_view

TABS: dict[str, tuple[ClipState, ...]] = {
    "todo": TO_DO,
    "ready": ("ready",),
    "review": ("measuring", "in-review"),
    "passed": ("accepted",),
    "missing": ("not-recorded",),
    "all": (),
}
CLIPS = 50  # a page


def work() -> str:
    """Show one claim in full: what is held and why, what passed, what handing in would mean, what it pays."""
    store, actor = current_store(), current_actor()
    view = work_view(store, actor, request.args.get("claim"))
    earnings = earnings_view(store, actor, zone=ZONE)
    if view is None:
        return render_template("work_empty.html", earnings=earnings)
    counts = {tab: len(_in_tab(view, tab)) for tab in TABS}
    shown = request.args.get("show", next((tab for tab, count in counts.items() if count), "all"))
    page, pages, clips = page_of(_in_tab(view, shown))
    rights = rights_view(store, actor, [clip.segment_id for clip in clips if clip.segment_id], now=now())
    return render_template(
        "work.html",
        view=view,
        counts=counts,
        shown=shown,
        clips=clips,
        page=page,
        pages=pages,
        rights=rights,
        earnings=earnings,
        sentence=sentence,
        way=way,
        kinds_of=kinds_of,
    )


def _in_tab(view: WorkView, tab: str) -> Sequence[ClipView]:
    states = TABS.get(tab, ())
    appealable = [clip.segment_id for clip in view.clips if clip.appeal_until and clip.appeal_until > now()]
    return [
        clip
        for clip in view.clips
        if not states
        or clip.state in states
        or (tab == "todo" and clip.segment_id in appealable)
        or (tab == "review" and clip.appealed)
    ]


def page_of(clips: Sequence[ClipView]) -> tuple[int, int, Sequence[ClipView]]:
    """Return the page asked for (the last one there is), how many there are, and what is on it."""
    pages = max(1, -(-len(clips) // CLIPS))
    page = min(max(1, asked_page()), pages)
    return page, pages, clips[(page - 1) * CLIPS : page * CLIPS]


def asked_page() -> int:
    """Return the number of the page that this request asks for, 1 without one."""
    return whole_number(request.args.get("page", "1"), "page")


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


def kinds_of(clip: ClipView) -> Sequence[str]:
    """Return the pages that mend what holds a clip, the microphone first.

    Both where a listener asks; unless a finding is about the sound, a text comes first: writing it anew keeps
    what was spoken.
    """
    findings = (*(clip.verdict.findings if clip.verdict else ()), *_asked(clip))
    holding = {way(finding) for finding in findings if finding.severity != "flag"}
    if not clip.sent_back:
        return sorted(holding) or ("record",)
    return ("transcribe", "record") if clip.text and "record" not in holding else ("record", "transcribe")


def _asked(clip: ClipView) -> Sequence[Finding]:
    return clip.sent_back.findings if clip.sent_back else ()
