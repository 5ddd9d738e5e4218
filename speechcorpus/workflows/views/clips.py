"""What is known of items: newest verdict with its findings, newest text, measured row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import Comparator, Severity
from speechcorpus.store.models import FindingRow, MeasurementRow, Revision, Segment, VerdictRow
from speechcorpus.workflows.item_state import has_moved


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """What the evaluator says of an item, findings in their order."""

    outcome: str
    evaluator: str
    revision: int | None  # the text it judged; None: the sound alone
    judged_at: datetime
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """The newest text of an item and the number of its revision."""

    text: str
    revision: int


def finding_of(row: FindingRow) -> Finding:
    """Return a stored finding as the value it was."""
    return Finding(
        code=row.code,
        severity=cast(Severity, row.severity),
        measured=Decimal(row.measured),
        comparator=cast(Comparator, row.comparator),
        limit=Decimal(row.limit),
        unit=row.unit,
        uncertainty=None if row.uncertainty is None else Decimal(row.uncertainty),
        start_sample=row.start_sample,
        end_sample=row.end_sample,
        channel=row.channel,
        char_start=row.char_start,
        char_end=row.char_end,
        blob_sha256=row.blob_sha256,
        facts={key: str(value) for key, value in row.facts.items()},
    )


def newest_verdicts(session: Session, segment_ids: Sequence[str]) -> Mapping[str, VerdictView]:
    """Return the verdict that counts, by segment: the one with the highest sequence.

    A segment whose edges moved has none until it is measured anew.
    """
    newest = (
        select(VerdictRow.segment_id, func.max(VerdictRow.sequence).label("sequence"))
        .join(Segment, Segment.id == VerdictRow.segment_id)
        .where(VerdictRow.segment_id.in_(segment_ids), ~has_moved())
        .group_by(VerdictRow.segment_id)
        .subquery()
    )
    verdicts = session.scalars(
        select(VerdictRow).join(
            newest,
            (VerdictRow.segment_id == newest.c.segment_id) & (VerdictRow.sequence == newest.c.sequence),
        )
    ).all()
    findings = session.scalars(
        select(FindingRow)
        .where(FindingRow.verdict_id.in_([verdict.id for verdict in verdicts]))
        .order_by(FindingRow.id)
    ).all()
    return {
        verdict.segment_id: VerdictView(
            outcome=verdict.outcome,
            evaluator=verdict.evaluator,
            revision=verdict.revision_number,
            judged_at=verdict.created_at,
            findings=tuple(finding_of(row) for row in findings if row.verdict_id == verdict.id),
        )
        for verdict in verdicts
    }


def newest_texts(session: Session, segment_ids: Sequence[str]) -> Mapping[str, TextView]:
    """Return the text that counts, by segment: the revision with the highest number."""
    rows = session.scalars(
        select(Revision).where(Revision.segment_id.in_(segment_ids)).order_by(Revision.number)
    )
    return {row.segment_id: TextView(text=row.text, revision=row.number) for row in rows}


def measured_rows(session: Session, item_hashes: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the measured row of item audio, by its hash; the newest analyser's where there are two."""
    rows = session.scalars(
        select(MeasurementRow).where(MeasurementRow.sha256.in_(item_hashes)).order_by(MeasurementRow.id)
    )
    return {row.sha256: row.row for row in rows}
