"""From one calibrated row, the facts and the linter's violations to findings, by the closed list.

A code whose number is null says nothing: either there is nothing to say, or nobody measured it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from speechcorpus.domain.canonical import decimal_of
from speechcorpus.domain.finding import NO_FACTS, Finding
from speechcorpus.domain.finding_codes import CODES, SEVERITY_RANK, FindingCode, Severity
from speechcorpus.domain.measurement import Measurement, Span
from speechcorpus.domain.terms import Terms
from speechcorpus.domain.transcript import Violation
from speechcorpus.dsp.defects.bandwidth import upsampled_from_hz
from speechcorpus.qc.facts import Facts

UNCALIBRATED_U_DB = Decimal(10)  # no calibration at all counts as that much
FREE_SPEECH_PAUSE_S = Decimal("3.0")
DUPLICATE = "content.duplicate"
LOW_SNR_MARGIN = 2  # times noise_se_db: the calibration cancels in a ratio

# Which kinds of spans say where a code on a field of the row was heard.
SPAN_KINDS: Mapping[str, tuple[str, ...]] = {
    "audio.clipped": ("clip",),
    "audio.dropout": ("dropout", "repeat"),
    "audio.start-cut": ("head-cut",),
    "audio.end-cut": ("tail-cut",),
    "audio.long-pause": ("long-pause",),
    "audio.hum": ("hum",),
    "audio.gain-pumping": ("agc",),
    "noise.above-band": ("band-out",),
    "noise.below-band": ("band-out",),
}
BAND_CODES = ("noise.above-band", "noise.below-band", "noise.borderline")


def findings_of(
    row: Measurement,
    facts: Facts,
    violations: Sequence[Violation],
    terms: Terms,
    *,
    own: Measurement | None = None,
) -> tuple[Finding, ...]:
    """Return the findings of one item, sorted (V1).

    Parameters
    ----------
    row : calibrated against the bands of the terms, with the band of the facts required
    own : the same row before calibration: a room tone replaces the background's level and error in `row`,
        but the SNR stays that of the take, known no better than the take's own estimate
    violations : of the transcript, empty where there is none or nothing is wrong
    """
    found = [
        *_of_fields(row, own or row, facts, terms),
        *_of_band(row, facts, terms),
        *_of_spans(row, facts, terms),
        *(_of_violation(violation) for violation in violations),
    ]
    checked = [replace(each, blob_sha256=row.sha256) for each in _in_time(found, facts)]
    return tuple(sorted(checked, key=lambda each: (*each.sort_key, each.char_end or -1)))


def _of_fields(row: Measurement, own: Measurement, facts: Facts, terms: Terms) -> Iterator[Finding]:
    values = _values(row, own, facts)
    for code in CODES.values():
        value = values.get(code.field)
        if value is None or code.code in BAND_CODES or not _asked(code, facts):
            continue
        limit, margin = _limit(code, facts, terms), _margin(code, own)
        measured = _in_unit(value, code)
        if limit is not None and _fires(code, measured, limit, margin or Decimal(0)):
            yield _finding(code, measured, limit, margin, row, facts, terms)


def _of_band(row: Measurement, facts: Facts, terms: Terms) -> Iterator[Finding]:
    """Say whether the background was out of the required band, or nearer to an edge than it is known."""
    if row.band_status not in ("outside", "borderline") or row.noise_laeq_dba is None:
        return
    level, band = decimal_of(row.noise_laeq_dba), terms.band(facts.band)
    edges = [edge for edge in (band.low, band.high) if edge is not None]
    edge = min(edges, key=lambda each: abs(each - level))
    if row.band_status == "borderline":
        code = CODES["noise.borderline"]
    else:
        code = CODES["noise.above-band" if edge == band.high else "noise.below-band"]
    margin = None if row.noise_uncertainty_db is None else decimal_of(row.noise_uncertainty_db)
    yield _finding(code, level, edge, margin, row, facts, terms)


def _of_spans(row: Measurement, facts: Facts, terms: Terms) -> Iterator[Finding]:
    for span in row.spans:
        for code in (code for code in CODES.values() if code.field == f"span:{span.kind}"):
            measured, limit = decimal_of(span.measured), _limit(code, facts, terms)
            if limit is not None and _fires(code, measured, limit, Decimal(0)):
                found = _finding(code, measured, limit, None, row, facts, terms)
                yield replace(found, **_place([span]))


def _of_violation(violation: Violation) -> Finding:
    row = CODES[violation.code]
    severity: Severity = "fix" if violation.severity == "error" else "flag"
    return Finding(
        code=row.code,
        severity=severity,
        measured=Decimal(1),
        comparator=row.comparator,
        limit=Decimal(0),
        unit=row.unit,
        char_start=violation.start,
        char_end=violation.end,
        facts={
            **violation.facts,
            "x": violation.found,
            "codepoints": " ".join(violation.codepoints),
            "rule": violation.rule,
            "fix": violation.fix,
            **({} if violation.replacement is None else {"replacement": violation.replacement}),
        },
    )


def _in_time(found: list[Finding], facts: Facts) -> Iterator[Finding]:
    """Turn what should have been checked before the sitting into a flag that we pay for."""
    late = [each for each in found if each.row.fixed_for_sitting and each.severity != "flag"]
    if facts.stage == "P" or not late:
        yield from found
        return
    for each in found:
        yield replace(each, severity="flag") if each in late else each
    row = CODES["platform.late-check"]
    yield Finding(
        code=row.code,
        severity=row.severity,
        measured=Decimal(len(late)),
        comparator=row.comparator,
        limit=Decimal(0),
        unit=row.unit,
        facts={"codes": " ".join(sorted(each.code for each in late))},
    )


def _values(row: Measurement, own: Measurement, facts: Facts) -> Mapping[str, float | Decimal | None]:
    """Return every number that a code may ask for, by the field's name in the list."""
    of_row: dict[str, Any] = {
        code.field: getattr(row, code.field) for code in CODES.values() if hasattr(row, code.field)
    }
    edges = [edge for edge in (row.head_silence_s, row.tail_silence_s) if edge is not None]
    # `la90` has no gap to measure unweighted noise in, so both sides of the ratio are A-weighted.
    snr_db = row.snr_a_db if own.noise_method == "la90" else row.snr_db
    explained = bool(facts.lost_frames)  # by our own overrun: said once, as platform.capture-overrun
    return of_row | {
        "edge_silence_s": max(edges, default=None),
        "snr_db": snr_db,
        "rate_hz": _true_rate_hz(row),
        "dropout_s": None if explained else row.dropout_s,
        "calibration_u_db": UNCALIBRATED_U_DB if row.calibration_u_db is None else row.calibration_u_db,
        "lost_frames": facts.lost_frames,
        "processing_on_n": facts.processing_on_n,
        "duplicate_score": None if facts.same_sound is None else facts.same_sound.score,
        "outage_s": None if facts.outage_s is None else Decimal(facts.outage_s),
        **({} if facts.partner is None else asdict(facts.partner)),
    }


