"""Kept calibrations as the facts that a verdict rests on, and whether they hold for a recording."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import decimal_of, decimal_text
from speechcorpus.noise.calibration import Calibration, Device, fault_of
from speechcorpus.noise.repeating import Repeated, after_repeat, is_fresh
from speechcorpus.record.manifest import Capture
from speechcorpus.store.models import Calibration as CalibrationRow
from speechcorpus.store.models import CalibrationRepeat, Claim, Sitting, Take

NUMBERS = ("offset_db", "u_db", "spread_db")
FIELDS = tuple(field.name for field in fields(Calibration))


def record_of(calibration: Calibration) -> dict[str, Any]:
    """Return a calibration as it is kept: numbers as decimal strings, what is unknown left out.

    Examples
    --------
    >>> record_of(Calibration(id="c", offset_db=104.0, method="calibrator", u_db=1.0, takes=1))
    {'id': 'c', 'offset_db': '104', 'method': 'calibrator', 'u_db': '1', 'takes': 1}
    """
    known = {name: value for name, value in asdict(calibration).items() if value is not None}
    return known | {name: decimal_text(decimal_of(known[name])) for name in NUMBERS if name in known}


def calibration_of(row: CalibrationRow) -> Calibration:
    """Return the calibration that a row keeps."""
    known = {name: row.record[name] for name in FIELDS if row.record.get(name) is not None}
    numbers = {name: float(known[name]) for name in NUMBERS if name in known}
    fixed = {"id": row.id, "expires_at": row.expires_at.isoformat()}
    return Calibration(**cast(dict[str, Any], {**known, **numbers, **fixed}))


def device_of(facts: Mapping[str, object], rate_hz: int | None) -> Device:
    """Return what a calibration may hold for, from the device facts of a sitting and a take's rate."""
    return Device(
        label_sha256=_text(facts.get("label_sha256")),
        os=_text(facts.get("os")),
        browser=_text(facts.get("browser")),
        rate_hz=rate_hz,
        gain_note=_text(facts.get("gain_note")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def holding(session: Session, sitting: Sitting, take: Take, capture: Capture) -> Calibration | None:
    """Return the calibration of a take as it counts for it, None where the take is uncalibrated.

    Not its microphone, browser, rate or gain, expired when the sitting began, refuted by a repeat check, or
    a browser that worked on the sound: then no level of the take is a sound pressure. One that nobody
    repeated is less certain.

    Parameters
    ----------
    capture : of the take's manifest
    """
    row = session.get(CalibrationRow, sitting.calibration_id) if sitting.calibration_id else None
    if row is None or not is_raw(capture):
        return None
    calibration, device = calibration_of(row), device_of(sitting.device, take.rate_hz)
    if fault_of(calibration, device=device, now=_began_at(session, sitting)) is not None:
        return None
    return after_repeat(calibration, _repeated(session, row, sitting, take))


def is_raw(capture: Capture) -> bool:
    """Say whether all processing was read back as off: on or unreported, no level is a sound pressure."""
    return all(state == "off" for state in capture.processing.values())


def holds_for(session: Session, row: CalibrationRow, sitting: Sitting) -> bool:
    """Say whether a sitting that begins may name this calibration; its rate is known with its takes only."""
    calibration = calibration_of(row)
    device = device_of(sitting.device, calibration.rate_hz)
    return fault_of(calibration, device=device, now=_began_at(session, sitting)) is None


def _began_at(session: Session, sitting: Sitting) -> datetime:
    """When the sitting began; of one that was held offline nobody knows, so the earliest it can have been."""
    if sitting.started_offline and sitting.claim_id is not None:
        return session.get_one(Claim, sitting.claim_id).claimed_at
    return sitting.opened_at


def repeats_of(session: Session, calibration_id: str) -> Sequence[CalibrationRepeat]:
    """Return every repeat check of a calibration, in the order in which they were made."""
    of_it = (
        select(CalibrationRepeat)
        .join(Take, Take.id == CalibrationRepeat.take_id)
        .where(CalibrationRepeat.calibration_id == calibration_id)
        .order_by(Take.created_at, Take.sequence, Take.id)
    )
    return session.scalars(of_it).all()


def last_agreed_at(row: CalibrationRow, repeats: Sequence[CalibrationRepeat]) -> datetime | None:
    """Return when the reference last agreed: when it was made or repeated; None after one that differs."""
    if repeats and not repeats[-1].agrees:
        return None
    return repeats[-1].created_at if repeats else row.created_at


def _repeated(session: Session, row: CalibrationRow, sitting: Sitting, take: Take) -> Repeated:
    """Return what is known of the calibration at a take.

    The last time that somebody looked before it says so, be it the making itself: if the reference agreed
    then, in this sitting or a short while before it began. Else the first check after the take says it.
    """
    repeats = repeats_of(session, row.id)
    before = [one for one in repeats if _is_before(session, one, sitting, take)]
    agreed_at = last_agreed_at(row, before)
    if agreed_at is None:
        return "differs"
    if (before and before[-1].sitting_id == sitting.id) or is_fresh(agreed_at, sitting.opened_at):
        return "agrees"
    after = [one for one in repeats if one.sitting_id == sitting.id and one not in before]
    if not after:
        return "skipped"
    return "agrees" if after[0].agrees else "differs"


def _is_before(session: Session, repeat: CalibrationRepeat, sitting: Sitting, take: Take) -> bool:
    """Whether a check was made before a take: by its place in the same sitting, by the time in another."""
    checked = session.get_one(Take, repeat.take_id)
    if checked.sitting_id == sitting.id:
        return checked.sequence < take.sequence
    return checked.created_at <= take.created_at
