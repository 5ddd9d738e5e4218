"""The Inspector's page: the item in hand, what to draw of it, and what waits beside it, read together."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Claim, Review, Segment, Sitting, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.views.inspection import InspectionView, inspected
from speechcorpus.workflows.views.queue import QueueRow, waiting_for
from speechcorpus.workflows.views.review import ReviewView, shown_review

_AROUND = (  # what both halves of the page ask for, row by row
    select(Review, Segment, Take, Sitting, Claim, Task)
    .join(Segment, Segment.id == Review.segment_id)
    .join(Take, Take.id == Segment.take_id)
    .join(Sitting, Sitting.id == Take.sitting_id)
    .join(Claim, Claim.id == Segment.claim_id)
    .join(Task, Task.id == Claim.task_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectorView:
    """Everything the page shows to the one who holds an item."""

    review: ReviewView
    seen: InspectionView
    queue: tuple[QueueRow, ...]  # what may be taken next, the item in hand among it


def inspector_view(
    store: Store, actor: Actor, review_id: str, *, now: datetime, most: int
) -> InspectorView | None:
    """Return an item to the reviewer who holds it; None to one who may take it first.

    One reading of the catalogue: what two parts of the page need is read once.

    Parameters
    ----------
    most : how many items of the queue

    Raises
    ------
    AccessError : `not-found` for anybody but reviewers, and where there is nothing to hold
    """
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        held = session.execute(_AROUND.where(Review.id == review_id)).first()  # kept until all is read
        review = shown_review(session, actor, review_id, now=now)
        if review is None or held is None:
            return None
        return InspectorView(
            review=review,
            seen=inspected(store, session, held.Segment),
            queue=waiting_for(session, actor, now=now, most=most),
        )
