"""The coverage page: accepted time against what the manager wants, by variety, style, band and gender."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, get_args

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, aliased

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import BandName, BandTerms, Style, Terms
from speechcorpus.store.models import (
    Claim,
    Contributor,
    OutcomeRow,
    Project,
    Segment,
    Sitting,
    Take,
    Target,
    Task,
    TaskPrompt,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.desk import own_project, projects_of
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.views.coverage_cells import (
    GENDERS,
    Cell,
    Key,
    Voice,
    cell_of,
    largest_share_pct,
)

ALL: Final = "all"
STYLES: Final = get_args(Style)
BANDS: Final = get_args(BandName)
WEEK: Final = timedelta(days=7)
SHORTEST: Final = 4
GONE: Final = ("withdrawn", "erased")

Holder, Speaker = aliased(Contributor), aliased(Contributor)
SECONDS: Final = func.sum((Segment.end_sample - Segment.start_sample) * 1.0 / Take.rate_hz)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One variety in one style."""

    variety: str
    style: str
    cells: Mapping[str, Cell]  # band -> cell
    total: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A cell that is furthest from its target."""

    variety: str
    style: str
    band: str
    cell: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """What one project has, or all of a manager's projects together."""

    project_id: str  # or ALL
    title: str
    projects: Mapping[str, str]  # id -> title, the newest first
    terms: Terms | None  # of the one project
    bands: tuple[str, ...]
    band_terms: Mapping[str, BandTerms]  # empty for several projects: their bands may differ
    rows: tuple[Row, ...]
    by_band: Mapping[str, Cell]
    total: Cell
    week_s: float  # accepted in the last seven days
    largest_share_pct: float
    missing: tuple[Missing, ...]

    @property
    def varieties(self) -> Mapping[str, tuple[Row, ...]]:
        """The rows of each variety."""
        names = dict.fromkeys(row.variety for row in self.rows)
        return {name: tuple(row for row in self.rows if row.variety == name) for name in names}


def coverage_view(
    store: Store, actor: Actor, project_id: str | None = None, *, now: datetime
) -> CoverageView | None:
    """Return what a project has: the newest one by default, `all` for all of the manager's projects.

    None before there is a project. Time of speakers who withdrew is left out.

    Raises
    ------
    AccessError : `not-found` for anybody else, and for other managers' projects
    """
    with store.catalogue.read() as session:
        mine = projects_of(session, actor)
        if project_id == ALL and mine:
            return _view(session, None, mine, now)
        project = own_project(session, actor, project_id)
        return _view(session, project, mine, now) if project else None


def accepted_seconds(session: Session, ids: Sequence[str]) -> float:
    """Return how much has been accepted in these projects, in seconds."""
    return sum(voice.seconds for voice in _voices(session, ids))


def missing_seconds(session: Session, ids: Sequence[str]) -> float:
    """Return how much the targets of these projects still lack; a cell that has too much fills no other."""
    voices, targets = _voices(session, ids), _targets(session, ids)
    return sum(cell_of(voices, [key], targets=targets, asked={}).missing_s for key in targets)


def _view(session: Session, project: Project | None, mine: Sequence[Project], now: datetime) -> CoverageView:
    ids = [project.id] if project else [each.id for each in mine]
    terms = Terms.from_document(newest_terms(session, project.id).document) if project else None
    voices, targets, asked = _voices(session, ids), _targets(session, ids), _asked(session, ids)
    bands = tuple(band.name for band in terms.bands) if terms else BANDS
    facts: dict[str, Any] = {"targets": targets, "asked": asked}
    rows = tuple(_row(key, bands, voices, facts) for key in _row_keys(voices, targets, asked))
    keys = [(row.variety, row.style, band) for row in rows for band in bands]
    return CoverageView(
        project_id=project.id if project else ALL,
        title=project.title if project else "",
        projects={each.id: each.title for each in mine},
        terms=terms,
        bands=bands,
        band_terms={band.name: band for band in terms.bands} if terms else {},
        rows=rows,
        by_band={band: cell_of(voices, [key for key in keys if key[2] == band], **facts) for band in bands},
        total=cell_of(voices, keys, **facts),
        week_s=session.scalar(_since(ids, now - WEEK)) or 0.0,
        largest_share_pct=largest_share_pct(voices),
        missing=_missing(rows),
    )


