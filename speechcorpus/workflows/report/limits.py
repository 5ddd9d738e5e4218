"""The usual limits beside the numbers: the defaults of the closed list, which terms may set otherwise."""

from collections.abc import Iterable

from speechcorpus.domain.finding_codes import CODES, SEVERITY_RANK, FindingCode
from speechcorpus.domain.measurement import Measurement

SHOWN_CODES = (
    "audio.clipped",
    "audio.dropout",
    "audio.no-speech",
    "audio.too-quiet",
    "audio.too-loud",
    "audio.start-cut",
    "audio.end-cut",
    "audio.band-limited",
    "noise.burst",
    "audio.hum",
    "audio.gain-pumping",
    "audio.reverberant",
    "audio.click",
    "audio.long-pause",
    "noise.too-little-quiet",
)
"""Codes whose limit a row alone can be held against, gravest first."""

KEPT_BY = {">": "≤", ">=": "<", "<": "≥"}
MS_A_SECOND = 1000


def crossed_codes(row: Measurement) -> tuple[str, ...]:
    """Return the codes whose usual limit the row crosses.

    Examples
    --------
    >>> row = Measurement(path="", status="ok", analyser="", analyser_version="", settings_sha256="")
    >>> from dataclasses import replace
    >>> crossed_codes(replace(row, clipped_s=0.0004, speech_level_dbfs=-41.0))
    ('audio.too-quiet',)
    """
    if row.status in ("refused", "crashed"):
        return ()  # its zeros are not measurements
    return tuple(code for code in SHOWN_CODES if _crosses(row, CODES[code]))


def crossed_by_field(row: Measurement) -> frozenset[str]:
    """Return the fields of the row that stand beyond a usual limit."""
    return frozenset(CODES[code].field for code in crossed_codes(row))


def limit_text(field: str) -> str | None:
    """Return what a field should be, in its own unit, or None where no usual limit speaks of it.

    Examples
    --------
    >>> limit_text("clipped_s"), limit_text("speech_level_dbfs"), limit_text("level_dbfs")
    ('≤ 0.001', '≥ −35, ≤ −14', None)
    """
    found = [CODES[code] for code in SHOWN_CODES if CODES[code].field == field]
    texts = [f"{KEPT_BY[code.comparator]} {_limit(code):g}".replace("-", "−") for code in found]
    return ", ".join(texts) or None


def gravest(codes: Iterable[str]) -> int | None:
    """Return the rank of the gravest of the codes: 2 blocks, 1 asks for a fix, 0 is a flag."""
    return max((SEVERITY_RANK[CODES[code].severity] for code in codes), default=None)


def _crosses(row: Measurement, code: FindingCode) -> bool:
    if code.field.startswith("span:"):  # the detector's own limit made the span
        return any(span.kind == code.field.removeprefix("span:") for span in row.spans)
    measured = getattr(row, code.field)
    if measured is None:
        return False
    limit = _limit(code)
    if code.comparator == "<":
        return bool(measured < limit)
    return bool(measured > limit if code.comparator == ">" else measured >= limit)


def _limit(code: FindingCode) -> float:
    limit = float(code.limit or 0)
    return limit / MS_A_SECOND if code.unit == "ms" else limit  # rows are in seconds throughout
