"""What a browser said of a take beside what the samples say: kept row by row, never changed."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.measurement import Measurement
from speechcorpus.noise.calibration import fault_of
from speechcorpus.qc.calibrated import calibrated
from speechcorpus.qc.judge import bands_of
from speechcorpus.record.compare import (
    ROWS,
    Compared,
    Says,
    compare_calibration,
    compare_device_check,
    compare_stored,
)
from speechcorpus.record.compare_sound import METER_DB, Heard, compare_heard
from speechcorpus.record.manifest import Manifest, parse_manifest, proposed_spans
from speechcorpus.record.readings import MeterCheck, readings_of
from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.store.models import (
    Calibration,
    Claim,
    DeviceCheck,
    Job,
    Segment,
    Sitting,
    Take,
    TakeClaim,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.calibration_rows import calibration_of, device_of, holding, is_raw
from speechcorpus.workflows.claims_listen import listen
from speechcorpus.workflows.items import measure_take
from speechcorpus.workflows.judging import room_take, stored_measurement
from speechcorpus.workflows.meter_figure import meter_figure
from speechcorpus.workflows.projects import terms_by_hash

LISTENED = "zeros"  # the row that says the sound was heard
WAIT_S = 2  # a wait more is so much longer
MOST_WAITS = 12  # two and a half minutes together
LOG = logging.getLogger(__name__)


def compare_at_finish(
    take: Take, manifest: Manifest, *, master_sha256: str, elapsed_s: float
) -> tuple[Compared, ...]:
    """Return what is believed of the claims that need no sound.

    Only a take with items is held for its rate: of room tone and sound checks it is said, and no more.
    """
    rows = compare_stored(manifest, master_sha256=master_sha256, elapsed_s=elapsed_s)
    if take.track == ITEM_TRACK:
        return rows
    return tuple(replace(row, says="differs") if row.says == "held" else row for row in rows)


def keep_compared(session: Session, take: Take, rows: Iterable[Compared], *, now: datetime) -> None:
    """Keep what is believed of a take's claims; a row that is there already stays as it is."""
    there = set(session.scalars(select(TakeClaim.row).where(TakeClaim.take_id == take.id)))
    for each in rows:
        if each.row not in there:
            session.add(_row_of(take, each, now))
    session.flush()


