"""One row of numbers about one audio file: what every later verdict, gauge and plot is arithmetic on."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any, Literal

from speechcorpus.domain.errors import SignalError

Status = Literal["ok", "partial", "refused", "crashed"]
NoiseMethod = Literal["gap", "la90", "room_tone"]
BandStatus = Literal["inside", "borderline", "outside"]
Row = dict[str, Any]

ERROR_CODES: Mapping[str, Status] = {
    "unreadable": "refused",
    "empty": "refused",
    "not-audio": "refused",
    "format-not-allowed": "refused",
    "rate-not-allowed": "refused",
    "channels-not-allowed": "refused",
    "too-long": "refused",
    "non-finite": "refused",
    "length-mismatch": "partial",
    "truncated": "partial",
    "decode-timeout": "crashed",
    "decode-memory": "crashed",
    "decoder-crashed": "crashed",
}
"""Every error code of a row, with the status it brings."""

SpanKind = Literal[
    "clip",
    "dropout",
    "repeat",
    "click",
    "pop",
    "burst",
    "head-cut",
    "tail-cut",
    "long-pause",
    "band-out",
    "hum",
    "agc",
]
SPANS_A_KIND = 200

RECORD_ONLY = ("gap_se_db", "noise_seconds_dbfs")
"""Fields that are stored and never shown: calibration and bands need them to be a second step on a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A place in a recording; `channel` None means all of them."""

    kind: SpanKind
    start_s: float
    end_s: float
    start_sample: int
    end_sample: int
    channel: int | None
    measured: float
    unit: str

    @classmethod
    def at(
        cls,
        kind: SpanKind,
        start: int,
        end: int,
        *,
        rate_hz: int,
        channel: int | None,
        measured: float,
        unit: str,
    ) -> "Span":
        """Return the span of the samples `[start, end)`, its times in seconds with 3 decimals.

        Examples
        --------
        >>> Span.at("clip", 16000, 16004, rate_hz=16000, channel=None, measured=4, unit="samples").start_s
        1.0
        """
        return cls(
            kind=kind,
            start_s=round(start / rate_hz, 3),
            end_s=round(end / rate_hz, 3),
            start_sample=int(start),
            end_sample=int(end),
            channel=channel,
            measured=float(measured),
            unit=unit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything measured about one file, in the order of the keys of `speechcorpus measure --json`.

    Absent is None, never NaN, −1 or 0.0. Fields say their unit at the end of their name; `_dbfs` is
    relative to digital full scale and says nothing about a room, `_dba` is sound pressure.

    Raises
    ------
    SignalError : `measurement.number` if a number is NaN or infinite
    """

    path: str
    status: Status
    error_code: str | None = None
    error_detail: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    analyser: str
    analyser_version: str
    settings_sha256: str
    container: str | None = None
    encoding: str | None = None
    rate_hz: int | None = None
    channels: int | None = None
    claimed_frames: int | None = None
    decoded_frames: int | None = None
    duration_s: float | None = None
    level_dbfs: float | None = None  # whole file: Z (unweighted, without DC) and A
    laeq_dbfs: float | None = None
    la10_dbfs: float | None = None  # A level exceeded that share of the time
    la50_dbfs: float | None = None
    la90_dbfs: float | None = None
    la95_dbfs: float | None = None
    laf_max_dbfs: float | None = None  # maximum Fast, Slow
    las_max_dbfs: float | None = None
    noise_laeq_dbfs: float | None = None  # background: without speech
    noise_la90_dbfs: float | None = None
    noise_method: NoiseMethod | None = None
    noise_gap_s: float | None = None
    noise_gap_kept_s: float | None = None
    noise_spread_db: float | None = None
    noise_se_db: float | None = None
    noise_octave_63_dbfs: float | None = None
    noise_octave_125_dbfs: float | None = None
    noise_octave_250_dbfs: float | None = None
    noise_octave_500_dbfs: float | None = None
    noise_octave_1000_dbfs: float | None = None
    noise_octave_2000_dbfs: float | None = None
    noise_octave_4000_dbfs: float | None = None
    noise_octave_8000_dbfs: float | None = None
    noise_octave_partial_hz: int | None = None
    calibration_id: str | None = None  # dB SPL = dBFS + calibration_db
    calibration_db: float | None = None
    calibration_u_db: float | None = None
    noise_laeq_dba: float | None = None  # null while uncalibrated
    noise_la90_dba: float | None = None
    laeq_dba: float | None = None
    noise_uncertainty_db: float | None = None
    band: str | None = None
    required_band: str | None = None
    band_status: BandStatus | None = None
    band_margin_db: float | None = None
    band_out_ratio: float | None = None
    vad_backend: str | None = None
    speech_s: float | None = None
    speech_ratio: float | None = None
    speech_level_dbfs: float | None = None
    longest_pause_s: float | None = None  # this and the edges: null unless `noise_gap_kept_s` is 0.3 or more
    head_silence_s: float | None = None
    tail_silence_s: float | None = None
    head_cut: bool | None = None
    tail_cut: bool | None = None
    snr_db: float | None = None
    snr_a_db: float | None = None
    snr_segmental_db: float | None = None
    loudness_lufs: float | None = None
    peak_dbfs: float | None = None
    true_peak_dbtp: float | None = None
    clip_runs: int | None = None
    clip_runs_per_min: float | None = None
    clipped_s: float | None = None
    clipped_ratio: float | None = None
    full_scale_ratio: float | None = None
    dc_ratio: float | None = None
    bandwidth_hz: float | None = None
    bandwidth_cliff_hz: float | None = None
    hf_ratio_db: float | None = None
    hum_hz: float | None = None
    hum_db: float | None = None
    dropout_count: int | None = None
    dropout_s: float | None = None
    repeat_count: int | None = None
    agc_pumping_db: float | None = None
    gap_zero_ratio: float | None = None
    click_count: int | None = None
    clicks_per_min: float | None = None
    pop_count: int | None = None
    burst_count: int | None = None
    reverb_t60_s: float | None = None
    reverb_class: str | None = None
    echo_delay_s: float | None = None
    echo_level_db: float | None = None
    channel_identical: bool | None = None
    channel_correlation: float | None = None
    channel_delay_s: float | None = None
    channel_bleed_db: float | None = None
    spans: tuple[Span, ...] = ()
    spans_left_out: int = 0
    gap_se_db: float | None = None  # from here on `RECORD_ONLY`; the error as a room tone, before its floor
    noise_seconds_dbfs: tuple[float | None, ...] = ()  # LAeq of each second's gap; None below 0.1 s

    def __post_init__(self) -> None:
        for name in FLOAT_FIELDS:
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise SignalError("measurement.number", f"{name} is {value}", field=name)
        if not all(second is None or math.isfinite(second) for second in self.noise_seconds_dbfs):
            name = "noise_seconds_dbfs"
            raise SignalError("measurement.number", f"{name} has a number that is none", field=name)

    def to_row(self) -> Row:
        """Return what is shown, as plain values in key order: JSON line, Parquet, digest."""
        return {name: value for name, value in self.to_record().items() if name not in RECORD_ONLY}

    def to_record(self) -> Row:
        """Return all of the measurement as plain values: what is stored and travels, and is judged later."""
        record: Row = {name: getattr(self, name) for name in self.__slots__}
        record["spans"] = [asdict(span) for span in self.spans]
        record["noise_seconds_dbfs"] = list(self.noise_seconds_dbfs)
        return record

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Measurement":
        """Return the measurement that `to_record` or `to_row` wrote; the latter lost the seconds.

        Raises
        ------
        SignalError : `measurement.keys` if a key is missing or unknown
        """
        wrong = sorted({*row, *RECORD_ONLY} ^ {field.name for field in fields(cls)})
        if wrong:
            raise SignalError("measurement.keys", f"missing or unknown keys: {', '.join(wrong)}")
        spans = tuple(Span(**span) for span in row["spans"])
        seconds = tuple(row.get("noise_seconds_dbfs", ()))
        return cls(**{**row, "spans": spans, "noise_seconds_dbfs": seconds})


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondTracks:
    """A recording second by second, for curves and lanes: background, level, and where there is speech.

    Parameters
    ----------
    noise_laeq_dbfs : of the gap in each 1 s window; None where there is less than 0.1 s of it
    laeq_dbfs : of each whole window; None where the file ends within its first frame
    speech : start and end of each stretch, in seconds
    """

    noise_laeq_dbfs: tuple[float | None, ...]
    laeq_dbfs: tuple[float | None, ...]
    speech: tuple[tuple[float, float], ...]


