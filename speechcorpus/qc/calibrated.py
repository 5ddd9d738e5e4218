"""Calibration, bands and room tone: a second step on a stored record, arithmetic only.

A new calibration or bands file therefore costs no decoding, and a stored record judged years later gives
what it would have given at measuring time.
"""

from dataclasses import dataclass, replace
from typing import Any

from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import SPANS_A_KIND, Measurement, Span, rounded, rounded_fields
from speechcorpus.noise.band import Band, Bands, judge_level
from speechcorpus.noise.calibration import Calibration, expanded_uncertainty_db
from speechcorpus.noise.seconds import OutRun, out_ratio, out_runs

ROOM_TONE_AGREES_DB = 3.0
ROOM_TONE_SHORTEST_S = 2.0
ROOM_TONE_LOWEST_SE_DB = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """How levels of a row stand to the bands: dBFS + `offset_db`, of which so much is doubted."""

    bands: Bands
    required: Band | None
    offset_db: float
    calibration_u_db: float

    def level(self, level_dbfs: float) -> float:
        """Return the level in the unit of the bands, with the digits that the row shows."""
        return rounded("noise_laeq_dba", level_dbfs + self.offset_db)


def calibrated(
    measurement: Measurement,
    *,
    calibration: Calibration | None = None,
    bands: Bands | None = None,
    required_band: str | None = None,
    room_tone: Measurement | None = None,
) -> Measurement:
    """Return the row with sound pressure, band and room tone: arithmetic only, no audio.

    Without calibration the `_dba` fields stay null, and the band fields too if the bands are in dB(A). Bands
    in dBFS need none; they are judged, and `noise_uncertainty_db` is shown, without its uncertainty.

    A room tone (a recording of the room without speech) replaces the estimate where speech left too little
    gap, or where the verdict is borderline, if both agree on the quiet level. The seconds of the take
    (`band_out_ratio`, spans `band-out`) stay those of the take.

    Parameters
    ----------
    measurement : uncalibrated, with its record (`Measurement.to_record`): a row that lost its seconds gets
        no `band_out_ratio`
    calibration : valid for this recording (`noise.calibration.fault_of` says so), or None
    room_tone : uncalibrated, with its record

    Raises
    ------
    SignalError : `bands.unknown` if the required band is none of the bands, `bands.missing` without bands
    """
    required = _required(bands, required_band)
    judged = _judged(measurement, calibration, bands, required)
    tone = None if room_tone is None else _room_tone_fields(room_tone, judged)
    if tone is None:
        return judged
    return _judged(replace(measurement, **rounded_fields(tone)), calibration, bands, required)


def _judged(
    measurement: Measurement, calibration: Calibration | None, bands: Bands | None, required: Band | None
) -> Measurement:
    fields: dict[str, Any] = {"required_band": required.name if required else None}
    if calibration is not None:
        fields |= _pressure_fields(measurement, calibration)
    scale = _scale(calibration, bands, required)
    if measurement.noise_laeq_dbfs is not None and measurement.noise_se_db is not None:
        known = scale.calibration_u_db if scale else calibration.u_db if calibration else 0.0
        uncertainty_db = _uncertainty_db(known, measurement.noise_se_db)
        fields["noise_uncertainty_db"] = uncertainty_db
        if scale is not None:
            fields |= _band_fields(measurement, measurement.noise_laeq_dbfs, scale, uncertainty_db)
    return replace(measurement, **rounded_fields(fields))


def _scale(calibration: Calibration | None, bands: Bands | None, required: Band | None) -> _Scale | None:
    """Return how to compare with the bands, or None where nobody can."""
    if bands is None or (bands.unit == "dBA" and calibration is None):
        return None
    if bands.unit == "dBFS" or calibration is None:  # digital levels: calibration adds no doubt
        return _Scale(bands=bands, required=required, offset_db=0.0, calibration_u_db=0.0)
    return _Scale(
        bands=bands, required=required, offset_db=calibration.offset_db, calibration_u_db=calibration.u_db
    )


