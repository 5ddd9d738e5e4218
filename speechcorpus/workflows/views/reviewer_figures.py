"""One reviewer beside others: agreement by question, variety and band, gold, and how both moved over time."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.qc.agreement import Agreement, agreement
from speechcorpus.qc.gold import GoldAccuracy
from speechcorpus.qc.proportions import Share, jeffreys
from speechcorpus.store.models import Staff
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.code_gates import newest_pause
from speechcorpus.workflows.gold import GoldAnswer
from speechcorpus.workflows.gold_figures import accuracy_of, gold_before
from speechcorpus.workflows.review_rows import LINES, REFUSABLE, DecisionRow, asked, decisions_of, doubles_of

WEEKS = 12
Pairs = Sequence[tuple[DecisionRow, DecisionRow]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The agreement on one question; None: all varieties, all bands."""

    question: str  # a price line or a code
    variety: str | None
    band: str | None
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week: agreement about lines with second opinions, and gold; None where nothing was heard."""

    begins: date
    agreement: Agreement | None
    gold: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerFigures:
    """What is known about one reviewer's judging."""

    staff_id: str
    name: str
    until: datetime | None  # what was decided later is not in it
    decisions: int
    doubles: int
    cells: tuple[Cell, ...]
    gold: tuple[GoldAccuracy, ...]
    weeks: tuple[Week, ...]
    paused: bool
    paused_code: str | None  # which gold they were wrong about; None: items with nothing wrong
    seed: int


def own_figures(store: Store, actor: Actor, *, now: datetime) -> ReviewerFigures:
    """Return a reviewer's own figures, over all projects, up to the last midnight.

    A count that grew with the decision just made would tell which items are gold or heard twice.
    """
    midnight = datetime.combine(now.date(), time(), tzinfo=now.tzinfo)
    with store.catalogue.read() as session:
        staff = require_staff(session, actor, "reviewer")
        decisions = decisions_of(session, reviewer_id=staff.id, until=midnight)
        gold = [each for each in gold_before(session, midnight) if each.reviewer_id == staff.id]
        return figures_of(session, staff, decisions, gold, now=now, until=midnight)


def figures_of(
    session: Session,
    staff: Staff,
    decisions: Iterable[DecisionRow],
    gold: Sequence[GoldAnswer],
    *,
    now: datetime,
    until: datetime | None = None,
) -> ReviewerFigures:
    """Return one reviewer's figures from everybody's decisions and their own gold answers."""
    listed = list(decisions)
    pairs = pairs_with(staff.id, doubles_of(listed))
    seed = seed_of(staff.id)
    pause = newest_pause(session, staff.id)
    paused = pause is not None and pause.event == "paused"
    return ReviewerFigures(
        staff_id=staff.id,
        name=staff.name,
        until=until,
        decisions=sum(each.reviewer == staff.id for each in listed),
        doubles=len(pairs),
        cells=_cells(pairs, seed),
        gold=tuple(accuracy_of(gold)),
        weeks=_weeks(pairs, gold, seed, now),
        paused=paused,
        paused_code=pause.code if pause is not None and paused else None,
        seed=seed,
    )


def pairs_with(staff_id: str, pairs: Iterable[tuple[DecisionRow, DecisionRow]]) -> Pairs:
    """Return the items that this reviewer and another one heard, this one's decision first."""
    turned = ((one, other) if one.reviewer == staff_id else (other, one) for one, other in pairs)
    return [pair for pair in turned if pair[0].reviewer == staff_id]


def seed_of(name: str) -> int:
    """Return the seed of the intervals of one page: the same figures at every look.

    Examples
    --------
    >>> seed_of("r1")
    4059919855
    """
    return int.from_bytes(hashlib.sha256(f"reviewer/1\0{name}".encode()).digest()[:4], "big")


def reviewers_of(session: Session) -> Mapping[str, Staff]:
    """Return every reviewer by id, names sorted, those who left too: their decisions stay."""
    rows = session.scalars(select(Staff).where(Staff.role == "reviewer").order_by(Staff.name, Staff.id))
    return {row.id: row for row in rows}


def questions_of(pairs: Pairs) -> Sequence[str]:
    """Return what can be asked of these items: both price lines, and every code that somebody named."""
    named = {code for pair in pairs for each in pair for code in each.codes}
    return [*LINES, *(code for code in REFUSABLE if code in named)]


def _cells(pairs: Pairs, seed: int) -> tuple[Cell, ...]:
    varieties = sorted({one.variety for one, _ in pairs})
    bands = sorted({one.band for one, _ in pairs}, key=("low", "medium", "high").index)
    places = [(None, None), *product(varieties, bands)]
    cells = []
    for question, (variety, band) in product(questions_of(pairs), places):
        here = [pair for pair in pairs if variety in (None, pair[0].variety) and band in (None, pair[0].band)]
        if here:
            found = agreement(asked(here, question), rng=np.random.default_rng(seed))
            cells.append(Cell(question=question, variety=variety, band=band, agreement=found))
    return tuple(cells)


def _weeks(pairs: Pairs, gold: Sequence[GoldAnswer], seed: int, now: datetime) -> tuple[Week, ...]:
    this = _monday(now)
    begins = [this - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    return tuple(_week(begin, pairs, gold, seed) for begin in begins)


def _week(begins: date, pairs: Pairs, gold: Sequence[GoldAnswer], seed: int) -> Week:
    heard = [pair for pair in pairs if _monday(pair[0].decided_at) == begins]
    answered = [each.right for each in gold if _monday(each.decided_at) == begins]
    lines = [each for line in LINES for each in asked(heard, line)]
    return Week(
        begins=begins,
        agreement=agreement(lines, rng=np.random.default_rng(seed)) if heard else None,
        gold=jeffreys(sum(answered), len(answered)) if answered else None,
    )


def _monday(moment: datetime) -> date:
    return moment.date() - timedelta(days=moment.weekday())
