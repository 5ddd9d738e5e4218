"""The one measuring function: blocks of samples in, a row out; and calibration, a second step on the row."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import Measurement, rounded
from speechcorpus.dsp.peak import Samples
from speechcorpus.noise.band import Band, Bands, BandVerdict, judge_level
from speechcorpus.noise.calibration import Calibration, expanded_uncertainty_db
from speechcorpus.noise.floor import background
from speechcorpus.qc import row
from speechcorpus.qc.settings import ANALYSER, ANALYSER_VERSION, DEFAULT_SETTINGS, Settings
from speechcorpus.qc.tracks import read_tracks

__all__ = ["ANALYSER", "ANALYSER_VERSION", "DEFAULT_SETTINGS", "Settings", "analyze", "calibrated"]

ROOM_TONE_AGREES_DB = 3.0
ROOM_TONE_SHORTEST_S = 2.0
ROOM_TONE_LOWEST_SE_DB = 0.3
# LA10 and LA90 of a normal spread lie 2.563 standard deviations apart; 100 ms levels depend on their
# neighbours, so only a third of them count (lag-1 correlation 0.5)
LA10_LESS_LA90 = 2.563
INDEPENDENT_A_SECOND = 10 / 3


def analyze(
    blocks: Iterable[Samples], rate_hz: int, channels: int, settings: Settings = DEFAULT_SETTINGS
) -> Measurement:
    """Return the uncalibrated row of one recording.

    The row is the same for any lengths of the blocks. It knows nothing of files (`path`, `sha256` …),
    calibration, bands or room tone.

    Parameters
    ----------
    blocks : each of shape (n, channels), or (n,) if mono; int16, or floats in [-1, 1]

    Raises
    ------
    SignalError : `signal.rate`, `signal.shape`, `signal.finite`

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(32000) / 16000)
    >>> analyze([tone], 16000, 1).level_dbfs
    -23.01
    """
    tracks = read_tracks(blocks, rate_hz, channels, settings)
    floor = background(tracks.a, tracks.z, tracks.speech, settings.floor)
    edges = row.found_edges(tracks, floor)
    dropouts = tracks.dropouts()
    fields: dict[str, Any] = {
        "duration_s": tracks.duration_s if tracks.frames else None,
        **row.level_fields(tracks),
        **row.noise_fields(tracks, floor),
        **row.speech_fields(tracks, floor),
        **row.edge_fields(edges),
        **row.peak_fields(tracks),
        **row.dropout_fields(tracks, dropouts),
    }
    return Measurement(
        path="",
        status="ok",
        analyser=ANALYSER,
        analyser_version=ANALYSER_VERSION,
        settings_sha256=settings.sha256,
        rate_hz=rate_hz,
        channels=channels,
        decoded_frames=tracks.frames,
        vad_backend=settings.vad_backend,
        **_rounded(fields),
        **row.spans(tracks, edges, dropouts),
    )


def calibrated(
    measurement: Measurement,
    *,
    calibration: Calibration | None = None,
    bands: Bands | None = None,
    required_band: str | None = None,
    room_tone: Measurement | None = None,
) -> Measurement:
    """Return the row with sound pressure, band and room tone: arithmetic only, no audio.

    A room tone (a recording of the room without speech) replaces the estimate where speech left too little
    gap, or where the verdict is borderline, if both agree on the quiet level.

    Raises
    ------
    SignalError : `bands.unknown` if the required band is none of the bands, `bands.missing` without bands
    """
    required = _required(bands, required_band)
    judged = _judged(measurement, calibration, bands, required)
    if room_tone is None or not _replaces(room_tone, judged):
        return judged
    return _judged(_with_room_tone(measurement, room_tone), calibration, bands, required)


def _judged(
    measurement: Measurement, calibration: Calibration | None, bands: Bands | None, required: Band | None
) -> Measurement:
    fields: dict[str, Any] = {"required_band": required.name if required else None}
    if calibration is not None:
        fields |= {
            "calibration_id": calibration.id,
            "calibration_db": calibration.offset_db,
            "calibration_u_db": calibration.u_db,
        }
        for name in ("noise_laeq", "noise_la90", "laeq"):
            level_dbfs = getattr(measurement, f"{name}_dbfs")
            fields[f"{name}_dba"] = None if level_dbfs is None else level_dbfs + calibration.offset_db
    if measurement.noise_se_db is not None:
        fields["noise_uncertainty_db"] = _uncertainty_db(measurement.noise_se_db, calibration)
    verdict = _verdict(measurement, calibration, bands, required)
    if verdict is not None:
        fields |= {"band": verdict.band, "band_status": verdict.status, "band_margin_db": verdict.margin_db}
    return replace(measurement, **_rounded(fields))


def _verdict(
    measurement: Measurement, calibration: Calibration | None, bands: Bands | None, required: Band | None
) -> BandVerdict | None:
    level_dbfs, se_db = measurement.noise_laeq_dbfs, measurement.noise_se_db
    if bands is None or level_dbfs is None or se_db is None:
        return None
    if bands.unit == "dBFS":  # the edges are digital levels: calibration adds no doubt
        return judge_level(level_dbfs, bands, required=required, uncertainty_db=_uncertainty_db(se_db, None))
    if calibration is None:
        return None
    uncertainty_db = _uncertainty_db(se_db, calibration)
    level_dba = rounded("noise_laeq_dba", level_dbfs + calibration.offset_db)
    return judge_level(level_dba, bands, required=required, uncertainty_db=uncertainty_db)


def _uncertainty_db(noise_se_db: float, calibration: Calibration | None) -> float:
    """Return `U` with the digits that the row shows: a person can only check what is shown."""
    calibration_u_db = calibration.u_db if calibration else 0.0
    uncertainty_db = expanded_uncertainty_db(calibration_u_db=calibration_u_db, noise_se_db=noise_se_db)
    return rounded("noise_uncertainty_db", uncertainty_db)


def _replaces(room_tone: Measurement, judged: Measurement) -> bool:
    if judged.noise_method != "la90" and judged.band_status != "borderline":
        return False
    if judged.la90_dbfs is None or room_tone.la90_dbfs is None or room_tone.noise_method != "gap":
        return False
    long_enough = (room_tone.noise_gap_kept_s or 0.0) >= ROOM_TONE_SHORTEST_S
    return long_enough and abs(judged.la90_dbfs - room_tone.la90_dbfs) <= ROOM_TONE_AGREES_DB


def _with_room_tone(measurement: Measurement, room_tone: Measurement) -> Measurement:
    fields = {"noise_laeq_dbfs": room_tone.noise_laeq_dbfs, "noise_se_db": _room_tone_se_db(room_tone)}
    return replace(measurement, noise_method="room_tone", **_rounded(fields))


def _room_tone_se_db(room_tone: Measurement) -> float:
    kept_s = room_tone.noise_gap_kept_s or ROOM_TONE_SHORTEST_S
    scatter_db = ((room_tone.la10_dbfs or 0.0) - (room_tone.la90_dbfs or 0.0)) / LA10_LESS_LA90
    return float(max(ROOM_TONE_LOWEST_SE_DB, scatter_db / (kept_s * INDEPENDENT_A_SECOND) ** 0.5))


def _required(bands: Bands | None, name: str | None) -> Band | None:
    if name is None:
        return None
    if bands is None:
        raise SignalError("bands.missing", f"band {name!r} is asked for, but there are no bands")
    return bands.named(name)


def _rounded(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: rounded(name, v) if isinstance(v, float) else v for name, v in fields.items()}
