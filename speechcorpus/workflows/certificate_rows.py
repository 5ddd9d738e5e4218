"""What a certificate counts: claims handed in during its months, their accepted items, the time they took."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.terms import BandName
from speechcorpus.domain.transcript import Variety
from speechcorpus.store.models import Claim, ClaimTime, OutcomeRow, Segment, Take, Task
from speechcorpus.work.certificate import CertificateRow, WorkType
from speechcorpus.work.working_time import active_s
from speechcorpus.workflows.claim_signs import active_seconds, inputs_of
from speechcorpus.workflows.item_owner import claims_of, owned_by

TENTH, HUNDREDTH = Decimal("0.1"), Decimal("0.01")
RECORD, TRANSCRIBE = "record", "transcribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """One kind of work in one claim."""

    type: WorkType
    variety: Variety
    band: BandName
    items: int
    audio_s: Fraction
    seconds: int


def month_of(moment: datetime) -> str:
    """Return the month of a moment in UTC.

    Examples
    --------
    >>> month_of(datetime(2026, 11, 26, tzinfo=UTC))
    '2026-11'
    """
    return f"{moment.astimezone(UTC):%Y-%m}"


def claims_within(session: Session, contributor_id: str, first: str, last: str) -> Sequence[Claim]:
    """Return the claims that a person handed in, or part of it, from the first to the last month."""
    ended = claims_by_end(session, contributor_id)
    return [claim for claim, end in ended if first <= month_of(end) <= last]


def claims_by_end(session: Session, contributor_id: str) -> Sequence[tuple[Claim, datetime]]:
    """Return the claims a person held or sat in and when they were handed in; else when last answered."""
    answers = (
        select(Segment.claim_id, func.max(OutcomeRow.decided_at).label("at"))
        .join(OutcomeRow, OutcomeRow.segment_id == Segment.id)
        .where(owned_by(contributor_id))
        .group_by(Segment.claim_id)
        .subquery()
    )
    rows = session.execute(
        select(Claim, answers.c.at)
        .outerjoin(answers, answers.c.claim_id == Claim.id)
        .where(Claim.id.in_(claims_of(contributor_id)))
        .order_by(Claim.claimed_at, Claim.id)
    )
    ends = [(claim, claim.submitted_at or answered) for claim, answered in rows]
    return [(claim, end) for claim, end in ends if end is not None]


def certificate_rows(
    session: Session, person: str, claims: Sequence[Claim], *, varieties: bool, bands: bool
) -> Sequence[CertificateRow]:
    """Return one row for each kind of work of a person, split by what they want told."""
    sums: dict[tuple[WorkType, Variety | None, BandName | None], list[Worked]] = {}
    for claim in claims:
        for each in _worked(session, claim, person):
            key = (each.type, each.variety if varieties else None, each.band if bands else None)
            sums.setdefault(key, []).append(each)
    return [
        CertificateRow(
            type=kind,
            variety=variety,
            band=band,
            items=sum(each.items for each in parts),
            audio_min=_rounded(sum((each.audio_s for each in parts), Fraction(0)) / 60, TENTH),
            worked_h=_rounded(Fraction(sum(each.seconds for each in parts), 3600), HUNDREDTH),
        )
        for (kind, variety, band), parts in sorted(sums.items(), key=lambda row: tuple(map(str, row[0])))
    ]


def _worked(session: Session, claim: Claim, person: str) -> Iterator[Worked]:
    task = session.get_one(Task, claim.task_id)
    timed = session.get(ClaimTime, claim.id) if person == claim.contributor_id else None  # the holder's alone
    lines = _accepted(session, claim, person)
    active = timed.active_s if timed else active_seconds(session, claim, person)
    writing = min(active, timed.editor_s if timed else active_s([], inputs_of(session, claim, person)))
    record, text = lines[RECORD], lines[TRANSCRIBE]
    kind: WorkType = "dialogue" if task.style == "dialogue" else "recording"
    parts: list[tuple[WorkType, Sequence[Fraction], int]] = [
        (kind, record, active - writing),
        ("transcription", text, writing),
    ]
    if task.audition_id:  # paid as a whole: its lines have no outcomes
        heard = [Fraction(timed.sound_ms, 1000)] if timed else []
        parts = [("audition", heard, active)]
    for work, sound, seconds in parts:
        if sound or seconds:
            yield Worked(
                type=work,
                variety=cast(Variety, task.variety),
                band=cast(BandName, task.band),
                items=len(sound),
                audio_s=sum(sound, Fraction(0)),
                seconds=seconds,
            )


def _accepted(session: Session, claim: Claim, person: str) -> Mapping[str, Sequence[Fraction]]:
    """Return the seconds of every accepted item of a person in a claim, by line."""
    rows = session.execute(
        select(OutcomeRow.line, Segment.start_sample, Segment.end_sample, Take.rate_hz)
        .join(Segment, Segment.id == OutcomeRow.segment_id)
        .join(Take, Take.id == Segment.take_id)
        .where(Segment.claim_id == claim.id, owned_by(person), OutcomeRow.state == "accepted")
    )
    found: dict[str, list[Fraction]] = {RECORD: [], TRANSCRIBE: []}
    for line, start, end, rate_hz in rows:
        found.setdefault(line, []).append(Fraction(end - start, rate_hz))
    return found


def accepted_pct(session: Session, person: str, claims: Sequence[Claim]) -> Decimal | None:
    """Return the share of a person's decided lines that were accepted, in percent; None without one."""
    ids = [claim.id for claim in claims]
    states = session.scalars(
        select(OutcomeRow.state)
        .join(Segment, Segment.id == OutcomeRow.segment_id)
        .where(Segment.claim_id.in_(ids), owned_by(person), OutcomeRow.state.in_(("accepted", "refused")))
    ).all()
    return _rounded(Fraction(100 * states.count("accepted"), len(states)), TENTH) if states else None


def _rounded(number: Fraction, to: Decimal) -> Decimal:
    """Return the number to this place, halves up.

    Examples
    --------
    >>> _rounded(Fraction(1, 8), HUNDREDTH)
    Decimal('0.13')
    """
    steps = number / Fraction(to)
    whole = (Decimal(steps.numerator) / Decimal(steps.denominator)).quantize(Decimal(1), ROUND_HALF_UP)
    return whole * to