def _pressure_fields(measurement: Measurement, calibration: Calibration) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "calibration_id": calibration.id,
        "calibration_db": calibration.offset_db,
        "calibration_u_db": calibration.u_db,
    }
    for name in ("noise_laeq", "noise_la90", "laeq"):
        level_dbfs = getattr(measurement, f"{name}_dbfs")
        fields[f"{name}_dba"] = None if level_dbfs is None else level_dbfs + calibration.offset_db
    return fields


def _band_fields(
    measurement: Measurement, level_dbfs: float, scale: _Scale, uncertainty_db: float
) -> dict[str, Any]:
    level = scale.level(level_dbfs)
    verdict = judge_level(level, scale.bands, required=scale.required, uncertainty_db=uncertainty_db)
    band = scale.required or scale.bands.nearest(level)
    seconds = [None if each is None else scale.level(each) for each in measurement.noise_seconds_dbfs]
    runs = out_runs(seconds, band, uncertainty_db=uncertainty_db)
    return {
        "band": verdict.band,
        "band_status": verdict.status,
        "band_margin_db": verdict.margin_db,
        "band_out_ratio": out_ratio(seconds, band, uncertainty_db=uncertainty_db),
        **_span_fields(measurement, runs, scale.bands.unit),
    }


def _span_fields(measurement: Measurement, runs: tuple[OutRun, ...], unit: str) -> dict[str, Any]:
    """Put the runs among the other spans: the longest 200 of them, all sorted by time."""
    rate_hz, end = measurement.rate_hz, measurement.decoded_frames
    if not runs or rate_hz is None or end is None:
        return {}
    kept = sorted(runs, key=lambda run: run.start_s - run.end_s)[:SPANS_A_KIND]
    out = [
        Span.at(
            "band-out",
            run.start_s * rate_hz,
            min(run.end_s * rate_hz, end),
            rate_hz=rate_hz,
            channel=None,
            measured=rounded("noise_laeq_dba", run.level),
            unit=unit,
        )
        for run in kept
    ]
    ordered = sorted(
        (*measurement.spans, *out), key=lambda s: (s.start_sample, s.end_sample, s.kind, s.channel or 0)
    )
    left_out = measurement.spans_left_out + len(runs) - len(kept)
    return {"spans": tuple(ordered), "spans_left_out": left_out}


def _uncertainty_db(calibration_u_db: float, noise_se_db: float) -> float:
    """Return `U` with the digits that the row shows: a person can only check what is shown."""
    uncertainty_db = expanded_uncertainty_db(calibration_u_db=calibration_u_db, noise_se_db=noise_se_db)
    return rounded("noise_uncertainty_db", uncertainty_db)


def _room_tone_fields(room_tone: Measurement, judged: Measurement) -> dict[str, Any] | None:
    """Return what a room tone puts in place of the estimate, None where it has no say.

    A room tone that came without its record is doubted like any other row, by 1.0 at least.
    """
    if judged.noise_method != "la90" and judged.band_status != "borderline":
        return None
    level_dbfs, se_db = room_tone.noise_laeq_dbfs, room_tone.gap_se_db
    se_db = room_tone.noise_se_db if se_db is None else se_db
    if room_tone.noise_method != "gap" or level_dbfs is None or se_db is None:
        return None
    if (room_tone.noise_gap_kept_s or 0.0) < ROOM_TONE_SHORTEST_S or not _agree(room_tone, judged):
        return None
    return {
        "noise_method": "room_tone",
        "noise_laeq_dbfs": level_dbfs,
        "noise_se_db": max(ROOM_TONE_LOWEST_SE_DB, se_db),
        "noise_spread_db": None if judged.la90_dbfs is None else level_dbfs - judged.la90_dbfs,
    }


def _agree(room_tone: Measurement, judged: Measurement) -> bool:
    if judged.la90_dbfs is None or room_tone.la90_dbfs is None:
        return False
    return round(abs(judged.la90_dbfs - room_tone.la90_dbfs), 6) <= ROOM_TONE_AGREES_DB


def _required(bands: Bands | None, name: str | None) -> Band | None:
    if name is None:
        return None
    if bands is None:
        raise SignalError("bands.missing", f"band {name!r} is asked for, but there are no bands")
    return bands.named(name)
