"""From digital full scale to sound pressure: one number for a device, and how sure it is."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """dB SPL = dBFS + `offset_db` for one device, browser, rate and gain; `stated` is a number someone typed.

    Raises
    ------
    SignalError : `calibration.number` unless offset and uncertainty are finite and the uncertainty is not
        negative, `calibration.method` for a method we do not know
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
        if not (math.isfinite(self.offset_db) and math.isfinite(self.u_db) and self.u_db >= 0):
            raise SignalError("calibration.number", "a calibration needs a finite offset and uncertainty")
        if self.method not in get_args(Method):
            raise SignalError("calibration.method", f"unknown calibration method {self.method!r}")


def expanded_uncertainty_db(*, calibration_u_db: float, noise_se_db: float) -> float:
    """Return `U = 2·√((calibration_u_db/2)² + noise_se_db²)`, k = 2.

    Examples
    --------
    >>> round(expanded_uncertainty_db(calibration_u_db=1.0, noise_se_db=1.0), 2)
    2.24
    """
    return 2 * math.hypot(calibration_u_db / 2, noise_se_db)
