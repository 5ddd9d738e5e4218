"""How far recordings came, and what held them back: every reason is a code of the closed list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import (
    Claim,
    FindingRow,
    OutcomeRow,
    Project,
    Release,
    ReleaseItem,
    Review,
    Segment,
    Sitting,
    Take,
    Task,
    VerdictRow,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.desk import own_project, projects_of
from speechcorpus.workflows.skips import SkippedPrompt, skipped_prompts
from speechcorpus.workflows.views.held import HeldView, held_views

MAIN: Final = "main"
HELD: Final = ("blocks", "fix")
PERIODS_D: Final = (7, 30, 90)
SECONDS: Final = func.coalesce(
    func.sum((Segment.end_sample - Segment.start_sample) * 1.0 / Take.rate_hz), 0.0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How many items, and how much sound, came this far."""

    name: str
    items: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """How many items one code held back, was shown on, or was the ground of a refusal."""

    code: str
    severity: str  # the worst it had
    items: int
    share_pct: float  # of the items that were measured
    by_band: Mapping[str, int]
    by_variety: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the page is narrowed to; None is everything."""

    band: str | None = None
    variety: str | None = None
    style: str | None = None
    days: int | None = None  # of the reasons alone: the steps are where the items stand today


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelView:
    """The way from the microphone to a release, and what stands beside it."""

    project_id: str
    title: str
    projects: Mapping[str, str]
    wanted: Wanted
    bands: tuple[str, ...]  # those there are tasks of
    varieties: tuple[str, ...]
    styles: tuple[str, ...]
    steps: tuple[Step, ...]
    heard: int  # items a person listened to
    replaced: int  # items that were recorded again
    measured: int  # items the reasons are a share of
    held: tuple[Reason, ...]  # codes that held an item back, the most frequent first
    shown: tuple[Reason, ...]  # codes that only flagged
    refused: tuple[Reason, ...]  # codes that people refused an item for
    waiting: tuple[HeldView, ...]  # takes that wait for the manager
    skipped: tuple[SkippedPrompt, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been recorded yet."""
        return self.steps[0].items == 0


def funnel_view(
    store: Store,
    actor: Actor,
    project_id: str | None = None,
    *,
    wanted: Wanted | None = None,
    now: datetime,
) -> FunnelView | None:
    """Return how far the items of a project came, the newest project by default; None before the first.

    Raises
    ------
    AccessError : `not-found` for anybody else, and for other managers' projects
    """
    with store.catalogue.read() as session:
        project = own_project(session, actor, project_id)
        if project is None:
            return None
        titles = {each.id: each.title for each in projects_of(session, actor)}
        return _view(session, project, titles, wanted or Wanted(), now)


def _view(
    session: Session, project: Project, titles: Mapping[str, str], wanted: Wanted, now: datetime
) -> FunnelView:
    here = _conditions(project.id, wanted)
    since = () if wanted.days is None else (VerdictRow.created_at > now - timedelta(days=wanted.days),)
    measured = session.scalar(_judged(func.count(Segment.id.distinct()), *here, *since)) or 0
    return FunnelView(
        project_id=project.id,
        title=project.title,
        projects=titles,
        wanted=wanted,
        bands=_kinds(session, project.id, Task.band),
        varieties=_kinds(session, project.id, Task.variety),
        styles=_kinds(session, project.id, Task.style),
        steps=_steps(session, here),
        heard=_count(session, *here, CHOSEN, HEARD),
        replaced=_count(session, *here, ~Segment.chosen),
        measured=measured,
        held=_reasons(session, _judged_findings(*here, *since, FindingRow.severity.in_(HELD)), measured),
        shown=_reasons(session, _judged_findings(*here, *since, FindingRow.severity == "flag"), measured),
        refused=_reasons(session, _refusals(*here), measured),
        waiting=held_views(session, project.id),
        skipped=skipped_prompts(session, project.id),
    )


