"""What is believed of a take, as people read it: claimed, measured, and which of the two counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import parse_json
from speechcorpus.record.compare import Compared
from speechcorpus.record.manifest import parse_manifest
from speechcorpus.store.models import Sitting, Take, TakeHold
from speechcorpus.workflows.claims_compare import kept_compared
from speechcorpus.workflows.take_holds import OTHER_RATE, TOO_LONG, HeldTake

NOTABLE = ("differs", "ours", "held")
LONGEST_WORD = 20
SHORT = 8  # digits of an id or a hash: enough to tell two apart
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a row: figures with their units, and words that have a name in every language."""

    figures: str = ""
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BelievedRow:
    """One claim beside what was measured."""

    row: str
    says: str
    code: str | None
    claimed: Side
    measured: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureView:
    """How a take was caught, and every claim about it: nothing in it says by whom."""

    rows: tuple[BelievedRow, ...]
    recorder: str
    capture_path: str
    clock_ppm: str | None
    system: str | None  # operating system and family of the browser, no version
    browser: str | None


def capture_view(session: Session, take: Take) -> CaptureView:
    """Return the facts of a take's capture for quality control."""
    device = session.get_one(Sitting, take.sitting_id).device
    recorder = parse_manifest(parse_json(take.manifest)).capture.recorder if take.manifest else "–"
    rows = kept_compared(session, take.id)
    rate = next((each.measured for each in rows if each.row == "rate"), None)
    return CaptureView(
        rows=tuple(_row(each) for each in rows),
        recorder=recorder[:LONGEST_WORD],
        capture_path=take.capture_path,
        clock_ppm=None if rate is None else str(rate["clock_ppm"]),
        system=_word(device.get("os")),
        browser=_word(device.get("browser")),
    )


def notable_rows(session: Session, take: Take) -> tuple[BelievedRow, ...]:
    """Return what a speaker should know of the claims about their take: where something differs."""
    rows = tuple(_row(each) for each in kept_compared(session, take.id) if each.says in NOTABLE)
    decided = session.get(TakeHold, (take.id, OTHER_RATE))
    if decided is not None and decided.decision is not None:
        rows = tuple(row for row in rows if row.says != "held")
    held = session.get(TakeHold, (take.id, TOO_LONG))
    if held is None or held.decision is not None:
        return rows
    waits = Compared(row="duration", says="held", claimed=held.claimed, measured=held.measured)
    return (*rows, _row(waits))


def held_row(held: HeldTake) -> BelievedRow:
    """Return a take that waits for a person as the claim it waits for."""
    row = "rate" if held.code == OTHER_RATE else "duration"
    return _row(Compared(row=row, says="held", claimed=held.claimed, measured=held.measured))


def _row(each: Compared) -> BelievedRow:
    claimed, measured = WORDED[each.row]
    return BelievedRow(
        row=each.row,
        says=each.says,
        code=each.code,
        claimed=Side() if each.claimed is None else claimed(each.claimed),
        measured=Side() if each.measured is None else measured(each.measured),
    )


def _word(value: object) -> str | None:
    return value[:LONGEST_WORD] if isinstance(value, str) else None


def _short(value: object) -> str:
    return "–" if value is None else str(value)[:SHORT]


def _bytes(values: Values) -> Side:
    return Side(figures=f"{values['frames']} · {_short(values['take_sha256'])}")


def _counts(values: Values) -> Side:
    counts = ("–" if values[key] is None else str(values[key]) for key in ("seen", "delivered", "total"))
    return Side(figures=" / ".join(counts))


def _frames(values: Values) -> Side:
    lost = values["lost_frames"]
    return Side(figures=f"{values['frames']}{f' (−{lost})' if lost else ''}")


def _seconds(values: Values) -> Side:
    return Side(figures=f"{next(iter(values.values()))} s")


def _markers(values: Values) -> Side:
    return Side(figures=str(values["markers"]))


def _prompts(values: Values) -> Side:
    return Side(figures=str(values["prompts"]))


def _rate(values: Values) -> Side:
    ppm = f" ({values['clock_ppm']} ppm)" if "clock_ppm" in values else ""
    return Side(figures=f"{values['rate_hz']} Hz{ppm}")


def _zeros(values: Values) -> Side:
    return Side(figures=str(values["runs"]))


def _holes(values: Values) -> Side:
    lost = values["dropout_ms"]
    return Side(figures=f"{values['runs']}{f' ({lost} ms)' if lost != '0' else ''}")


def _processing(values: Values) -> Side:
    return Side(states=tuple(values.values()))


def _processed(values: Values) -> Side:
    pumping, zeros = values["agc_pumping_db"], values["gap_zero_ratio"]
    parts = [f"{pumping} dB"] * (pumping is not None)
    if zeros is not None:
        parts.append(f"= 0: {100 * float(zeros):.1f} %")
    return Side(figures=" · ".join(parts) or "–")


def _readings(values: Values) -> Side:
    return Side(figures=str(values["readings"]))


def _off(values: Values) -> Side:
    off_db = str(values["off_db"])
    return Side(figures=f"{'' if off_db.startswith('-') else '+'}{off_db} dB".replace("-", "−"))


def _gate(values: Values) -> Side:
    return Side(states=("in-band" if values["in_band"] else "out-of-band",))


def _band(values: Values) -> Side:
    return Side(figures=f"{values['noise_laeq_dba']} dB(A)", states=(values["band_status"],))


def _named(values: Values) -> Side:
    return Side(figures=_short(values["id"]))


def _used(values: Values) -> Side:
    fault = values.get("fault")
    return Side(figures=f"{_short(values['id'])}{f' ({fault})' if fault else ''}")


def _passed(values: Values) -> Side:
    return Side(states=("passed" if values["passed"] else "failed",))


WORDED: Mapping[str, tuple[Callable[[Values], Side], Callable[[Values], Side]]] = {
    "bytes": (_bytes, _bytes),
    "counts": (_counts, _frames),
    "duration": (_seconds, _seconds),
    "markers": (_markers, _prompts),
    "rate": (_rate, _rate),
    "zeros": (_zeros, _holes),
    "processing": (_processing, _processed),
    "meter": (_readings, _off),
    "gate": (_gate, _band),
    "calibration": (_named, _used),
    "device-check": (_named, _passed),
}
