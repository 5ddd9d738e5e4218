"""Gold items, for the manager who marks them: what was decided about an item, how gold ones are answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.store.models import Claim, FindingRow, OutcomeRow, Review, Segment, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.desk import own_project
from speechcorpus.workflows.events import holds_private, private_within
from speechcorpus.workflows.gold import gold_answers, newest_marks, project_of
from speechcorpus.workflows.items import ItemAudio, item_audio
from speechcorpus.workflows.projects import require_project
from speechcorpus.workflows.views.clips import newest_texts
from speechcorpus.workflows.views.queue import review_name
from speechcorpus.workflows.withdrawn_items import is_withdrawn, withdrawn_from

SHOWN = 50
MARKABLE = tuple(code for code in CODES.values() if code.pay == "refusable")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldRow:
    """A decided item that people listened to, and the mark it carries."""

    segment_id: str
    name: str
    variety: str
    style: str
    band: str
    duration_s: float
    text: str
    outcomes: tuple[str, ...]  # of its lines, record first
    said: tuple[str, ...]  # accept, fix, or the code of a reject: one a listener
    mark: str | None  # accept, fix or reject; None: not gold
    code: str | None
    answers: int  # of those who heard it as gold
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldView:
    """A project's decided items, gold ones first, then the newest."""

    project_id: str
    title: str
    rows: tuple[GoldRow, ...]
    marked: int


def gold_view(store: Store, actor: Actor, project_id: str | None) -> GoldView | None:
    """Return what a manager may mark in a project of theirs, None while there is no project."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "manager")
        project = own_project(session, actor, project_id)
        if project is None:
            return None
        rows = _rows(session, project.id)
        marked = sum(row.mark is not None for row in rows)
        return GoldView(project_id=project.id, title=project.title, rows=rows, marked=marked)


def gold_audio(store: Store, actor: Actor, segment_id: str) -> ItemAudio:
    """Return the sound of a decided item to a manager of its project; private ones are for nobody."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "manager")
        segment = session.get(Segment, segment_id)
        if segment is None or holds_private(session, segment) or is_withdrawn(session, segment_id, "review"):
            raise not_found("segment")
        require_project(session, actor, project_of(session, segment))
        return item_audio(store, session, segment)


def _rows(session: Session, project_id: str) -> tuple[GoldRow, ...]:
    of_item = (Review.segment_id == Segment.id, Review.state == "decided", Review.round > 0)
    pending = (OutcomeRow.segment_id == Segment.id, OutcomeRow.state == "pending")
    decided = exists().where(OutcomeRow.segment_id == Segment.id) & ~exists().where(*pending)
    found = session.execute(
        select(Segment, Take, Task)
        .join(Take, Take.id == Segment.take_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project_id, exists().where(*of_item), decided)
        .where(~private_within(Segment), ~withdrawn_from("review"))
        .order_by(Segment.created_at.desc(), Segment.id)
    ).all()
    marks = newest_marks(session)
    shown = sorted(found, key=lambda each: each[0].id not in marks)[:SHOWN]  # the others keep their order
    ids = [segment.id for segment, _, _ in shown]
    outcomes, said, texts = _outcomes(session, ids), _said(session, ids), newest_texts(session, ids)
    heard = [answer for answer in gold_answers(session) if answer.segment_id in marks]
    return tuple(
        GoldRow(
            segment_id=segment.id,
            name=review_name(segment.id),
            variety=task.variety,
            style=task.style,
            band=task.band,
            duration_s=(segment.end_sample - segment.start_sample) / take.rate_hz,
            text=texts[segment.id].text if segment.id in texts else "",
            outcomes=outcomes[segment.id],
            said=said.get(segment.id, ()),
            mark=mark.decision if mark else None,
            code=mark.code if mark else None,
            answers=sum(answer.segment_id == segment.id for answer in heard),
            right=sum(answer.segment_id == segment.id and answer.right for answer in heard),
        )
        for segment, take, task in shown
        for mark in [marks.get(segment.id)]
    )


def _outcomes(session: Session, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    rows = session.scalars(select(OutcomeRow).where(OutcomeRow.segment_id.in_(ids)).order_by(OutcomeRow.line))
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        found[row.segment_id] = (*found.get(row.segment_id, ()), row.state)
    return found


def _said(session: Session, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return what each listener said, without telling who: a decision, or the codes of a reject."""
    counting = (Review.segment_id.in_(ids), Review.state == "decided", Review.round > 0, ~Review.void)
    found: dict[str, tuple[str, ...]] = {}
    for review in session.scalars(select(Review).where(*counting).order_by(Review.decided_at)):
        codes = session.scalars(select(FindingRow.code).where(FindingRow.review_id == review.id)).all()
        said = tuple(sorted(set(codes))) if review.decision == "reject" else (review.decision or "",)
        found[review.segment_id] = (*found.get(review.segment_id, ()), *said)
    return found
