"""How long claims took, from the rows that work leaves behind; and what an hour of it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import (
    Audition,
    Claim,
    ClaimTime,
    Contributor,
    OutcomeRow,
    Revision,
    Segment,
    Take,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.work.working_time import (
    ClaimTiming,
    HourlyRate,
    active_s,
    hourly_rate,
    is_below_floor,
    slowest_quarter_minor,
)
from speechcorpus.workflows.audition_tasks import FREE
from speechcorpus.workflows.claim_signs import active_parts, active_seconds, audition_seconds, inputs_of
from speechcorpus.workflows.item_owner import owned_by
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.segments import READ

__all__ = [
    "FloorAlarm",
    "ProjectTimings",
    "active_parts",
    "active_seconds",
    "audition_seconds",
    "below_floor",
    "floor_alarms",
    "hourly",
    "require_fair_pay",
    "time_claims",
    "timings_of",
]

NEWEST: Final = 500  # claims a figure rests on at most
NEWEST_OF_ALL: Final = 5000  # of a project, in all its styles and bands
AT_ONCE: Final = 200  # claims that one round of the janitor times


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorAlarm:
    """`pay.below-floor`: a quarter of the people who do this work earns less an hour than was promised."""

    style: str
    band: str
    hourly_minor: int  # p25 of the measured claims
    floor_minor: int
    claims: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTimings:
    """Timed claims of a project by style and band, and its auditions by style."""

    measured: Mapping[tuple[str, str], Sequence[ClaimTiming]]
    auditions: Mapping[str, Sequence[ClaimTiming]]

    def rate(self, terms: Terms, style: str, band: str) -> HourlyRate:
        """Return what an hour of this work comes to at the price of these terms."""
        tried = self.auditions.get(style if style == READ else FREE, ())
        return hourly_rate(terms.price, self.measured.get((style, band), ()), tried)


def time_claims(store: Store, *, now: datetime) -> int:
    """Time the claims that are decided and not timed since; return how many. A chore of the janitor."""
    with store.catalogue.read() as session:
        claim_ids = session.scalars(_untimed().limit(AT_ONCE)).all()
    return one_by_one(lambda claim_id: _time(store, claim_id, now), claim_ids)


def _time(store: Store, claim_id: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        claim = session.get_one(Claim, claim_id, with_for_update=True)  # two workers would both add the row
        session.merge(_timed(session, claim, now))
    return True


def _untimed() -> Select[str]:
    outcomes = select(OutcomeRow.segment_id).join(Segment, Segment.id == OutcomeRow.segment_id)
    mine = outcomes.where(Segment.claim_id == Claim.id)
    decided_since = mine.where(OutcomeRow.decided_at > ClaimTime.timed_at).correlate(Claim, ClaimTime)
    return (
        select(Claim.id)
        .outerjoin(ClaimTime, ClaimTime.claim_id == Claim.id)
        .where(
            Claim.state == "submitted", ~mine.where(OutcomeRow.state == "pending").correlate(Claim).exists()
        )
        .where(or_(ClaimTime.claim_id.is_(None), decided_since.exists()))
        .order_by(Claim.submitted_at, Claim.id)
    )


def _timed(session: Session, claim: Claim, now: datetime) -> ClaimTime:
    task = session.get_one(Task, claim.task_id)
    spans = _delivered(session, claim) if task.audition_id else _accepted(session, claim)
    sound_s = sum((Fraction(end - start, rate_hz) for start, end, rate_hz in spans), Fraction(0))
    inputs = inputs_of(session, claim)
    return ClaimTime(
        claim_id=claim.id,
        active_s=active_seconds(session, claim),
        editor_s=active_s([], inputs),
        accepted=len(spans),
        sound_ms=int(sound_s * 1000),
        timed_at=now,
    )


def _accepted(session: Session, claim: Claim) -> Sequence[tuple[int, int, int]]:
    """Return the spans that the holder was paid for: the time is theirs, so the items must be theirs too."""
    paid = (OutcomeRow.line == "record", OutcomeRow.state == "accepted")
    return _spans(session, claim, Segment.id.in_(select(OutcomeRow.segment_id).where(*paid)))


def _delivered(session: Session, claim: Claim) -> Sequence[tuple[int, int, int]]:
    """Return what an audition asked for: the sentences read, or the pieces that were written down."""
    written = exists().where(Revision.segment_id == Segment.id)
    style = session.get_one(Task, claim.task_id).style
    return _spans(session, claim, Segment.chosen.is_(True), *([] if style == READ else [written]))


def _spans(session: Session, claim: Claim, *which: ColumnElement[bool]) -> Sequence[tuple[int, int, int]]:
    rows = session.execute(
        select(Segment.start_sample, Segment.end_sample, Take.rate_hz)
        .join(Take, Take.id == Segment.take_id)
        .where(Segment.claim_id == claim.id, owned_by(claim.contributor_id), *which)
    )
    return [(start, end, rate_hz) for start, end, rate_hz in rows]


def hourly(session: Session, project_id: str, terms: Terms, style: str, band: str) -> HourlyRate:
    """Return what an hour of this work comes to, to be said before anybody claims it."""
    return timings_of(session, project_id).rate(terms, style, band)


def timings_of(session: Session, project_id: str) -> ProjectTimings:
    """Return what is known of how long the work of a project takes: one look for a page of many offers."""
    return ProjectTimings(measured=_measured(session, project_id), auditions=_auditions(session, project_id))


def floor_alarms(session: Session, project_id: str, terms: Terms) -> tuple[FloorAlarm, ...]:
    """Return which work of a project pays a quarter of its people less than the floor of these terms."""
    alarms = []
    for (style, band), timings in sorted(_measured(session, project_id).items()):
        quarter = slowest_quarter_minor(terms.price, timings)
        if quarter is not None and is_below_floor(terms.price, timings):
            floor = terms.price.floor_hourly_minor
            alarms.append(
                FloorAlarm(
                    style=style, band=band, hourly_minor=quarter, floor_minor=floor, claims=len(timings)
                )
            )
    return tuple(alarms)


def require_fair_pay(session: Session, project_id: str, terms: Terms) -> None:
    """Refuse a new round while `pay.below-floor` stands.

    Raises
    ------
    SittingError : `pay.below-floor`, naming the work that pays least
    """
    alarms = floor_alarms(session, project_id, terms)
    if alarms:
        least = min(alarms, key=lambda each: each.hourly_minor)
        raise SittingError(
            "pay.below-floor",
            f"a quarter earns {least.hourly_minor} an hour at most, the floor is {least.floor_minor}",
            hourly_minor=least.hourly_minor,
            floor_minor=least.floor_minor,
            style=least.style,
            band=least.band,
        )


def below_floor(session: Session, project_id: str, terms: Terms) -> bool:
    """Say whether `pay.below-floor` stands: no new round opens until the price rises."""
    return bool(floor_alarms(session, project_id, terms))


def _measured(session: Session, project_id: str) -> Mapping[tuple[str, str], list[ClaimTiming]]:
    """Return the newest timed claims of people by style and band; synthetic voices work for nothing."""
    rows = session.execute(
        select(Task.style, Task.band, Claim.contributor_id, ClaimTime)
        .join(Claim, Claim.id == ClaimTime.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Contributor, Contributor.id == Claim.contributor_id)
        .where(Task.project_id == project_id, Task.audition_id.is_(None), Contributor.source_kind == "human")
        .order_by(Claim.submitted_at.desc(), Claim.id)
        .limit(NEWEST_OF_ALL)
    )
    found: dict[tuple[str, str], list[ClaimTiming]] = {}
    for style, band, person, row in rows:
        timings = found.setdefault((style, band), [])
        if len(timings) < NEWEST:
            timings.append(_timing(person, row.active_s, row.accepted, row.sound_ms))
    return found


def _timing(person: str, seconds: int, accepted: int, sound_ms: int) -> ClaimTiming:
    return ClaimTiming(person=person, active_s=seconds, accepted=accepted, sound_s=Fraction(sound_ms, 1000))


def _auditions(session: Session, project_id: str) -> Mapping[str, Sequence[ClaimTiming]]:
    """Return what one item of a style took each person in their audition, writing it down included."""
    rows = session.execute(
        select(Audition.id, Audition.contributor_id, Task.style, ClaimTime)
        .join(Task, Task.audition_id == Audition.id)
        .join(Claim, Claim.task_id == Task.id)
        .join(ClaimTime, ClaimTime.claim_id == Claim.id)
        .where(Audition.project_id == project_id, Audition.state.in_(("submitted", "decided")))
        .order_by(Audition.submitted_at.desc(), Audition.id)
        .limit(2 * NEWEST)
    )
    tried: dict[str, dict[str, ClaimTime]] = {}
    people: dict[str, str] = {}
    for audition_id, person, part, row in rows:
        tried.setdefault(audition_id, {})[part] = row
        people[audition_id] = person
    return {
        style: [
            timing
            for audition_id, parts in tried.items()
            if (timing := _one_item(people[audition_id], parts, style)) is not None
        ]
        for style in (READ, FREE)
    }


def _one_item(person: str, parts: Mapping[str, ClaimTime], style: str) -> ClaimTiming | None:
    read, free = parts.get(READ), parts.get(FREE)
    if free is None or not free.accepted:
        return None
    if style != READ:
        return _timing(person, free.active_s, free.accepted, free.sound_ms)
    if read is None or not read.accepted:
        return None
    seconds = Fraction(read.active_s, read.accepted) + Fraction(free.editor_s, free.accepted)
    return _timing(person, round(seconds), 1, read.sound_ms // read.accepted)