def _row(pair: tuple[str, str], bands: Sequence[str], voices: Sequence[Voice], facts: dict[str, Any]) -> Row:
    keys = [(*pair, band) for band in bands]
    return Row(
        variety=pair[0],
        style=pair[1],
        cells={key[2]: cell_of(voices, [key], **facts) for key in keys},
        total=cell_of(voices, keys, **facts),
    )


def _row_keys(
    voices: Sequence[Voice], targets: Mapping[Key, int], asked: Mapping[Key, tuple[int, int]]
) -> list[tuple[str, str]]:
    """Return each variety and style that is asked for, wanted or there: nan-TW before cmn-TW."""
    known = {(key[0], key[1]) for key in (*(voice.key for voice in voices), *targets, *asked)}
    varieties = sorted({variety for variety, _ in known}, reverse=True)
    return [(variety, style) for variety in varieties for style in STYLES if (variety, style) in known]


def _missing(rows: Sequence[Row]) -> tuple[Missing, ...]:
    lacking = [
        Missing(variety=row.variety, style=row.style, band=band, cell=cell)
        for row in rows
        for band, cell in row.cells.items()
        if cell.percent is not None and cell.missing_s > 0
    ]
    return tuple(sorted(lacking, key=lambda each: each.cell.percent or 0.0)[:SHORTEST])


def accepted_from(ids: Sequence[str], *columns: Any) -> Select[Any]:
    """Select over the accepted recordings of projects, each with its speaker, who is still with us."""
    return (
        select(*columns)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Take, Take.id == Segment.take_id)
        .join(OutcomeRow, OutcomeRow.segment_id == Segment.id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .join(Holder, Holder.id == Sitting.contributor_id)
        .outerjoin(Speaker, Speaker.pseudonym == Segment.speaker)
        .where(
            Task.project_id.in_(ids),
            Task.audition_id.is_(None),
            Segment.chosen,
            OutcomeRow.line == "record",
            OutcomeRow.state == "accepted",
            _of_speaker(Speaker.state, Holder.state).not_in(GONE),
        )
    )


def _of_speaker(own: Any, holder: Any) -> ColumnElement[str]:
    """Return a fact of who speaks: the partner of a dialogue in their lane, else the holder of the claim."""
    return case((Speaker.id.is_not(None), own), else_=holder)


def _voices(session: Session, ids: Sequence[str]) -> list[Voice]:
    columns = (Task.variety, Task.style, Task.band)
    who = (
        _of_speaker(Speaker.id, Holder.id).label("speaker"),
        _of_speaker(Speaker.gender, Holder.gender).label("gender"),
    )
    rows = session.execute(
        accepted_from(ids, *columns, *who, func.count(Segment.id), SECONDS)
        .select_from(Segment)
        .group_by(*columns, *who)
    )
    return [
        Voice(
            key=(variety, style, band),
            speaker=speaker,
            gender=gender if gender in GENDERS else "unsaid",
            items=items,
            seconds=float(seconds),
        )
        for variety, style, band, speaker, gender, items, seconds in rows
    ]


def _since(ids: Sequence[str], moment: datetime) -> Select[Any]:
    return accepted_from(ids, SECONDS).select_from(Segment).where(OutcomeRow.decided_at > moment)


def _targets(session: Session, ids: Sequence[str]) -> dict[Key, int]:
    key = (Target.variety, Target.style, Target.band)
    rows = session.execute(
        select(*key, func.sum(Target.minutes)).where(Target.project_id.in_(ids)).group_by(*key)
    )
    return {(variety, style, band): 60 * int(minutes) for variety, style, band, minutes in rows}


def _asked(session: Session, ids: Sequence[str]) -> dict[Key, tuple[int, int]]:
    key = (Task.variety, Task.style, Task.band)
    rows = session.execute(
        select(
            *key,
            func.count(TaskPrompt.prompt_id),
            func.count(case((Task.state == "open", Task.id)).distinct()),
        )
        .join(TaskPrompt, TaskPrompt.task_id == Task.id)
        .where(Task.project_id.in_(ids), Task.audition_id.is_(None), Task.state != "void")
        .group_by(*key)
    )
    return {(variety, style, band): (prompts, still) for variety, style, band, prompts, still in rows}
