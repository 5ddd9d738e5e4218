"""The recorder and the transcript editor: pages that stand without their islands and feed them data."""

from decimal import Decimal

from flask import g, redirect, render_template
from werkzeug.wrappers import Response

from recorder_web.context import current_messages, current_settings, current_store, now
from recorder_web.partner_json import partner_json
from recorder_web.security import csrf_token, current_actor
from recorder_web.sound_check_json import calibration_json, device_check_json
from recorder_web.verdict_json import verdict_json
from speechcorpus.domain.terms import BandTerms
from speechcorpus.workflows.skips import REASONS, WORDS_LIMIT
from speechcorpus.workflows.views.home import latest_claim
from speechcorpus.workflows.views.me import contributor_ref
from speechcorpus.workflows.views.recording import (
    EditorView,
    PromptView,
    RecorderView,
    SegmentView,
    editor_view,
    recorder_view,
)

API = "/api/v1"


def record_latest() -> Response:
    """Go to the recorder of the claim last taken; without one, to where tasks are."""
    claim_id = latest_claim(current_store(), current_actor())
    return redirect(f"/record/{claim_id}" if claim_id else "/home")


def transcribe_latest() -> Response:
    """Go to the editor of the claim last taken; without one, to where tasks are."""
    claim_id = latest_claim(current_store(), current_actor())
    return redirect(f"/transcribe/{claim_id}" if claim_id else "/home")


def record(claim_id: str) -> str:
    """Show the recorder of a claim I sit in."""
    view = recorder_view(current_store(), current_actor(), claim_id, now=now())
    return render_template(
        "record.html", view=view, data=recorder_data(view), skip_reasons=REASONS, skip_words=WORDS_LIMIT
    )


def transcribe(claim_id: str) -> str:
    """Show the transcript editor of a claim I sit in."""
    view = editor_view(current_store(), current_actor(), claim_id)
    return render_template("transcribe.html", view=view, data=editor_data(view))


def recorder_data(view: RecorderView) -> dict[str, object]:
    """Return what the recorder island reads."""
    return {
        "api": API,
        "csrf": csrf_token(),
        "locale": g.locale,
        "contributor_ref": view.contributor_ref,
        "claim": {
            "id": view.claim_id,
            "band": view.band.name,
            "variety": view.variety,
            "style": view.style,
            "lease_until": view.lease_until.isoformat(),
            "fence": view.fence,
            "target_s": view.target_s,
            "quota_s": view.quota_s,
        },
        "capture": {
            "rate_hz": view.capture.rate_hz,
            "path": view.capture.path,
            "calibration": view.capture.calibration,
        },
        "bands": [band_json(band) for band in view.bands],
        "limits": {
            "speech_min_dbfs": float(view.speech_min_dbfs),
            "speech_max_dbfs": float(view.speech_max_dbfs),
        },
        "calibrations": [calibration_json(each) for each in view.calibrations],
        "device_checks": [device_check_json(each) for each in view.device_checks],
        "partner": partner_json(view.partner),
        "call": _call(view),
        "prompts": [_prompt(prompt) for prompt in view.prompts],
        "urls": {"transcribe": f"/transcribe/{view.claim_id}", "home": "/home", "work": "/work"},
    }


def _call(view: RecorderView) -> dict[str, object] | None:
    if view.call is None:
        return None
    return {"api": f"{API}/claims/{view.claim_id}/call", "seat": view.call.seat, "other": view.call.other}


def band_json(band: BandTerms) -> dict[str, object]:
    """Return a band as islands read it."""
    return {"name": band.name, "low": _number(band.low), "high": _number(band.high)}


def _number(edge: Decimal | None) -> float | None:
    return None if edge is None else float(edge)


def _prompt(prompt: PromptView) -> dict[str, object]:
    taken = {"take": prompt.take_id, "segment": prompt.segment_id} if prompt.take_id else None
    return {
        "id": prompt.prompt_id,
        "text": prompt.text,
        "reading": prompt.reading,
        "target_s": prompt.target_s,
        "skip": prompt.skip,
        "take": taken,
        "takes": [{"take": each.take_id, "seconds": round(each.seconds, 3)} for each in prompt.takes],
    }


def editor_data(view: EditorView) -> dict[str, object]:
    """Return what the transcript island reads."""
    return {
        "api": API,
        "csrf": csrf_token(),
        "locale": g.locale,
        "contributor_ref": contributor_ref(current_store(), current_actor()),
        "claim": {
            "id": view.claim_id,
            "marks": view.marks,
            "fence": view.fence,
            "variety": view.variety,
            "style": view.style,
        },
        "drafts": current_settings().recogniser is not None,
        "segments": [_segment(segment) for segment in view.segments],
        "urls": {"record": f"/record/{view.claim_id}", "work": f"/work?claim={view.claim_id}"},
    }


def _segment(segment: SegmentView) -> dict[str, object]:
    return {
        "id": segment.segment_id,
        "position": segment.position,
        "prompt_text": segment.prompt_text,
        "text": segment.text.text if segment.text else "",
        "revision": segment.text.revision if segment.text else 0,
        "audio": f"{API}/segments/{segment.segment_id}/audio",
        "take": segment.take_id,
        "start_sample": segment.start_sample,
        "rate_hz": segment.rate_hz,
        "version": segment.version,
        "duration_s": round(segment.duration_s, 3),
        "verdict": verdict_json(segment.verdict, rate_hz=segment.rate_hz, messages=current_messages()),
    }
