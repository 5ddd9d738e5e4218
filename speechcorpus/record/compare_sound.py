"""The rows of `compare.py` that need the sound: zeros, processing, the meter, the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speechcorpus.domain.measurement import Measurement, Span
from speechcorpus.record.compare import OVERRUN, Compared, Says, Values, number
from speechcorpus.record.manifest import Manifest
from speechcorpus.record.readings import MeterCheck

Run = tuple[int, int]

ZEROS_S = 0.01  # what the browser's watch reports
DROPOUT_S = 0.005
NEAR_S = 0.25  # a gap is marked where the packets stopped; the hole in the sound is at most so far away
METER_DB = 0.3
PUMPING_DB = 6.0
GATE_RATIO = 0.2
PLACES = 20  # of so many runs the place is kept, of all of them the number
MOST_RUNS = 100_000
OUT_OF_BAND = "band"  # how a take ends that the gate ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a worker found in the samples of a take."""

    zeros: tuple[Run, ...]  # samples [start, end) of each run of exact zeros of 10 ms or more
    meter: MeterCheck
    row: Measurement  # of the whole take, calibrated if it can be


def compare_heard(manifest: Manifest, heard: Heard) -> tuple[Compared, ...]:
    """Return the rows that the sound decides."""
    return (
        _zeros(manifest, heard),
        _processing(manifest, heard.row),
        _meter(heard.meter),
        _gate(manifest, heard.row),
    )


def explained_frames(manifest: Manifest, spans: Sequence[Span], *, first_sample: int = 0) -> int:
    """Return how many frames our recorder lost where these dropouts are; 0 if it does not explain them all.

    The counts have no place, so what they lost explains any dropout; a gap explains what is near it.

    Parameters
    ----------
    spans : of an item or a take; those of other kinds say nothing here
    first_sample : where the samples of `spans` begin in the take
    """
    if manifest.capture.lost:
        return manifest.capture.lost
    holes = [span for span in spans if span.kind in ("dropout", "repeat")]
    gaps = [_gap_near(manifest, hole, first_sample) for hole in holes]
    found = {gap for gap in gaps if gap is not None}
    if not holes or None in gaps:
        return 0
    return sum(max(1, lost_ms * manifest.rate_hz // 1000) for _, lost_ms in found)


def zero_runs_of(events: Sequence[Mapping[str, object]]) -> tuple[Run, ...]:
    """Return the runs of zeros that the browser reported, those that can be read.

    Examples
    --------
    >>> zero_runs_of([{"kind": "zeros", "at_sample": 100, "samples": 480}, {"kind": "mute", "at_sample": 3}])
    ((100, 580),)
    """
    found: list[Run] = []
    for event in events[:MOST_RUNS]:
        start, samples = event.get("at_sample"), event.get("samples")
        if event.get("kind") == "zeros" and isinstance(start, int) and isinstance(samples, int):
            found.append((start, start + samples))
    return tuple(found)


def _gap_near(manifest: Manifest, hole: Span, first_sample: int) -> Run | None:
    """Return place and length of a marked gap at this hole, None if none is near."""
    near = NEAR_S * manifest.rate_hz
    start, end = hole.start_sample + first_sample - near, hole.end_sample + first_sample + near
    gaps = [
        marker for marker in manifest.markers if marker.kind == "gap" and start <= marker.at_sample <= end
    ]
    return (gaps[0].at_sample, gaps[0].lost_ms or 0) if gaps else None


def _zeros(manifest: Manifest, heard: Heard) -> Compared:
    claimed, row = zero_runs_of(manifest.events), heard.row
    dropout_s = row.dropout_s or 0.0
    measured: Values = {
        **_run_values(heard.zeros),
        "repeats": row.repeat_count or 0,
        "dropout_ms": number(round(1000 * dropout_s, 1)),
    }
    code, says = None, _same(claimed, heard.zeros)
    if dropout_s >= DROPOUT_S:
        ours = explained_frames(manifest, row.spans) > 0
        code, says = (OVERRUN, "ours") if ours else ("audio.dropout", "differs")
    return Compared(row="zeros", says=says, claimed=_run_values(claimed), measured=measured, code=code)


def _same(claimed: Sequence[Run], measured: Sequence[Run]) -> Says:
    return "agrees" if set(claimed) == set(measured) else "differs"


def _run_values(runs: Sequence[Run]) -> Values:
    places = [[start, end] for start, end in runs[:PLACES]]
    return {"runs": len(runs), "samples": sum(end - start for start, end in runs), "places": places}


def _processing(manifest: Manifest, row: Measurement) -> Compared:
    """Believe a read-back that is on; one that is off, unless the sound tells of gain or a gate."""
    states = manifest.capture.processing
    measured: Values = {
        "agc_pumping_db": None if row.agc_pumping_db is None else number(row.agc_pumping_db),
        "gap_zero_ratio": None if row.gap_zero_ratio is None else number(row.gap_zero_ratio),
    }
    pumps, gated = (row.agc_pumping_db or 0) > PUMPING_DB, (row.gap_zero_ratio or 0) > GATE_RATIO
    says, code = _processing_says(states, pumps=pumps, gated=gated)
    return Compared(row="processing", says=says, claimed=dict(states), measured=measured, code=code)


def _processing_says(states: Mapping[str, str], *, pumps: bool, gated: bool) -> tuple[Says, str | None]:
    if "on" in states.values():
        return "agrees", "audio.processing-on"
    if pumps or gated:
        return "differs", "audio.gain-pumping" if pumps else None
    return ("unknown" if "unreported" in states.values() else "agrees"), None


def _meter(check: MeterCheck) -> Compared:
    if check.off_db is None:
        return Compared(row="meter", says="unknown", claimed={"readings": check.compared}, measured=None)
    measured = {"off_db": number(check.off_db), "at_sample": check.at_sample}
    says: Says = "ours" if abs(check.off_db) > METER_DB else "agrees"
    return Compared(row="meter", says=says, claimed={"readings": check.compared}, measured=measured)


def _gate(manifest: Manifest, row: Measurement) -> Compared:
    """Hold "the gate was open" against the band of the whole take; the evaluator's number is the finding."""
    out_n = sum(marker.kind == "band-out" for marker in manifest.markers)
    claimed: Values = {"in_band": manifest.capture.ended_by != OUT_OF_BAND, "left": out_n}
    if row.band_status is None or row.noise_laeq_dba is None:
        return Compared(row="gate", says="unknown", claimed=claimed, measured=None)
    measured: Values = {
        "band_status": row.band_status,
        "band": row.required_band,
        "noise_laeq_dba": number(row.noise_laeq_dba),
    }
    outside = row.band_status == "outside"
    says: Says = "differs" if outside and claimed["in_band"] else "agrees"
    return Compared(row="gate", says=says, claimed=claimed, measured=measured)
