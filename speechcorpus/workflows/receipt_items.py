"""The rows of a receipt: one for each item and price line it speaks of."""

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import decimal_text
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.review import lines_of
from speechcorpus.store.models import (
    Claim,
    FindingRow,
    OutcomeRow,
    Receipt,
    Review,
    Segment,
    Take,
    Task,
    TaskPrompt,
)
from speechcorpus.workflows.segments import READ
from speechcorpus.workflows.views.clips import finding_of, newest_verdicts

Row = Mapping[str, object]
NOTHING: Row = dict.fromkeys(
    ("line", "blob_sha256", "start_sample", "end_sample", "rate_hz", "outcome", "amount_minor")
)
_ASKED = (  # made once: every claim asks
    select(TaskPrompt.prompt_id).where(TaskPrompt.task_id == bindparam("task")).order_by(TaskPrompt.position)
)


def row_of(item: str, **said: object) -> Row:
    """Return one row of a receipt; what is not said is null, never left out.

    Examples
    --------
    >>> row_of("p1", line="record", amount_minor=1500)["amount_minor"], row_of("p1")["outcome"]
    (1500, None)
    """
    return {"item": item, **NOTHING, "findings": [], **said}


def take_row(take: Take) -> Row:
    """Return the row of a whole stored take."""
    return row_of(
        take.id, blob_sha256=take.master_sha256, start_sample=0, end_sample=take.frames, rate_hz=take.rate_hz
    )


def promised_rows(session: Session, claim: Claim, terms: Terms) -> Sequence[Row]:
    """Return what a claim promises for each prompt and line.

    What a topic or a minute will come to is known when it is decided, so there the amounts are null.
    """
    task = session.get_one(Task, claim.task_id)
    prices = {"record": terms.price.record, "transcribe": terms.price.transcribe}
    counted = task.style == READ and all(price.unit == "item" for price in prices.values())
    return [
        row_of(prompt_id, line=line, amount_minor=price.minor if counted else None)
        for prompt_id in session.scalars(_ASKED, {"task": task.id})
        for line, price in prices.items()
    ]


def handed_in_rows(session: Session, segment_ids: Sequence[str]) -> Sequence[Row]:
    """Return every line of these items as it stands after they were handed in."""
    lines = select(OutcomeRow).where(OutcomeRow.segment_id.in_(segment_ids))
    return _rows(session, session.scalars(lines).all())


def decided_rows(session: Session, claim: Claim) -> Sequence[Row]:
    """Return the lines of a claim whose outcome no decision receipt of it has told yet."""
    decided = (Segment.claim_id == claim.id, OutcomeRow.state != "pending")
    lines = session.scalars(
        select(OutcomeRow).join(Segment, Segment.id == OutcomeRow.segment_id).where(*decided)
    ).all()
    told = _told(session, claim)
    fresh = [line for line in lines if (line.segment_id, line.line, line.state) not in told]
    return _rows(session, fresh, with_amounts=True)


def _told(session: Session, claim: Claim) -> set[tuple[object, object, object]]:
    documents = session.scalars(
        select(Receipt.document).where(Receipt.kind == "decision", Receipt.subject_id == claim.id)
    )
    items = (item for document in documents for item in json.loads(document)["items"])
    return {(item["item"], item["line"], item["outcome"]) for item in items}


def _rows(session: Session, lines: Sequence[OutcomeRow], *, with_amounts: bool = False) -> Sequence[Row]:
    ids = sorted({line.segment_id for line in lines})
    sound = {segment.id: (segment, take) for segment, take in _sound(session, ids)}
    found = _findings(session, ids)
    return [
        row_of(
            line.segment_id,
            line=line.line,
            blob_sha256=sound[line.segment_id][0].item_sha256,
            start_sample=0,
            end_sample=sound[line.segment_id][0].end_sample - sound[line.segment_id][0].start_sample,
            rate_hz=sound[line.segment_id][1].rate_hz,
            outcome=line.state,
            findings=[_told_finding(each) for each in _touching(found.get(line.segment_id, ()), line)],
            amount_minor=_amount(line) if with_amounts else None,
        )
        for line in sorted(lines, key=lambda line: (line.segment_id, line.line))
    ]


def _amount(line: OutcomeRow) -> int:
    return line.price_minor if line.state == "accepted" else 0


def _sound(session: Session, ids: Sequence[str]) -> Iterable[tuple[Segment, Take]]:
    rows = session.execute(
        select(Segment, Take).join(Take, Take.id == Segment.take_id).where(Segment.id.in_(ids))
    )
    return [(segment, take) for segment, take in rows]


def _findings(session: Session, ids: Sequence[str]) -> Mapping[str, Sequence[Finding]]:
    """Return what the evaluator and the listeners who refused found; who they were is told to nobody."""
    found = {key: list(verdict.findings) for key, verdict in newest_verdicts(session, ids).items()}
    heard = session.execute(
        select(Review.segment_id, FindingRow)
        .join(FindingRow, FindingRow.review_id == Review.id)
        .where(Review.segment_id.in_(ids), Review.decision == "reject", Review.round > 0, ~Review.void)
        .order_by(FindingRow.id)
    )
    for segment_id, row in heard:
        found.setdefault(segment_id, []).append(finding_of(row))
    return found


def _touching(findings: Sequence[Finding], line: OutcomeRow) -> Sequence[Finding]:
    return [finding for finding in findings if line.line in lines_of(finding.code)]


def _told_finding(finding: Finding) -> Row:
    """Return the number, its limit and its place; the item names evaluator, terms and audio already."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "measured": decimal_text(finding.measured),
        "comparator": finding.comparator,
        "limit": decimal_text(finding.limit),
        "unit": finding.unit,
        "uncertainty": None if finding.uncertainty is None else decimal_text(finding.uncertainty),
        "start_sample": finding.start_sample,
        "end_sample": finding.end_sample,
        "char_start": finding.char_start,
        "char_end": finding.char_end,
    }
