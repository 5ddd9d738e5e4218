"""Making a calibration from takes beside a reference, and refusing one that nobody should trust."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NoReturn

from speechcorpus.domain.errors import SignalError
from speechcorpus.noise.calibration import U_DB, Calibration, Device, Method

CALIBRATOR_DB = 94.0  # 1 Pa, IEC 60942
SHORTEST_TAKE_S = 10
STEADY_DB = 0.5
FEWEST_TAKES = 3
WIDEST_SPREAD_DB = 1.0
REFERENCE_RANGE_DB = (50.0, 102.0)
FEWEST_MODELS = 3
LINEAR_DB = 1.5
LEVELS_APART_DB = 15.0
LASTS = timedelta(days=30)
PRIOR_OFFSET_DB = 123.0  # a MEMS microphone gives a sine of −26 dB re full-scale sine at 94 dB SPL
PRIOR_U_DB = 10.0

ReferenceMethod = Literal["reference-meter", "calibrated-phone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceTake:
    """One take of a steady sound, and what the reference beside the microphone read meanwhile.

    Parameters
    ----------
    seconds_dbfs : level of each whole second: Z for a calibrator, A beside a meter in dB(A); warm-up left out
    reference_db : dB SPL of the calibrator, or dB(A) of the meter

    Raises
    ------
    SignalError : `calibration.number`, `calibration.short`, `calibration.unsteady`, `calibration.reference`
    """

    seconds_dbfs: tuple[float, ...]
    reference_db: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(number) for number in (*self.seconds_dbfs, self.reference_db)):
            raise SignalError("calibration.number", "a take for calibration has a level that is no number")
        seconds = len(self.seconds_dbfs)
        if seconds < SHORTEST_TAKE_S:
            _refuse(
                "calibration.short",
                "a take needs {limit:g} s, this one has {measured:g}",
                seconds,
                SHORTEST_TAKE_S,
            )
        moved_db = round(max(self.seconds_dbfs) - min(self.seconds_dbfs), 6)
        if moved_db > STEADY_DB:
            _refuse(
                "calibration.unsteady",
                "the sound moved by {measured:g} dB, more than {limit:g}",
                moved_db,
                STEADY_DB,
            )
        low_db, high_db = REFERENCE_RANGE_DB
        if not low_db <= self.reference_db <= high_db:
            limit_db = low_db if self.reference_db < low_db else high_db
            sentence = "the reference reads {measured:g} dB, beyond {limit:g}"
            _refuse("calibration.reference", sentence, self.reference_db, limit_db)

    @property
    def level_dbfs(self) -> float:
        """Energy mean of the seconds."""
        return 10 * math.log10(
            math.fsum(10 ** (each / 10) for each in self.seconds_dbfs) / len(self.seconds_dbfs)
        )

    @property
    def offset_db(self) -> float:
        """What makes its level the reference's."""
        return self.reference_db - self.level_dbfs


def from_calibrator(
    seconds_dbfs: Sequence[float],
    *,
    calibration_id: str,
    device: Device,
    made_at: datetime,
    reference_db: float = CALIBRATOR_DB,
    reference_class: str | None = None,
) -> Calibration:
    """Return the calibration by a sound calibrator of 94 dB at 1 kHz over the microphone.

    Parameters
    ----------
    seconds_dbfs : Z level of each whole second, 10 or more
    reference_class : of the calibrator, such as "IEC 60942 class 1"

    Raises
    ------
    SignalError : a code of `ReferenceTake`

    Examples
    --------
    >>> from datetime import UTC
    >>> mine = Device(label_sha256="5e", os="Linux", browser="Firefox", rate_hz=48000, gain_note="70 %")
    >>> day = datetime(2026, 5, 1, tzinfo=UTC)
    >>> made = from_calibrator([-29.0] * 10, calibration_id="c", device=mine, made_at=day)
    >>> made.offset_db, made.u_db, made.expires_at
    (123.0, 1.0, '2026-05-31T00:00:00+00:00')
    """
    take = ReferenceTake(seconds_dbfs=tuple(seconds_dbfs), reference_db=reference_db)
    return _made([take.offset_db], "calibrator", calibration_id, device, made_at, reference_class)