def kept_compared(session: Session, take_id: str) -> Sequence[Compared]:
    """Return what is believed of a take's claims, in the order of `ROWS`, as far as it is known."""
    rows = session.scalars(select(TakeClaim).where(TakeClaim.take_id == take_id)).all()
    found = [
        Compared(
            row=row.row,
            says=cast(Says, row.says),
            claimed=row.claimed,
            measured=row.measured,
            code=row.code,
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: ROWS.index(each.row))


def compare_soon(session: Session, take_id: str, *, now: datetime, waited: int = 0) -> None:
    """Ask a worker to compare a take, after those who measure its items; each wait is a little later."""
    at = now + waited * timedelta(seconds=WAIT_S)
    payload = {"take_id": take_id, **({"waited": waited} if waited else {})}
    after_others = now + timedelta(microseconds=1)  # the order of jobs that are due at one moment
    job = Job(id=str(uuid4()), kind="compare_take", payload=payload, run_after=at, created_at=after_others)
    session.add(job)
    session.flush()


def compare_take(store: Store, take_id: str, now: datetime, waited: int = 0) -> None:
    """Listen to a stored take and hold the browser's claims against it; a job, safe to run again.

    While its prompts are being measured it waits: one of them is often the whole take, and nothing should
    be measured twice at the same time. What nobody measures is waited for no longer than `MOST_WAITS`.
    """
    with store.catalogue.read() as session:
        take = session.get_one(Take, take_id)
        if take.state != "stored" or session.get(TakeClaim, (take_id, LISTENED)) is not None:
            return
        manifest = parse_manifest(parse_json(take.manifest or ""))
        waits = waited < MOST_WAITS and bool(proposed_spans(manifest)) and _has_unmeasured(session, take_id)
    if waits:
        with store.catalogue.write() as session:
            compare_soon(session, take_id, now=now, waited=waited + 1)
        return
    measure_take(store, take_id, now)
    zeros, meter = listen(store.blobs.path_of(take.master_sha256 or ""), readings_of(manifest.meter))
    with store.catalogue.write() as session:
        take = session.get_one(Take, take_id, with_for_update=True)
        row = stored_measurement(session, take.master_sha256)
        if row is not None:
            heard = Heard(zeros=zeros, meter=meter, row=_calibrated(session, take, manifest, row))
            rows = (*compare_heard(manifest, heard), *_of_rows(session, take, manifest))
            keep_compared(session, take, rows, now=now)
    _tell_operators(store, meter)


def _has_unmeasured(session: Session, take_id: str) -> bool:
    waiting = select(Segment.id).where(Segment.take_id == take_id, Segment.item_sha256.is_(None))
    return session.scalars(waiting.limit(1)).first() is not None


def _row_of(take: Take, each: Compared, now: datetime) -> TakeClaim:
    return TakeClaim(
        take_id=take.id,
        row=each.row,
        says=each.says,
        code=each.code,
        claimed=None if each.claimed is None else dict(each.claimed),
        measured=None if each.measured is None else dict(each.measured),
        created_at=now,
    )


def _of_rows(session: Session, take: Take, manifest: Manifest) -> tuple[Compared, ...]:
    """Return the rows of what was named by its id: the calibration and the device check."""
    sitting = session.get_one(Sitting, take.sitting_id)
    used = holding(session, sitting, take, manifest.capture)
    claimed_check = manifest.device_check or sitting.device_check_id
    check = session.get(DeviceCheck, claimed_check) if claimed_check else None
    own = check is not None and check.contributor_id == sitting.contributor_id
    return (
        compare_calibration(
            manifest.calibration,
            used=None if used is None else used.id,
            fault=None if used is not None else _fault(session, sitting, take, manifest),
        ),
        compare_device_check(claimed_check, passed=check.passed if check is not None and own else None),
    )


def _fault(session: Session, sitting: Sitting, take: Take, manifest: Manifest) -> str | None:
    """Return why the named calibration does not hold; None where none was named."""
    row = session.get(Calibration, manifest.calibration) if manifest.calibration else None
    if manifest.calibration is None:
        return None
    if row is None or row.contributor_id != sitting.contributor_id:
        return "calibration.unknown"
    if not is_raw(manifest.capture):
        return "calibration.processed"
    device = device_of(sitting.device, take.rate_hz)
    fault = fault_of(calibration_of(row), device=device, now=sitting.opened_at)
    return fault or ("calibration.repeat" if sitting.calibration_id == row.id else "calibration.unnamed")


def _calibrated(session: Session, take: Take, manifest: Manifest, row: Measurement) -> Measurement:
    """Return the row of a whole take as its items are judged: calibration, bands of its claim, room tone."""
    sitting = session.get_one(Sitting, take.sitting_id)
    if sitting.claim_id is None or take.track != ITEM_TRACK:
        return row
    claim = session.get_one(Claim, sitting.claim_id)
    terms, task = terms_by_hash(session, claim.terms_sha256), session.get_one(Task, claim.task_id)
    tone = room_take(session, take)
    return calibrated(
        row,
        calibration=holding(session, sitting, take, manifest.capture),
        bands=bands_of(terms),
        required_band=task.band,
        room_tone=None if tone is None else stored_measurement(session, tone.master_sha256),
    )


def _tell_operators(store: Store, meter: MeterCheck) -> None:
    """Log that our meter was off again, if it is in too many takes; who spoke is nobody's business here."""
    if abs(meter.off_db or 0.0) <= METER_DB:
        return
    with store.catalogue.read() as session:
        figure = meter_figure(session)
    if figure.alarms:
        LOG.warning(
            "the live meter was more than 0.3 dB off in %d of %d takes; in the last one by %s dB",
            figure.off,
            figure.compared,
            meter.off_db,
        )
