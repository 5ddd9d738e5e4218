"""What a person's sound checks left behind: calibrations that hold, device checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.noise.calibration import Calibration, Device
from speechcorpus.noise.repeating import is_fresh, unrepeated_u_db
from speechcorpus.store.models import Calibration as CalibrationRow
from speechcorpus.store.models import DeviceCheck, Sitting, Take
from speechcorpus.workflows.calibration_rows import calibration_of, device_of, last_agreed_at, repeats_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationView:
    """A calibration of mine that holds; while `fresh` it needs no repeat check."""

    calibration: Calibration
    u_unrepeated_db: float
    fresh: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCheckView:
    """What came of checking one path of one microphone."""

    id: str
    device: Device
    capture_path: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPath:
    """What staff see of the device check that a sitting names: our own results, never the claimed ones."""

    passed: bool
    failed: tuple[str, ...]  # names of `record.self_test`
    flagged: tuple[str, ...]
    untested: tuple[str, ...]


def calibrations_of(session: Session, contributor_id: str, *, now: datetime) -> tuple[CalibrationView, ...]:
    """Return a person's calibrations, the newest first: neither expired nor refuted by a repeat check."""
    mine = (CalibrationRow.contributor_id == contributor_id, CalibrationRow.expires_at > now)
    newest = select(CalibrationRow).where(*mine).order_by(CalibrationRow.created_at.desc(), CalibrationRow.id)
    shown = (_calibration(session, row, now) for row in session.scalars(newest).all())
    return tuple(view for view in shown if view is not None)


def _calibration(session: Session, row: CalibrationRow, now: datetime) -> CalibrationView | None:
    agreed_at = last_agreed_at(row, repeats_of(session, row.id))
    if agreed_at is None:
        return None
    calibration = calibration_of(row)
    return CalibrationView(
        calibration=calibration,
        u_unrepeated_db=unrepeated_u_db(calibration.u_db),
        fresh=is_fresh(agreed_at, now),
        expires_at=row.expires_at,
    )


def device_checks_of(session: Session, contributor_id: str) -> tuple[DeviceCheckView, ...]:
    """Return a person's device checks, the newest first and one for each device, rate and path."""
    rows: Sequence[tuple[DeviceCheck, int]] = [
        (check, rate_hz)
        for check, rate_hz in session.execute(
            select(DeviceCheck, Take.rate_hz)
            .join(Take, Take.id == DeviceCheck.take_id)
            .where(DeviceCheck.contributor_id == contributor_id)
            .order_by(DeviceCheck.created_at.desc(), DeviceCheck.id)
        )
    ]
    newest: dict[object, DeviceCheckView] = {}
    for check, rate_hz in rows:
        device = device_of(check.device, rate_hz)
        path = (device.label_sha256, device.os, device.browser, rate_hz, check.capture_path)
        shown = DeviceCheckView(
            id=check.id, device=device, capture_path=check.capture_path, passed=check.passed
        )
        newest.setdefault(path, shown)
    return tuple(newest.values())


def checked_path(session: Session, sitting: Sitting) -> CheckedPath | None:
    """Return the device check that a sitting names, None for none of its person's own."""
    check = session.get(DeviceCheck, sitting.device_check_id) if sitting.device_check_id else None
    if check is None or check.contributor_id != sitting.contributor_id:
        return None
    named = [(each["result"], each["name"]) for each in check.found]
    failed, flagged, untested = (
        tuple(name for result, name in named if result == wanted) for wanted in ("fail", "flag", "not-tested")
    )
    return CheckedPath(passed=check.passed, failed=failed, flagged=flagged, untested=untested)
