"""The sound check: microphone, room, voice and calibration, before any work is done with them."""

from decimal import Decimal

from flask import g, redirect, render_template
from werkzeug.wrappers import Response

from recorder_web.context import current_store, now
from recorder_web.contributor.recording import API, band_json
from recorder_web.security import csrf_token, current_actor
from recorder_web.sound_check_json import calibration_json, device_check_json
from speechcorpus.workflows.views.checking import CheckView, WorkView, check_view
from speechcorpus.workflows.views.home import latest_claim


def check_latest() -> str | Response:
    """Go to the sound check of the claim last taken; without one, measure for nobody."""
    claim_id = latest_claim(current_store(), current_actor())
    return redirect(f"/check/{claim_id}") if claim_id else _page(None)


def check(claim_id: str) -> str:
    """Show the sound check for one of my claims."""
    return _page(claim_id)


def _page(claim_id: str | None) -> str:
    view = check_view(current_store(), current_actor(), claim_id, now=now())
    return render_template("check.html", view=view, data=check_data(view))


def check_data(view: CheckView) -> dict[str, object]:
    """Return what the sound-check island reads."""
    work = view.work
    return {
        "api": API,
        "csrf": csrf_token(),
        "locale": g.locale,
        "contributor_ref": view.contributor_ref,
        "claim": _claim(work) if work is not None else None,
        "line": work.line if work is not None else None,
        "capture": _capture(work) if work is not None else None,
        "bands": [band_json(band) for band in work.bands] if work is not None else [],
        "limits": _limits(view),
        "calibrations": [calibration_json(each) for each in view.calibrations],
        "device_checks": [device_check_json(each) for each in view.device_checks],
        "urls": {"record": f"/record/{work.claim_id}" if work is not None else None, "home": "/home"},
    }


def _claim(work: WorkView) -> dict[str, object]:
    return {"id": work.claim_id, "band": work.band.name, "variety": work.variety}


def _capture(work: WorkView) -> dict[str, object]:
    asked = work.capture
    return {"rate_hz": asked.rate_hz, "path": asked.path, "calibration": asked.calibration}


def _limits(view: CheckView) -> dict[str, float]:
    asked: dict[str, Decimal] = {
        "speech_min_dbfs": view.speech_min_dbfs,
        "speech_max_dbfs": view.speech_max_dbfs,
        "snr_min_db": view.snr_min_db,
    }
    return {name: float(limit) for name, limit in asked.items()}
