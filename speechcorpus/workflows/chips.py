"""A take as the recorder's list shows it: its state and what is known of each of its items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Segment, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_take
from speechcorpus.workflows.judging import calibrated_row
from speechcorpus.workflows.views.believed import BelievedRow, notable_rows
from speechcorpus.workflows.views.clips import VerdictView, measured_rows, newest_verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item of a take; levels and verdict are None until it is measured."""

    segment_id: str
    prompt_id: str | None
    chosen: bool
    measured: bool
    duration_s: float
    rate_hz: int
    noise_laeq_dbfs: float | None
    noise_laeq_dba: float | None
    verdict: VerdictView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeView:
    """A take as its speaker sees it."""

    state: str
    take_sha256: str | None
    frames: int | None
    items: Sequence[ItemView]
    believed: Sequence[BelievedRow]  # where the browser's claims and the samples differ


def take_view(store: Store, actor: Actor, take_id: str) -> TakeView:
    """Return one's own take with its items in the order they were spoken."""
    with store.catalogue.read() as session:
        take, _ = own_take(session, actor, take_id)
        return TakeView(
            state=take.state,
            take_sha256=take.master_sha256,
            frames=take.frames,
            items=_items(session, take),
            believed=notable_rows(session, take),
        )


def _items(session: Session, take: Take) -> Sequence[ItemView]:
    segments = session.scalars(
        select(Segment).where(Segment.take_id == take.id).order_by(Segment.start_sample)
    ).all()
    rows = measured_rows(session, [segment.item_sha256 for segment in segments if segment.item_sha256])
    verdicts = newest_verdicts(session, [segment.id for segment in segments])
    return [
        _item(session, take, segment, rows.get(segment.item_sha256 or ""), verdicts.get(segment.id))
        for segment in segments
    ]


def _item(
    session: Session,
    take: Take,
    segment: Segment,
    row: Mapping[str, Any] | None,
    verdict: VerdictView | None,
) -> ItemView:
    levels = None if row is None else calibrated_row(session, segment, row)
    return ItemView(
        segment_id=segment.id,
        prompt_id=segment.prompt_id,
        chosen=segment.chosen,
        measured=row is not None,
        duration_s=round((segment.end_sample - segment.start_sample) / take.rate_hz, 3),
        rate_hz=take.rate_hz,
        noise_laeq_dbfs=None if levels is None else levels.noise_laeq_dbfs,
        noise_laeq_dba=None if levels is None else levels.noise_laeq_dba,
        verdict=verdict,
    )
