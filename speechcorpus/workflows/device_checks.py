"""Device checks: the browser's report on a microphone's path, kept beside what its take shows us."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import parse_json, sha256_of
from speechcorpus.domain.errors import SittingError
from speechcorpus.record.form import Form
from speechcorpus.record.manifest import parse_manifest
from speechcorpus.record.self_test import passed, self_test
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import DeviceCheck
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, own_sitting, require_contributor
from speechcorpus.workflows.check_takes import CheckTake, measured_checks

KEYS = ("sitting", "take", "capture_path", "rate_hz", "report")
REPORT_KEYS = ("checks", "settings")
CHECK_KEYS = ("name", "result", "facts")
RESULTS = ("pass", "fail", "flag", "not-tested")
MOST_CHECKS = 20
PLACES = ("silence_from", "silence_to", "quiet_from", "quiet_to", "loud_from", "loud_to")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCheck:
    """Whether the check is new (201) or was kept before (200); what was claimed, and what we found."""

    created: bool
    id: str
    capture_path: str
    rate_hz: int
    passed: bool
    claimed: Mapping[str, Any]
    found: tuple[Mapping[str, Any], ...]


def save_device_check(
    store: Store, actor: Actor, check_id: str, body: Mapping[str, object], *, now: datetime
) -> SavedCheck:
    """Keep a report as it came, with our own results from the same take; the same again changes nothing.

    Raises
    ------
    AccessError : `not-found` for a sitting or check of somebody else
    SittingError : `request.field`, `id.conflict`, `device-check.take-missing` while the take is not stored
        and measured yet
    """
    form, body_sha256 = Form(body, where="", code="request.field", keys=KEYS), sha256_of(body)
    places = _places(form.mapping("report"))
    with store.catalogue.write() as session:
        require_contributor(session, actor, lock=True)
        known = session.get(DeviceCheck, check_id)
        if known is not None:
            return _same(known, actor, body_sha256, form.count("rate_hz"))
        own_sitting(session, actor, form.text("sitting"))
        check = _require_take(session, actor, form)
        row = _row(check_id, form, check, places)
        row.contributor_id, row.body_sha256, row.created_at = actor.id, body_sha256, now
        session.add(row)
        session.flush()
        about, detail = f"device-check:{check_id}", {"take": check.take.id, "passed": row.passed}
        append_audit(session, actor=actor, action="device-check.kept", object=about, detail=detail, now=now)
    return _saved(row, check.take.rate_hz, created=True)


def _places(report: Mapping[str, object]) -> Mapping[str, object]:
    """Return the places that the report names; its results are claims and count for nothing here."""
    form = Form(report, where="report.", code="request.field", keys=REPORT_KEYS)
    form.mapping("settings")
    listed = form.objects("checks")
    if len(listed) > MOST_CHECKS:
        raise SittingError("request.field", f"a report has {MOST_CHECKS} checks at most", field="checks")
    places: dict[str, object] = {}
    for each in listed:
        check = Form(each, where="report.checks.", code="request.field", keys=CHECK_KEYS)
        check.text("name"), check.one_of("result", RESULTS)
        facts = check.mapping("facts")
        places |= {name: facts[name] for name in PLACES if name in facts}
    return places


def _same(known: DeviceCheck, actor: Actor, body_sha256: str, rate_hz: int) -> SavedCheck:
    if known.contributor_id != actor.id:
        raise not_found("device check")
    if known.body_sha256 != body_sha256:
        raise SittingError("id.conflict", f"device check {known.id} is known with another body", id=known.id)
    return _saved(known, rate_hz, created=False)


def _require_take(session: Session, actor: Actor, form: Form) -> CheckTake:
    take_id = form.text("take")
    found = measured_checks(session, actor, [take_id])
    if not found:
        raise SittingError("device-check.take-missing", f"take {take_id} is not here yet", take=take_id[:36])
    (check,) = found
    claims = (
        ("sitting", form.text("sitting"), check.sitting.id),
        ("capture_path", form.text("capture_path"), check.take.capture_path),
        ("rate_hz", form.count("rate_hz"), check.take.rate_hz),
    )
    for field, claimed, registered in claims:
        if claimed != registered:
            raise SittingError("request.field", f"{field} of the take is {registered}", field=field)
    return check


def _row(check_id: str, form: Form, check: CheckTake, places: Mapping[str, object]) -> DeviceCheck:
    manifest = parse_manifest(parse_json(check.take.manifest or ""))
    found = self_test(check.sound, manifest, places)
    return DeviceCheck(
        id=check_id,
        take_id=check.take.id,
        capture_path=check.take.capture_path,
        device=check.sitting.device,
        claimed=cast(dict[str, Any], form.mapping("report")),
        found=[each.to_json() for each in found],
        passed=passed(found),
    )


def _saved(row: DeviceCheck, rate_hz: int, *, created: bool) -> SavedCheck:
    return SavedCheck(
        created=created,
        id=row.id,
        capture_path=row.capture_path,
        rate_hz=rate_hz,
        passed=row.passed,
        claimed=row.claimed,
        found=tuple(row.found),
    )
