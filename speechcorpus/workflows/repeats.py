"""Repeat checks: one reading beside the reference says whether an earlier calibration still holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import decimal_of, decimal_text
from speechcorpus.domain.errors import SignalError, SittingError
from speechcorpus.noise.calibration import Calibration, fault_of
from speechcorpus.noise.repeating import agrees, difference_db
from speechcorpus.record.form import Form
from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import CalibrationRepeat
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.calibration_rows import calibration_of, device_of
from speechcorpus.workflows.calibrations import own_calibration, reading_dba, reference_take, require_measured
from speechcorpus.workflows.check_takes import CheckTake


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Whether the check is new (201) or was kept before (200), and what it says."""

    created: bool
    difference_db: float  # calibrated level less what the reference read
    agrees: bool


def save_repeat(
    store: Store,
    actor: Actor,
    calibration_id: str,
    take_id: str,
    body: Mapping[str, object],
    *,
    now: datetime,
) -> Repeat:
    """Hold a calibration of mine against one more take beside the reference; the same again changes nothing.

    Items of its sitting that were judged before are judged anew, while their claim is worked on.

    Raises
    ------
    AccessError : `not-found` for a calibration of somebody else
    SittingError : `request.field`, `id.conflict` for another reading of the same take,
        `calibration.takes-missing`
    SignalError : `calibration.processing`, a fault of the calibration (`calibration.other-device` …), or a
        code of `ReferenceTake`
    """
    form = Form(body, where="", code="request.field", keys=("reading_dba",))
    reading = reading_dba(form)
    with store.catalogue.write() as session:
        require_contributor(session, actor, lock=True)
        row = own_calibration(session, actor, calibration_id)
        known = session.get(CalibrationRepeat, (calibration_id, take_id))
        if known is not None:
            return _same(known, reading)
        (check,) = require_measured(session, actor, [take_id])
        kept = _checked(calibration_of(row), check, reading, now)
        session.add(kept)
        session.flush()
        enqueue(session, "judge_calibrated", {"calibration_id": calibration_id}, now=now)
        _audit(session, actor, kept, now)
    return Repeat(created=True, difference_db=float(kept.difference_db), agrees=kept.agrees)


def _audit(session: Session, actor: Actor, kept: CalibrationRepeat, now: datetime) -> None:
    append_audit(
        session,
        actor=actor,
        action="calibration.repeated",
        object=f"calibration:{kept.calibration_id}",
        detail={"take": kept.take_id, "difference_db": kept.difference_db, "agrees": kept.agrees},
        now=now,
    )


def _same(known: CalibrationRepeat, reading: float) -> Repeat:
    if float(known.reading_dba) != reading:
        raise SittingError("id.conflict", f"take {known.take_id} was read otherwise", id=known.take_id)
    return Repeat(created=False, difference_db=float(known.difference_db), agrees=known.agrees)


def _checked(calibration: Calibration, check: CheckTake, reading: float, now: datetime) -> CalibrationRepeat:
    device = device_of(check.sitting.device, check.take.rate_hz)
    fault = fault_of(calibration, device=device, now=now)
    if fault is not None:
        raise SignalError(fault, f"the calibration does not hold for this take: {fault}", take=check.take.id)
    take = reference_take(check, reading)
    measured_db = difference_db(calibration, take)
    return CalibrationRepeat(
        calibration_id=calibration.id,
        take_id=check.take.id,
        sitting_id=check.sitting.id,
        reading_dba=decimal_text(decimal_of(reading)),
        level_dbfs=decimal_text(decimal_of(round(take.level_dbfs, 2))),
        difference_db=decimal_text(decimal_of(measured_db)),
        agrees=agrees(measured_db),
        created_at=now,
    )
