"""One measured departure from one limit."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from speechcorpus.domain.canonical import decimal_text
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.finding_codes import CODES, SEVERITY_RANK, Comparator, FindingCode, Severity

NO_FACTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was measured, against which edge, where; complete and checked at birth.

    `limit` is the edge itself and `uncertainty` the margin already granted. Samples count from the start of
    the item audio, characters are code points of the transcript; both half open. `facts` are the values that
    the sentence is built from (`x`: the text found) and what an editor needs (`rule`, `candidates`).

    Raises
    ------
    SignalError : a code that is not on the list, a number that is none, no unit, a span outside the clip

    Examples
    --------
    >>> Finding(code="audio.timbre", severity="blocks", measured=Decimal(1), comparator=">", limit=Decimal(0),
    ...         unit="1")
    Traceback (most recent call last):
    speechcorpus.domain.errors.SignalError: no finding can say 'audio.timbre'
    """

    code: str
    severity: Severity
    measured: Decimal
    comparator: Comparator
    limit: Decimal
    unit: str
    uncertainty: Decimal | None = None
    start_sample: int | None = None
    end_sample: int | None = None
    channel: int | None = None
    char_start: int | None = None
    char_end: int | None = None
    blob_sha256: str | None = None
    evaluator: str | None = None
    terms_sha256: str | None = None
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise SignalError(
                "finding.unknown-code", f"no finding can say {self.code!r}", code_given=self.code
            )
        if self.severity not in SEVERITY_RANK:
            raise SignalError("finding.severity", f"{self.code}: no severity {self.severity!r}")
        for number in (self.measured, self.limit, self.uncertainty):
            if number is not None and not number.is_finite():
                raise SignalError("finding.not-a-number", f"{self.code}: {number} is no number")
        if not self.unit:
            raise SignalError("finding.unit", f"{self.code}: a measured value needs its unit")
        self._check_span(self.start_sample, self.end_sample)
        self._check_span(self.char_start, self.char_end)

    def _check_span(self, start: int | None, end: int | None) -> None:
        if (start is None) != (end is None):
            raise SignalError("finding.span", f"{self.code}: a span has a start and an end")
        if start is not None and end is not None and not 0 <= start <= end:
            raise SignalError("finding.span", f"{self.code}: {start} to {end} is no span")

    @property
    def row(self) -> FindingCode:
        """The row of the closed list that this finding is an instance of."""
        return CODES[self.code]

    @property
    def sort_key(self) -> tuple[int, str, int, int]:
        """V1: by (start_sample, code, char_start, end_sample), null first."""
        return (
            _null_first(self.start_sample),
            self.code,
            _null_first(self.char_start),
            _null_first(self.end_sample),
        )

    def to_json(self) -> dict[str, object]:
        """Return every field, numbers as shortest decimal strings: ready for canonical JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "measured": decimal_text(self.measured),
            "comparator": self.comparator,
            "limit": decimal_text(self.limit),
            "unit": self.unit,
            "uncertainty": None if self.uncertainty is None else decimal_text(self.uncertainty),
            "start_sample": self.start_sample,
            "end_sample": self.end_sample,
            "channel": self.channel,
            "char_start": self.char_start,
            "char_end": self.char_end,
            "blob_sha256": self.blob_sha256,
            "evaluator": self.evaluator,
            "terms_sha256": self.terms_sha256,
            "facts": {key: unicodedata.normalize("NFC", text) for key, text in self.facts.items()},
        }


def _null_first(number: int | None) -> int:
    return -1 if number is None else number
