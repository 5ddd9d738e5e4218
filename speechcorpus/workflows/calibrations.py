"""Calibrations made in the browser: takes beside a reference; we measure their levels, a person reads it.

Nothing of the browser's own meter counts. A calibration is never changed: a new one takes its place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import decimal_of, decimal_text, parse_json, sha256_of
from speechcorpus.domain.errors import SignalError, SittingError
from speechcorpus.noise.calibrating import (
    FEWEST_TAKES,
    LEVELS_APART_DB,
    LINEAR_DB,
    ReferenceMethod,
    ReferenceTake,
    from_reference_takes,
    nonlinearity_db,
)
from speechcorpus.noise.calibration import Calibration
from speechcorpus.record.form import Form
from speechcorpus.record.manifest import parse_manifest
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Calibration as CalibrationRow
from speechcorpus.store.models import Sitting
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, own_sitting, require_contributor
from speechcorpus.workflows.calibration_rows import calibration_of, device_of, is_raw, record_of
from speechcorpus.workflows.check_takes import CheckTake, measured_checks

KEYS = ("sitting", "method", "reference_class", "gain_note", "takes")
TAKE_KEYS = ("take", "reading_dba")
METHODS = ("reference-meter", "calibrated-phone")
MOST_TAKES = 20
LONGEST_NOTE = 200
READING = re.compile(r"\d{1,3}(\.\d{1,2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Whether the calibration is new (201) or was kept before (200), and what it is."""

    created: bool
    calibration: Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A calibration as a browser asks for it."""

    sitting: str
    method: ReferenceMethod
    reference_class: str | None
    gain_note: str | None
    readings_dba: Mapping[str, float]  # take -> what the reference read


def save_calibration(
    store: Store, actor: Actor, calibration_id: str, body: Mapping[str, object], *, now: datetime
) -> Saved:
    """Make a calibration from takes of a sound check of mine; the same body again changes nothing.

    Raises
    ------
    AccessError : `not-found` for a sitting or calibration of somebody else
    SittingError : `request.field`, `id.conflict`, `calibration.takes-missing` while a take is not stored and
        measured yet
    SignalError : `calibration.gain-control`, `calibration.processing`, `calibration.rates`,
        `calibration.sitting`, or a code of `noise.calibrating`
    """
    asked, body_sha256 = _asked(body), sha256_of(body)
    with store.catalogue.write() as session:
        person = require_contributor(session, actor, lock=True)
        known = session.get(CalibrationRow, calibration_id)
        if known is not None:
            return _same(known, actor, body_sha256)
        sitting = own_sitting(session, actor, asked.sitting)
        takes = require_measured(session, actor, list(asked.readings_dba))
        calibration = _made(calibration_id, asked, sitting, takes, now)
        row = CalibrationRow(
            id=calibration_id,
            contributor_id=person.id,
            record=record_of(calibration),
            evidence=_evidence(asked, takes),
            body_sha256=body_sha256,
            expires_at=datetime.fromisoformat(cast(str, calibration.expires_at)),
            created_at=now,
        )
        session.add(row)
        session.flush()
        detail = {name: row.record[name] for name in ("method", "offset_db", "u_db", "rate_hz")}
        about = f"calibration:{calibration_id}"
        append_audit(session, actor=actor, action="calibration.made", object=about, detail=detail, now=now)
    return Saved(created=True, calibration=calibration)


def own_calibration(session: Session, actor: Actor, calibration_id: str) -> CalibrationRow:
    """Return the contributor's own calibration."""
    found = session.get(CalibrationRow, calibration_id)
    if found is None or actor.role != "contributor" or found.contributor_id != actor.id:
        raise not_found("calibration")
    return found


def calibration_view(store: Store, actor: Actor, calibration_id: str) -> Calibration:
    """Return a calibration of mine."""
    with store.catalogue.read() as session:
        return calibration_of(own_calibration(session, actor, calibration_id))


def reading_dba(form: Form) -> float:
    """Return what a person read off the reference, 0 to 999.99 dB(A).

    Raises
    ------
    SittingError : `request.field`
    """
    text = form.text("reading_dba")
    if not READING.fullmatch(text):
        raise SittingError("request.field", "reading_dba is no number such as 62.5", field="reading_dba")
    return float(text)


def require_measured(session: Session, actor: Actor, take_ids: Sequence[str]) -> list[CheckTake]:
    """Return these takes of sound checks of mine.

    Raises
    ------
    SittingError : `calibration.takes-missing` naming those that are not stored and measured yet
    """
    found = measured_checks(session, actor, take_ids)
    missing = sorted(set(take_ids) - {one.take.id for one in found})
    if missing:
        sentence = f"{len(missing)} takes are not here yet"
        raise SittingError("calibration.takes-missing", sentence, missing=",".join(missing))
    return found