def _true_rate_hz(row: Measurement) -> float | None:
    """Return the rate of the row, or the lower one whose upper end the voice stops at: it was upsampled."""
    if row.rate_hz is None or row.bandwidth_cliff_hz is None:
        return row.rate_hz
    return upsampled_from_hz(row.bandwidth_cliff_hz, row.rate_hz) or row.rate_hz


def _asked(code: FindingCode, facts: Facts) -> bool:
    """Say whether this stage asks for this code; what is fixed for a sitting is asked again at S."""
    return facts.stage in code.stages or "any" in code.stages or code.fixed_for_sitting


def _limit(code: FindingCode, facts: Facts, terms: Terms) -> Decimal | None:
    if code.code == "noise.low-snr":
        return terms.band(facts.band).min_snr_db
    if code.code == "audio.wrong-format":
        return Decimal(terms.task.capture.rate_hz)
    default = FREE_SPEECH_PAUSE_S if code.code == "audio.long-pause" and facts.kind != "read" else code.limit
    return None if default is None else terms.limit(code.code, default)


def _margin(code: FindingCode, row: Measurement) -> Decimal | None:
    if code.code == "noise.low-snr" and row.noise_se_db is not None:
        return LOW_SNR_MARGIN * decimal_of(row.noise_se_db)
    return None


def _in_unit(value: float | Decimal, code: FindingCode) -> Decimal:
    """Return the value in the unit of its limit: `_s` under a limit in ms, a ratio under one in %."""
    number = value if isinstance(value, Decimal) else decimal_of(value)
    if code.unit == "ms" and code.field.endswith("_s"):
        return number * 1000
    return number * 100 if code.unit == "%" and code.field.endswith("_ratio") else number


def _fires(code: FindingCode, measured: Decimal, limit: Decimal, margin: Decimal) -> bool:
    if code.comparator == "<":
        return measured < limit - margin
    return measured >= limit + margin if code.comparator == ">=" else measured > limit + margin


def _finding(
    code: FindingCode,
    measured: Decimal,
    limit: Decimal,
    margin: Decimal | None,
    row: Measurement,
    facts: Facts,
    terms: Terms,
) -> Finding:
    kinds = SPAN_KINDS.get(code.code, ())
    found = Finding(
        code=code.code,
        severity=_severity(code, facts, terms),
        measured=measured,
        comparator=code.comparator,
        limit=limit,
        unit=code.unit,
        uncertainty=margin,
    )
    cut = {"audio.start-cut": row.head_cut, "audio.end-cut": row.tail_cut}.get(code.code)
    named = NO_FACTS if cut is None else {"cut": "yes" if cut else "no"}
    if code.code == DUPLICATE and facts.same_sound is not None:
        same = facts.same_sound
        named = {
            "other": same.id,
            "exact": "yes" if same.exact else "no",
            "own": "yes" if same.own else "no",
        }
    return replace(found, facts=named, **_place([span for span in row.spans if span.kind in kinds]))


def _severity(code: FindingCode, facts: Facts, terms: Terms) -> Severity:
    if code.code == "noise.uncalibrated" and terms.task.capture.calibration != "required":
        return "flag"
    if code.code == DUPLICATE and facts.same_sound is not None and not facts.same_sound.exact:
        return "flag"  # not verified against labelled audio: a listener hears both, and nothing is held
    lowered = terms.band(facts.band).severity.get(code.code, code.severity)
    return min(lowered, code.severity, key=SEVERITY_RANK.__getitem__)


def _place(spans: Sequence[Span]) -> dict[str, Any]:
    """Return the smallest span that holds all of these; none at all stands for the whole item."""
    if not spans:
        return {}
    channels = {span.channel for span in spans}
    return {
        "start_sample": min(span.start_sample for span in spans),
        "end_sample": max(span.end_sample for span in spans),
        "channel": channels.pop() if len(channels) == 1 else None,
    }
