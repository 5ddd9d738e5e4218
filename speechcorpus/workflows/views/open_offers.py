"""Open work a person may choose from, grouped by what they could choose by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from speechcorpus.store.models import Contributor, Project, Task, TaskPrompt
from speechcorpus.workflows.caps import active_claims
from speechcorpus.workflows.consents import active_purposes
from speechcorpus.workflows.prompt_pools import order_for, own_splits
from speechcorpus.workflows.views.auditions import AuditionHint, audition_hint
from speechcorpus.workflows.views.terms import terms_by_id
from speechcorpus.workflows.views.worth import Timings, Worth

BANDS: Final = ("low", "medium", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Open tasks that are alike in all that one chooses by; `task_id` is the one that is given first."""

    task_id: str
    open_tasks: int
    project_id: str
    project_title: str
    variety: str
    style: str
    items: int
    work: Worth
    consented: bool
    room: bool  # the terms' cap leaves room for another claim
    audition: AuditionHint | None  # what comes before the first task in this language


def open_offers(session: Session, person: Contributor, timings: Timings) -> tuple[Offer, ...]:
    """Group open tasks that differ in nothing a person could choose by."""
    groups = _alike(session, person)
    terms = terms_by_id(session, (group.terms_id for group in groups))
    hints = {each: audition_hint(session, person.id, frozen) for each, frozen in terms.items()}
    given = {
        each: active_purposes(session, person.id, frozen.consent.sha256) for each, frozen in terms.items()
    }
    held = active_claims(session, person.id)
    offers = [
        Offer(
            task_id=group.first[1:],
            open_tasks=group.open_tasks,
            project_id=group.project_id,
            project_title=group.title,
            variety=group.variety,
            style=group.style,
            items=group.items,
            work=timings.worth(terms[group.terms_id], group.style, group.band, group.items),
            consented=given[group.terms_id] >= set(terms[group.terms_id].consent.purposes),
            room=held < terms[group.terms_id].draw.max_active,
            audition=hints[group.terms_id],
        )
        for group in groups
    ]
    in_order = sorted(zip(groups, offers, strict=True), key=lambda pair: _place(*pair))
    return tuple(offer for _, offer in in_order)


def _place(group: Row[Any], offer: Offer) -> tuple[str, int, str]:
    """Return where an offer stands: in each band what is kept back for others comes last."""
    return (offer.project_title, BANDS.index(offer.work.band.name), group.first[0])


def _alike(session: Session, person: Contributor) -> Sequence[Row[Any]]:
    """Return how many open tasks of each kind there are, with the first of them for this person.

    As in a draw, who is in dev or test of a release gets the sentences kept back for them, others get
    them last.
    """
    wanted = [Task.state == "open", Task.round_id.is_(None)] + (
        [Task.variety == person.variety] if person.variety else []
    )
    size = select(func.count()).where(TaskPrompt.task_id == Task.id).scalar_subquery()
    kind = (Task.project_id, Task.terms_id, Task.variety, Task.style, Task.band, size, Project.title)
    return session.execute(
        select(
            func.min(order_for(own_splits(session, person.id))).label("first"),
            func.count().label("open_tasks"),
            *kind[:-2],
            size.label("items"),
            Project.title,
        )
        .join(Project, Project.id == Task.project_id)
        .where(*wanted)
        .group_by(*kind)
        .order_by(Task.project_id, Task.variety, Task.style, Task.band, size.desc())
    ).all()