def reference_take(check: CheckTake, reading: float) -> ReferenceTake:
    """Return a take beside the reference as the calibration reckons with it: whole seconds, our levels.

    Raises
    ------
    SignalError : `calibration.processing` unless the browser left the sound alone, or a code of
        `ReferenceTake`
    """
    if not is_raw(parse_manifest(parse_json(check.take.manifest or "")).capture):
        sentence = "the browser works on the sound of this microphone, or does not say"
        raise SignalError("calibration.processing", sentence, take=check.take.id)
    return ReferenceTake(seconds_dbfs=check.sound.seconds_dbfs, reference_db=reading)


def _asked(body: Mapping[str, object]) -> Asked:
    form = Form(body, where="", code="request.field", keys=KEYS)
    takes = [
        Form(each, where="takes.", code="request.field", keys=TAKE_KEYS) for each in form.objects("takes")
    ]
    readings = {take.text("take"): reading_dba(take) for take in takes}
    if not 0 < len(takes) <= MOST_TAKES or len(readings) < len(takes):
        raise SittingError("request.field", f"takes are 1 to {MOST_TAKES} different ones", field="takes")
    return Asked(
        sitting=form.text("sitting"),
        method=cast(ReferenceMethod, form.one_of("method", METHODS)),
        reference_class=_note(form, "reference_class"),
        gain_note=_note(form, "gain_note"),
        readings_dba=readings,
    )


def _note(form: Form, key: str) -> str | None:
    note = form.text_or_none(key)
    if note is not None and len(note) > LONGEST_NOTE:
        raise SittingError("request.field", f"{key} has more than {LONGEST_NOTE} characters", field=key)
    return note


def _same(known: CalibrationRow, actor: Actor, body_sha256: str) -> Saved:
    if known.contributor_id != actor.id:
        raise not_found("calibration")
    if known.body_sha256 != body_sha256:
        raise SittingError("id.conflict", f"calibration {known.id} is known with another body", id=known.id)
    return Saved(created=False, calibration=calibration_of(known))


def _made(
    calibration_id: str, asked: Asked, sitting: Sitting, checks: Sequence[CheckTake], now: datetime
) -> Calibration:
    if any(check.sitting.id != sitting.id for check in checks):
        raise SignalError("calibration.sitting", "a take is of another sitting")
    rates = {check.take.rate_hz for check in checks}
    if len(rates) > 1:
        raise SignalError("calibration.rates", f"the takes have {len(rates)} rates", measured=len(rates))
    device = device_of({**sitting.device, "gain_note": asked.gain_note}, rates.pop())
    takes = [reference_take(check, asked.readings_dba[check.take.id]) for check in checks]
    return from_reference_takes(
        _of_one_level(takes),
        calibration_id=calibration_id,
        device=device,
        made_at=now,
        method=asked.method,
        reference_class=asked.reference_class,
    )


def _of_one_level(takes: Sequence[ReferenceTake]) -> Sequence[ReferenceTake]:
    """Return the takes that the offset is reckoned from: those near the loudest one.

    Takes 15 dB or more below it show that no gain control is on; only where they are needed to make three
    takes, they count as well.

    Raises
    ------
    SignalError : `calibration.gain-control` if takes so far apart differ by more than 1.5 dB
    """
    loudest = max(take.reference_db for take in takes)
    near = [take for take in takes if round(loudest - take.reference_db, 6) < LEVELS_APART_DB]
    if len(near) == len(takes):
        return takes
    measured = nonlinearity_db(takes)
    if measured > LINEAR_DB:
        sentence = f"the offset moves by {measured:g} dB between loud and quiet"
        raise SignalError("calibration.gain-control", sentence, measured=measured, limit=LINEAR_DB)
    return near if len(near) >= FEWEST_TAKES else takes


def _evidence(asked: Asked, checks: Sequence[CheckTake]) -> dict[str, object]:
    """Return what a calibration was reckoned from: whoever has the takes can reckon it again."""
    takes = [
        {
            "take": check.take.id,
            "take_sha256": check.take.master_sha256,
            "reading_dba": decimal_text(decimal_of(asked.readings_dba[check.take.id])),
            "seconds_dbfs": list(check.sound.seconds_dbfs),
        }
        for check in checks
    ]
    return {"sitting": asked.sitting, "takes": takes}