def from_reference_takes(
    takes: Sequence[ReferenceTake],
    *,
    calibration_id: str,
    device: Device,
    made_at: datetime,
    method: ReferenceMethod = "reference-meter",
    reference_class: str | None = None,
) -> Calibration:
    """Return the calibration by a meter side by side: the mean offset of three takes or more.

    Raises
    ------
    SignalError : `calibration.takes` for less than three, `calibration.spread` if they do not agree in 1 dB
    """
    if len(takes) < FEWEST_TAKES:
        _refuse(
            "calibration.takes",
            "{limit:g} takes are needed, there are {measured:g}",
            len(takes),
            FEWEST_TAKES,
        )
    made = _made([take.offset_db for take in takes], method, calibration_id, device, made_at, reference_class)
    if made.spread_db is not None and made.spread_db > WIDEST_SPREAD_DB:
        sentence = "the takes lie {measured:g} dB apart, more than {limit:g}"
        _refuse("calibration.spread", sentence, made.spread_db, WIDEST_SPREAD_DB)
    return made


def from_model_table(
    device_offsets_db: Sequence[float], *, calibration_id: str, device: Device, made_at: datetime
) -> Calibration:
    """Return the calibration of a device nobody measured, from three or more of its model and OS.

    Raises
    ------
    SignalError : `calibration.takes` for less than three devices
    """
    known = len(device_offsets_db)
    if known < FEWEST_MODELS:
        _refuse(
            "calibration.takes", "{limit:g} devices are needed, there are {measured:g}", known, FEWEST_MODELS
        )
    return _made(device_offsets_db, "model-table", calibration_id, device, made_at, None)


def nonlinearity_db(takes: Sequence[ReferenceTake]) -> float:
    """Return how far the offsets of takes at different levels lie apart; beyond 1.5 dB gain control is on.

    Raises
    ------
    SignalError : `calibration.levels` unless two references lie 15 dB apart or more

    Examples
    --------
    >>> nonlinearity_db([ReferenceTake(seconds_dbfs=(level,) * 10, reference_db=level + 110)
    ...     for level in (-50.0, -30.0)])
    0.0
    """
    references_db = sorted(take.reference_db for take in takes)
    apart_db = round(references_db[-1] - references_db[0], 6) if takes else 0.0
    if apart_db < LEVELS_APART_DB:
        sentence = "the levels lie {measured:g} dB apart, {limit:g} are needed"
        _refuse("calibration.levels", sentence, apart_db, LEVELS_APART_DB)
    return _spread_db([take.offset_db for take in takes])


def is_linear(takes: Sequence[ReferenceTake]) -> bool:
    """Say whether takes 15 dB apart give one offset within 1.5 dB; else it is `audio.gain-pumping`."""
    return nonlinearity_db(takes) <= LINEAR_DB


def prior_hint_db(level_dbfs: float) -> float:
    """Return what a usual microphone would make of a level, ±10 dB: a hint to show, never a calibration.

    Examples
    --------
    >>> prior_hint_db(-80.0)
    43.0
    """
    return level_dbfs + PRIOR_OFFSET_DB


def _made(
    offsets_db: Sequence[float],
    method: Method,
    calibration_id: str,
    device: Device,
    made_at: datetime,
    reference_class: str | None,
) -> Calibration:
    return Calibration(
        id=calibration_id,
        offset_db=round(math.fsum(offsets_db) / len(offsets_db), 2),
        method=method,
        u_db=U_DB[method],
        device_label_sha256=device.label_sha256,
        os=device.os,
        browser=device.browser,
        rate_hz=device.rate_hz,
        gain_note=device.gain_note,
        reference_class=reference_class,
        takes=len(offsets_db),
        spread_db=_spread_db(offsets_db),
        made_at=made_at.isoformat(),
        expires_at=(made_at + LASTS).isoformat(),
    )


def _spread_db(offsets_db: Sequence[float]) -> float:
    return round(max(offsets_db) - min(offsets_db), 2)


def _refuse(code: str, sentence: str, measured: float, limit: float) -> NoReturn:
    raise SignalError(code, sentence.format(measured=measured, limit=limit), measured=measured, limit=limit)
