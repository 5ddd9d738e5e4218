"""Appeals: to the contributor the clock and the answer, to the judge the clip, the criterion and the words.

What `fair-work.md` §11 forbids a judge (name, contact, pay, who refused, their notes) is not read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.terms import BandTerms
from speechcorpus.store.models import Appeal, Claim, Prompt, Segment, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.appeal_ends import answer_end
from speechcorpus.workflows.judges import is_held, may_judge_appeal, open_to_judge
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.settling import refusal_of
from speechcorpus.workflows.views.clips import TextView, newest_texts
from speechcorpus.workflows.views.queue import review_name

SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealState:
    """Where my appeal stands; who judges it is not told."""

    line: str
    state: str  # open | upheld | overturned | expired
    opened_at: datetime
    due_at: datetime
    words: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRow:
    """One appeal that waits for a judge."""

    appeal_id: str
    name: str
    mine: bool
    variety: str
    style: str
    band: str
    line: str
    duration_s: float
    rate_hz: int
    finding: Finding | None
    opened_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealView:
    """Everything a judge decides by."""

    row: AppealRow
    fence: int
    lease_until: datetime | None
    words: str
    band: BandTerms
    terms_version: str
    clause: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # an offence cites one
    prompt_text: str | None = None
    text: TextView | None = None


def appeals_of(session: Session, segment_ids: Sequence[str]) -> Mapping[str, tuple[AppealState, ...]]:
    """Return the appeals of items, by item; whose they are is for the caller.

    What the house put before a judge by itself is the contributor's as well: it is their pay.
    """
    rows = session.scalars(
        select(Appeal).where(Appeal.segment_id.in_(segment_ids)).order_by(Appeal.segment_id, Appeal.line)
    )
    found: dict[str, tuple[AppealState, ...]] = {}
    for row in rows:
        state = AppealState(
            line=row.line,
            state=row.state,
            opened_at=row.opened_at,
            due_at=answer_end(session, row),
            words=row.words,
            reason=row.reason,
        )
        found[row.segment_id] = (*found.get(row.segment_id, ()), state)
    return found


def appeal_list(store: Store, actor: Actor, *, now: datetime) -> tuple[AppealRow, ...]:
    """Return the appeals that the reviewer who asks may judge, the shortest time left first."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        waiting = select(Appeal).where(Appeal.state == "open").order_by(Appeal.due_at, Appeal.id)
        rows = [row for row in session.scalars(waiting) if _is_free(session, row, actor, now)]
        return tuple(_row(session, row, actor, now) for row in rows[:SHOWN])


def appeal_is_mine(store: Store, actor: Actor, appeal_id: str, *, now: datetime) -> bool:
    """Whether the judge who asks holds it now; `not-found` where there is nothing to hold."""
    with store.catalogue.read() as session:
        return is_held(open_to_judge(session, actor, appeal_id, now=now), actor, now)


def appeal_view(store: Store, actor: Actor, appeal_id: str, *, now: datetime) -> AppealView:
    """Return an appeal to the one judge who holds it; to anybody else it does not exist."""
    with store.catalogue.read() as session:
        appeal = open_to_judge(session, actor, appeal_id, now=now)
        if not is_held(appeal, actor, now):
            raise not_found("appeal")
        return _view(session, appeal, actor, now)


def _is_free(session: Session, row: Appeal, actor: Actor, now: datetime) -> bool:
    held = row.lease_until is not None and row.lease_until > now and row.judge_id != actor.id
    return not held and now <= answer_end(session, row) and may_judge_appeal(session, actor, row, now=now)


def _row(session: Session, appeal: Appeal, actor: Actor, now: datetime) -> AppealRow:
    segment = session.get_one(Segment, appeal.segment_id)
    take = session.get_one(Take, segment.take_id)
    task = session.get_one(Task, session.get_one(Claim, segment.claim_id).task_id)
    return AppealRow(
        appeal_id=appeal.id,
        name=review_name(appeal.id),
        mine=is_held(appeal, actor, now),
        variety=task.variety,
        style=task.style,
        band=task.band,
        line=appeal.line,
        duration_s=(segment.end_sample - segment.start_sample) / take.rate_hz,
        rate_hz=take.rate_hz,
        finding=_without_authors(refusal_of(session, segment)),
        opened_at=appeal.opened_at,
        due_at=answer_end(session, appeal),
    )


def _without_authors(finding: Finding | None) -> Finding | None:
    """Return the criterion, number and place; the listeners' own texts stay with them."""
    if finding is None:
        return None
    return Finding(
        code=finding.code,
        severity=finding.severity,
        measured=finding.measured,
        comparator=finding.comparator,
        limit=finding.limit,
        unit=finding.unit,
        uncertainty=finding.uncertainty,
        start_sample=finding.start_sample,
        end_sample=finding.end_sample,
        facts={key: text for key, text in finding.facts.items() if key == "x"},
    )


def _view(session: Session, appeal: Appeal, actor: Actor, now: datetime) -> AppealView:
    segment = session.get_one(Segment, appeal.segment_id)
    claim = session.get_one(Claim, segment.claim_id)
    terms, row = terms_by_hash(session, claim.terms_sha256), _row(session, appeal, actor, now)
    prompt = session.get(Prompt, segment.prompt_id) if segment.prompt_id else None
    cited = row.finding.facts.get("x", "") if row.finding else ""
    return AppealView(
        row=row,
        fence=appeal.fence,
        lease_until=appeal.lease_until,
        words=appeal.words,
        band=terms.band(row.band),
        terms_version=terms.project.version,
        clause=terms.clauses.get(cited, {}),
        prompt_text=prompt.text if prompt else None,
        text=newest_texts(session, [segment.id]).get(segment.id),
    )
