"""The second transcriber's pages: what can be written down, one segment, and what it has earned.

Blind: no prompt, no first text, no fix, no speaker is read here, so no template can show one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.transcript import Violation
from speechcorpus.store.models import Claim, SecondTranscript, Segment, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_contributor
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.second_transcripts import (
    draft_of,
    errors_in,
    is_free,
    is_held,
    offered,
    open_second,
)
from speechcorpus.workflows.views.queue import review_name

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondRow:
    """One segment that waits for a second text."""

    second_id: str
    name: str  # short and stable, tells nothing about the speaker
    mine: bool  # I hold it now
    variety: str
    style: str
    duration_s: float
    price_minor: int
    currency: str
    exponent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What second texts have earned a person in one currency."""

    texts: int
    minor: int
    currency: str
    exponent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondList:
    """What a person may write down, and what they have earned by it."""

    rows: tuple[SecondRow, ...]
    earned: tuple[Earned, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondView:
    """Everything a second transcriber writes by: sound, the marks that count, one's own draft."""

    row: SecondRow
    fence: int
    lease_until: datetime | None
    marks: str
    draft: str
    errors: tuple[Violation, ...]  # of the draft


def second_list(store: Store, actor: Actor, *, now: datetime) -> SecondList:
    """Return what the contributor who asks may write down, the longest waiting first."""
    with store.catalogue.read() as session:
        person = require_contributor(session, actor)
        free = [row for row in offered(session, person) if is_free(row, actor, now)]
        return SecondList(
            rows=tuple(_row(session, row, actor, now) for row in free[:SHOWN]),
            earned=_earned(session, actor),
        )


def second_is_mine(store: Store, actor: Actor, second_id: str, *, now: datetime) -> bool:
    """Whether the contributor who asks holds it now; `not-found` where there is nothing to hold."""
    with store.catalogue.read() as session:
        return is_held(open_second(session, actor, second_id)[0], actor, now)


def second_view(store: Store, actor: Actor, second_id: str, *, now: datetime) -> SecondView:
    """Return a segment to the one who holds it; to anybody else it does not exist."""
    with store.catalogue.read() as session:
        row, segment = open_second(session, actor, second_id)
        if not is_held(row, actor, now):
            raise not_found("second transcript")
        draft = draft_of(row.drafts, actor)
        return SecondView(
            row=_row(session, row, actor, now),
            fence=row.fence,
            lease_until=row.lease_until,
            marks=terms_by_hash(session, row.terms_sha256).task.transcript.marks,
            draft=draft,
            errors=errors_in(session, segment, draft) if draft else (),
        )


def _row(session: Session, row: SecondTranscript, actor: Actor, now: datetime) -> SecondRow:
    segment, take, task = session.execute(
        select(Segment, Take, Task)
        .join(Take, Take.id == Segment.take_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Segment.id == row.segment_id)
    ).one()
    price = terms_by_hash(session, row.terms_sha256).price
    return SecondRow(
        second_id=row.id,
        name=review_name(row.id),
        mine=is_held(row, actor, now),
        variety=task.variety,
        style=task.style,
        duration_s=(segment.end_sample - segment.start_sample) / take.rate_hz,
        price_minor=row.price_minor,
        currency=price.currency,
        exponent=price.exponent,
    )


def _earned(session: Session, actor: Actor) -> tuple[Earned, ...]:
    """Return what is owed for texts that were handed in, whether they agreed with the first or not."""
    rows: Sequence[tuple[str, int, int]] = [
        (terms, texts, minor)
        for terms, texts, minor in session.execute(
            select(SecondTranscript.terms_sha256, func.count(), func.sum(SecondTranscript.price_minor))
            .where(SecondTranscript.contributor_id == actor.id, SecondTranscript.state == "written")
            .group_by(SecondTranscript.terms_sha256)
        )
    ]
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    for terms_sha256, texts, minor in rows:
        price = terms_by_hash(session, terms_sha256).price
        before = sums.get((price.currency, price.exponent), (0, 0))
        sums[price.currency, price.exponent] = (before[0] + texts, before[1] + int(minor))
    return tuple(
        Earned(texts=texts, minor=minor, currency=currency, exponent=exponent)
        for (currency, exponent), (texts, minor) in sorted(sums.items())
    )
