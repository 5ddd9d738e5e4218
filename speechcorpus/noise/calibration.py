"""From digital full scale to sound pressure: one number for a device, how sure it is, and when it holds."""

import json
import math
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from types import UnionType
from typing import Any, Literal, get_args

from speechcorpus.domain.errors import SignalError

Method = Literal["calibrator", "reference-meter", "calibrated-phone", "model-table", "stated"]

U_DB: dict[str, float] = {
    "calibrator": 1.0,
    "reference-meter": 2.0,
    "calibrated-phone": 3.0,
    "model-table": 5.0,
}
"""Expanded uncertainty (k = 2) of each method, our estimate."""

STATED_U_DB = 3.0  # of an offset that someone typed without saying how sure it is

Fault = Literal[
    "calibration.other-device",
    "calibration.other-os",
    "calibration.other-browser",
    "calibration.other-rate",
    "calibration.other-gain",
    "calibration.expired",
]
"""Why a calibration does not hold for a recording: it is then uncalibrated (`noise.uncalibrated`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """dB SPL = dBFS + `offset_db` for one device, browser, rate and gain; `stated` is a number someone typed.

    Times are ISO 8601 with their offset from UTC.

    Raises
    ------
    SignalError : `calibration.number` unless all numbers are finite and the uncertainty is not negative,
        `calibration.method` for a method we do not know, `calibration.time` for a time without its zone;
        the fact `field` names the culprit
    """

    id: str
    offset_db: float
    method: Method
    u_db: float
    device_label_sha256: str | None = None
    os: str | None = None
    browser: str | None = None
    rate_hz: int | None = None
    gain_note: str | None = None
    reference_class: str | None = None
    takes: int | None = None
    spread_db: float | None = None
    made_at: str | None = None
    expires_at: str | None = None

    def __post_init__(self) -> None:
        for name in ("offset_db", "u_db", "spread_db"):
            number = getattr(self, name)
            if number is not None and (not math.isfinite(number) or (number < 0 and name != "offset_db")):
                raise SignalError("calibration.number", f"{name} of a calibration is {number}", field=name)
        if self.method not in get_args(Method):
            raise SignalError(
                "calibration.method", f"unknown calibration method {self.method!r}", field="method"
            )
        for name in ("made_at", "expires_at"):
            _moment(getattr(self, name), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a calibration holds for: any change of it makes another device."""

    label_sha256: str | None
    os: str | None
    browser: str | None
    rate_hz: int | None
    gain_note: str | None


def expanded_uncertainty_db(*, calibration_u_db: float, noise_se_db: float) -> float:
    """Return `U = 2·√((calibration_u_db/2)² + noise_se_db²)`, k = 2.

    Examples
    --------
    >>> round(expanded_uncertainty_db(calibration_u_db=1.0, noise_se_db=1.0), 2)
    2.24
    """
    return 2 * math.hypot(calibration_u_db / 2, noise_se_db)


def fault_of(calibration: Calibration, *, device: Device, now: datetime) -> Fault | None:
    """Return why the calibration does not hold for this device at this time, None if it does.

    What is unknown on one side only is a change. A `stated` offset is bound to no device: who typed it
    answers for that.

    Examples
    --------
    >>> from datetime import UTC
    >>> mine = Device(label_sha256="5e", os="Linux", browser="Firefox", rate_hz=48000, gain_note="70 %")
    >>> made = Calibration(id="c", offset_db=104.0, method="calibrator", u_db=1.0, device_label_sha256="5e",
    ...     os="Linux", browser="Firefox", rate_hz=44100, gain_note="70 %")
    >>> fault_of(made, device=mine, now=datetime(2026, 5, 1, tzinfo=UTC))
    'calibration.other-rate'
    """
    if calibration.method == "stated":
        return None
    pairs: tuple[tuple[object, object, Fault], ...] = (
        (calibration.device_label_sha256, device.label_sha256, "calibration.other-device"),
        (calibration.os, device.os, "calibration.other-os"),
        (calibration.browser, device.browser, "calibration.other-browser"),
        (calibration.rate_hz, device.rate_hz, "calibration.other-rate"),
        (calibration.gain_note, device.gain_note, "calibration.other-gain"),
    )
    changed = next((fault for ours, theirs, fault in pairs if ours != theirs), None)
    return changed or ("calibration.expired" if is_expired(calibration, now=now) else None)


def is_valid_for(calibration: Calibration, *, device: Device, now: datetime) -> bool:
    """Say whether the calibration holds for this device at this time."""
    return fault_of(calibration, device=device, now=now) is None


def is_expired(calibration: Calibration, *, now: datetime) -> bool:
    """Say whether its time is over; one that names no end has none. `now` knows its zone."""
    end = _moment(calibration.expires_at, "expires_at")
    return end is not None and now >= end


def parse_calibration(text: str) -> Calibration:
    """Return the calibration of a JSON record: `id`, `offset_db`, `method`, `u_db`, the others if known.

    Numbers may be decimal strings, as in the records of our server. Whether it has expired is for the
    caller to ask, who knows what time it is.

    Raises
    ------
    SignalError : `calibration.json`, `calibration.key`, `calibration.type` or a code of `Calibration`; the
        sentence ends in the line

    Examples
    --------
    >>> parse_calibration('{"id": "c1", "offset_db": 104.2, "method": "calibrator", "u_db": 1}').offset_db
    104.2
    """
    try:
        return _read(json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        sentence = f"no calibration record: {error} (line {line})"
        raise SignalError("calibration.json", sentence, line=line) from error
    except SignalError as error:
        raise _with_line(error, text) from error


def _read(document: object) -> Calibration:
    if not isinstance(document, Mapping):
        raise SignalError("calibration.json", "a calibration record is one JSON object")
    known = {field.name for field in fields(Calibration)}
    for key in document:
        if key not in known:
            raise SignalError("calibration.key", f"a calibration has no {key!r}", field=key)
    for key in ("id", "offset_db", "method", "u_db"):
        if document.get(key) is None:
            raise SignalError("calibration.key", f"a calibration needs {key!r}", field=key)
    hints = typing.get_type_hints(Calibration)
    return Calibration(**{key: _value(hints[key], value, key) for key, value in document.items()})


def _value(hint: Any, value: object, key: str) -> Any:
    """Return the value as the field wants it; a number may come as a decimal string."""
    if isinstance(hint, UnionType):
        return None if value is None else _value(get_args(hint)[0], value, key)
    if hint is float and not isinstance(value, bool):
        try:
            return float(value)  # type: ignore[arg-type]  # what is no number raises
        except (TypeError, ValueError, OverflowError):
            pass
    if hint is int and type(value) is int:
        return value
    if hint not in (int, float) and isinstance(value, str):
        return value
    raise SignalError("calibration.type", f"{key} of a calibration cannot be {value!r}", field=key)


def _moment(text: str | None, field: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SignalError("calibration.time", f"{field} is no time with its zone: {text!r}", field=field)
    return moment


def _with_line(error: SignalError, text: str) -> SignalError:
    """Return the error with the line that the key it names stands on last."""
    said = [m.start() for m in re.finditer(rf"{re.escape(json.dumps(error.facts.get('field')))}\s*:", text)]
    line = text.count("\n", 0, said[-1]) + 1 if said else 1
    return SignalError(error.code, f"{error} (line {line})", **{**error.facts, "line": line})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise SignalError("calibration.key", f"{name!r} stands here twice", field=name)
    return dict(pairs)


def _refuse_constant(constant: str) -> float:
    raise ValueError(f"{constant} is not a number here")
