"""What is sent where: bodies and forms that would be taken if the path named something of the sender's."""

from typing import Any

from tests.stage import RATE_HZ, Recorder, SentTake


def form_bodies(project_id: str, pseudonym: str) -> dict[str, dict[str, Any]]:
    """Return the forms of pages, by rule; a fence is one that nobody holds."""
    project = {"project": project_id}
    decided = {"fence": "9", "decision": "accept", "side": "left"}
    plan = {"version": "2.0.0", "released_on": "2026-12-01", "corpus": "another"}
    return {
        "/audition": {**project, "band": "low"},
        "/second/<second_id>": {"fence": "9", "text": "好。"},
        "/work/<segment_id>/contest": {"code": "audio.clipped", "words": "It is not."},
        "/work/<segment_id>/appeal": {"line": "record", "words": "It is not."},
        "/rounds/<round_id>/join": {"nonce": "0" * 32, "band": "low", "style": "read"},
        "/withdraw": {"scope": "all", "sure": "yes"},
        "/staff/review/<review_id>/decide": decided,
        "/staff/auditions/<review_id>/decide": decided,
        "/staff/appeals/<appeal_id>/decide": {**decided, "decision": "uphold", "reason": "It is a voice."},
        "/staff/settle/<settlement_id>/decide": decided,
        "/staff/funnel/held/<take_id>": {"decision": "aside"},
        "/staff/gold/<segment_id>": {"right": "accept"},
        "/staff/rounds/<round_id>/cancel": {"reason": "Too few tasks."},
        "/staff/terms": {"text": "", "version": "0"},
        "/staff/agreement/share": {"pct": "10"},
        "/staff/people/staff/<staff_id>/project": {**project, "mine": "yes"},
        "/staff/people/staff/<staff_id>/own-account": {"pseudonym": pseudonym},
        "/staff/payouts/<payout_id>/end": {"event": "settle", "reference": "b1"},
        "/staff/releases/plan": plan,
    }


def api_bodies(recorder: Recorder, sent: SentTake, check_take: str) -> dict[str, dict[str, Any]]:
    """Return the JSON of the API, by method and rule where a rule has several."""
    api, seen = "/api/v1", {"version": 1, "revision": 1}
    heard = {"sitting": recorder.sitting, "take": check_take}
    laugh = {"kind": "laugh", "start_sample": 100, "end_sample": 900, "base_version": 1}
    report = {"checks": [], "settings": {}}
    sitting, take, claim, item = (
        f"{api}/{thing}s/<uuid:{thing}_id>" for thing in ("sitting", "take", "claim", "segment")
    )
    calibration = f"{api}/calibrations/<uuid:calibration_id>"
    return {
        f"PUT {sitting}": recorder.sitting_body(),
        f"{sitting}/heartbeat": {"elapsed": 1, "unsent_bytes": 0, "state": "open"},
        f"{sitting}/close": {"takes": {}},
        f"PUT {take}": sent.body(),
        f"{take}/finish": sent.manifest(take=sent.id),
        f"PUT {calibration}": {
            "sitting": recorder.sitting,
            "method": "reference-meter",
            "reference_class": None,
            "gain_note": None,
            "takes": [{"take": check_take, "reading_dba": "67"}],
        },
        f"{calibration}/repeats/<uuid:take_id>": {"reading_dba": "67"},
        f"PUT {api}/device-checks/<uuid:check_id>": {
            **heard,
            "rate_hz": RATE_HZ,
            "capture_path": "mstp",
            "report": report,
        },
        f"{api}/calls/<uuid:call_id>/messages": {"kind": "candidate", "body": "0"},
        f"{claim}/heartbeat": {"fence": 1},
        f"PUT {claim}/prompts/<prompt_id>/skip": {"reason": "cannot-read"},
        f"{item}/split": {"at_sample": 8_000, "text_at": 1, "snap": False, **seen},
        f"{item}/merge": {"next": sent.id, "next_version": 1, "next_revision": 1, **seen},
        f"{item}/edges": {"start_sample": 0, "end_sample": 16_000, "snap": False, **seen},
        f"{item}/speaker": {"speaker": None, **seen},
        f"PUT {take}/events/<uuid:event_id>": laugh,
        f"{item}/check": {"text": "好。", "sequence": 1},
        f"{item}/transcript": {"text": "好。", "base_revision": 1},
        f"{item}/candidates": {"text": "lâng"},
        f"{api}/second-transcripts/<uuid:second_id>/text": {"text": "好。", "fence": 9},
    }
