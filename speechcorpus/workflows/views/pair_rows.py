"""What was measured of both tracks of a dialogue, each value beside its limit."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from speechcorpus.domain.finding_codes import CODES, FindingCode
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.facts import PartnerFigures

SHOWN = (
    "dialogue.overlap",
    "dialogue.one-sided",
    "dialogue.long-turn",
    "dialogue.bleed",
    "dialogue.unsynced",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """A value of both tracks that is no finding of the item: it keeps its limit, or nobody judged it yet."""

    code: str
    measured: Decimal
    limit: Decimal
    upper: Decimal | None  # of a range
    unit: str
    severity: str
    kept: bool


def pair_rows(figures: PartnerFigures, terms: Terms, *, found: Collection[str] = ()) -> tuple[PairRow, ...]:
    """Return what was measured, in the order of the list of codes.

    Parameters
    ----------
    found : codes that stand among the findings already
    """
    rows = (_row(CODES[code], figures, terms) for code in SHOWN if code not in found)
    return tuple(row for row in rows if row is not None)


def _row(code: FindingCode, figures: PartnerFigures, terms: Terms) -> PairRow | None:
    value: float | None = getattr(figures, code.field)
    if value is None or code.limit is None:
        return None
    measured = Decimal(str(round(value, 1)))
    ranged = code.upper_limit is not None
    limit = code.limit if ranged else terms.limit(code.code, code.limit)
    upper = code.upper_limit
    kept = limit <= measured <= upper if upper is not None else measured <= limit
    return PairRow(
        code=code.code,
        measured=measured,
        limit=limit,
        upper=upper,
        unit=code.unit,
        severity=code.severity,
        kept=kept,
    )