def _conditions(project_id: str, wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    given = ((Task.band, wanted.band), (Task.variety, wanted.variety), (Task.style, wanted.style))
    return (
        Task.project_id == project_id,
        Task.audition_id.is_(None),  # auditions are paid, and no part of the corpus
        *(column == value for column, value in given if value is not None),
    )


def _exists(entity: Any, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(entity.segment_id).where(entity.segment_id == Segment.id, *where).exists()


CHOSEN: Final = Segment.chosen.is_(True)
RECORDED: Final = OutcomeRow.line == "record"
COUNTS: Final = (Review.round > 0, Review.void.is_(False))  # neither gold nor faster than the sound
HEARD: Final = _exists(Review, Review.state == "decided", *COUNTS)
REACHED: Final[Mapping[str, tuple[ColumnElement[bool], ...]]] = {
    "stored": (),
    "measured": (_exists(VerdictRow),),
    "handed-in": (_exists(OutcomeRow, RECORDED),),
    "answered": (_exists(OutcomeRow, RECORDED, OutcomeRow.state != "pending"),),
    "accepted": (_exists(OutcomeRow, RECORDED, OutcomeRow.state == "accepted"),),
    "released": (
        select(ReleaseItem.segment_id)
        .join(Release, Release.id == ReleaseItem.release_id)
        .where(ReleaseItem.segment_id == Segment.id, Release.state == "published")
        .exists(),
    ),
}


def _steps(session: Session, here: Sequence[ColumnElement[bool]]) -> tuple[Step, ...]:
    reached = [_step(session, name, *here, CHOSEN, *where) for name, where in REACHED.items()]
    stored = reached[0]
    under_way = _under_way(session, here)
    first = Step(name="recorded", items=stored.items + under_way, seconds=stored.seconds)
    return (first, *reached)


def _step(session: Session, name: str, *where: ColumnElement[bool]) -> Step:
    items, seconds = session.execute(_items(func.count(Segment.id), SECONDS).where(*where)).one()
    return Step(name=name, items=items, seconds=float(seconds))


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return session.scalar(_items(func.count(Segment.id)).where(*where)) or 0


def _items(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Segment)
        .join(Take, Take.id == Segment.take_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
    )


def _under_way(session: Session, here: Sequence[ColumnElement[bool]]) -> int:
    """Count the prompts of takes that have not arrived whole: their sound lies in a browser still."""
    takes = session.scalars(
        select(Take.prompt_ids)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .join(Claim, Claim.id == Sitting.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(*here, Take.track == MAIN, Take.state != "stored")
    )
    return sum(max(1, len(prompts)) for prompts in takes)


def _kinds(session: Session, project_id: str, column: Any) -> tuple[str, ...]:
    found = set(session.scalars(select(column).where(Task.project_id == project_id).distinct()))
    order = ("low", "medium", "high", "read", "monologue", "dialogue", "nan-TW", "nan-CN", "cmn-TW")
    return tuple(name for name in order if name in found)


def _judged(what: Any, *where: ColumnElement[bool]) -> Select[Any]:
    return _items(what).join(VerdictRow, VerdictRow.segment_id == Segment.id).where(*where)


def _judged_findings(*where: ColumnElement[bool]) -> Select[Any]:
    counted = _judged(FindingRow.code).join(FindingRow, FindingRow.verdict_id == VerdictRow.id)
    return _by_code(counted, *where)


def _refusals(*where: ColumnElement[bool]) -> Select[Any]:
    counted = (
        _items(FindingRow.code)
        .join(Review, Review.segment_id == Segment.id)
        .join(FindingRow, FindingRow.review_id == Review.id)
    )
    refused = _exists(OutcomeRow, OutcomeRow.state == "refused")
    return _by_code(counted, *where, Review.decision == "reject", *COUNTS, refused)


def _by_code(counted: Select[Any], *where: ColumnElement[bool]) -> Select[Any]:
    """Count items, not findings: three bursts in a sentence are one sentence to record again."""
    worst = func.min(FindingRow.severity)  # blocks, fix, flag: the worst comes first in the alphabet
    return (
        counted.add_columns(Task.band, Task.variety, worst, func.count(Segment.id.distinct()))
        .where(*where)
        .group_by(FindingRow.code, Task.band, Task.variety)
    )


def _reasons(session: Session, counts: Select[Any], measured: int) -> tuple[Reason, ...]:
    bands: dict[str, Counter[str]] = {}
    varieties: dict[str, Counter[str]] = {}
    worst: dict[str, str] = {}
    for code, band, variety, severity, items in session.execute(counts):
        bands.setdefault(code, Counter())[band] += items
        varieties.setdefault(code, Counter())[variety] += items
        worst[code] = min(severity, worst.get(code, severity))
    found = [
        Reason(
            code=code,
            severity=worst[code],
            items=counter.total(),
            share_pct=100 * counter.total() / measured if measured else 0.0,
            by_band=counter,
            by_variety=varieties[code],
        )
        for code, counter in bands.items()
    ]
    return tuple(sorted(found, key=lambda reason: (-reason.items, reason.code)))
