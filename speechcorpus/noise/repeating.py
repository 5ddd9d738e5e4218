"""Whether a calibration still holds when a sitting begins: one reading beside the reference tells."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from speechcorpus.noise.calibrating import ReferenceTake
from speechcorpus.noise.calibration import Calibration

AGREES_DB = 1.0
UNREPEATED_U_DB = 2.0  # a moved gain slider is invisible; a reference meter still meets the limit of 3.0 dB
FRESH = timedelta(hours=2)

Repeated = Literal["agrees", "differs", "skipped"]
"""What the last repeat check said, or that there was none."""


def difference_db(calibration: Calibration, take: ReferenceTake) -> float:
    """Return the calibrated level of a take less what the reference read, to 0.01 dB.

    Examples
    --------
    >>> made = Calibration(id="c", offset_db=104.0, method="reference-meter", u_db=2.0)
    >>> difference_db(made, ReferenceTake(seconds_dbfs=(-38.6,) * 10, reference_db=65.0))
    0.4
    """
    return round(calibration.offset_db - take.offset_db, 2)


def agrees(measured_db: float) -> bool:
    """Say whether such a difference leaves the calibration as good as it was: at most 1 dB."""
    return abs(measured_db) <= AGREES_DB


def is_fresh(made_at: datetime, began_at: datetime) -> bool:
    """Say whether what was read beside the reference counts as the repeat check of a sitting.

    Examples
    --------
    >>> noon = datetime(2026, 5, 1, 12)
    >>> is_fresh(noon, noon + timedelta(hours=2)), is_fresh(noon, noon + timedelta(hours=3))
    (True, False)
    """
    return began_at - made_at <= FRESH


def unrepeated_u_db(u_db: float) -> float:
    """Return the uncertainty of a calibration that nobody repeated: `√(u_db² + 2²)`, to 0.01 dB.

    Examples
    --------
    >>> unrepeated_u_db(2.0), unrepeated_u_db(3.0)
    (2.83, 3.61)
    """
    return round(math.hypot(u_db, UNREPEATED_U_DB), 2)


def after_repeat(calibration: Calibration, repeated: Repeated) -> Calibration | None:
    """Return the calibration as it counts for a recording, None where a repeat check refuted it.

    Examples
    --------
    >>> made = Calibration(id="c", offset_db=104.0, method="reference-meter", u_db=2.0)
    >>> after_repeat(made, "skipped").u_db, after_repeat(made, "differs")
    (2.83, None)
    """
    if repeated == "differs":
        return None
    if repeated == "agrees":
        return calibration
    return replace(calibration, u_db=unrepeated_u_db(calibration.u_db))