FLOAT_FIELDS = tuple(field.name for field in fields(Measurement) if field.type in (float | None, float))


def rounded(name: str, value: float) -> float:
    """Return the value with the digits that its field promises: dB 2, seconds 3, Hz 1, ratios 6 significant.

    Examples
    --------
    >>> rounded("noise_laeq_dbfs", -52.0349), rounded("speech_s", 1.23456), rounded("dc_ratio", 0.00012345678)
    (-52.03, 1.235, 0.000123457)
    """
    digits = _digits(name)
    return (float(f"{value:.6g}") if digits is None else round(value, digits)) + 0.0


@cache
def _digits(name: str) -> int | None:
    """Digits behind the point that a field of this name shows, None for six significant ones."""
    for endings, digits in ((("_db", "_dbfs", "_dba", "_dbtp", "_lufs"), 2), (("_hz",), 1), (("_s",), 3)):
        if name.endswith(endings):
            return digits
    return None


def rounded_fields(values: Row) -> Row:
    """Return the fields of a row, each with the digits that it promises.

    Examples
    --------
    >>> rounded_fields({"snr_db": 12.3456, "clip_runs": 3, "band": None})
    {'snr_db': 12.35, 'clip_runs': 3, 'band': None}
    """
    return {name: rounded(name, v) if isinstance(v, float) else v for name, v in values.items()}
