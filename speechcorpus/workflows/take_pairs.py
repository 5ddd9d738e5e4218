"""Two takes of one talk on two devices: how they lie beside each other, and what was measured of both.

They are compared by the job `pair_takes`; this is what others read of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from speechcorpus.qc.facts import PartnerFigures
from speechcorpus.record.alignment import Alignment, Method
from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.record.track_clock import Timeline
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Segment, Take, TakePair
from speechcorpus.workflows.seats import TWO
from speechcorpus.workflows.sitting_peers import devices_of

FIRST, SECOND = "first", "second"


def ask_for_pairs(session: Session, take: Take, *, now: datetime) -> None:
    """Ask a worker to compare a stored take with what the other person recorded meanwhile.

    Nothing is asked of a take at one device, of room tone and of sound checks. The other one's take may come
    later: then it asks.
    """
    if take.track == ITEM_TRACK and devices_of(session, take.sitting_id) == TWO:
        enqueue(session, "pair_takes", {"take_id": take.id}, now=now)


def pairs_of_take(session: Session, take_id: str) -> tuple[TakePair, ...]:
    """Return the pairs that a take is in, as they were measured; none for a take at one device."""
    either = or_(TakePair.first_take_id == take_id, TakePair.second_take_id == take_id)
    pairs = select(TakePair).where(either).order_by(TakePair.measured_at, TakePair.id)
    return tuple(session.scalars(pairs))


def side_of(pair: TakePair, take_id: str) -> str:
    """Return which of the two a take is: `first` or `second`."""
    return FIRST if pair.first_take_id == take_id else SECOND


def alignment_of(session: Session, pair: TakePair, *, own: str) -> Alignment:
    """Return how the two lie beside each other, seen from one of them.

    Parameters
    ----------
    own : the id of either take: samples of it are "own", those of the other one "other"
    """
    gaps = cast(Mapping[str, Sequence[Sequence[float]]], pair.facts.get("gaps", {}))
    found = Alignment(
        offset_s=pair.offset_s,
        drift_ppm=pair.drift_ppm,
        uncertainty_ms=pair.uncertainty_ms,
        method=cast(Method, pair.method),
        first=_timeline(session.get_one(Take, pair.first_take_id), gaps.get(FIRST, ())),
        second=_timeline(session.get_one(Take, pair.second_take_id), gaps.get(SECOND, ())),
    )
    return found if side_of(pair, own) == FIRST else found.turned()


def other_span(session: Session, segment: Segment) -> tuple[tuple[str, int, int], ...]:
    """Return (take, start, end): the same time on the other person's tracks, as far as they ran; by start."""
    found = []
    for pair in pairs_of_take(session, segment.take_id):
        alignment = alignment_of(session, pair, own=segment.take_id)
        start, end = (
            alignment.to_other([segment.start_sample, segment.end_sample]).round().astype(int).tolist()
        )
        start, end = max(0, start), min(end, alignment.second.frames)
        if start < end:
            other = pair.second_take_id if side_of(pair, segment.take_id) == FIRST else pair.first_take_id
            found.append((other, start, end))
    return tuple(sorted(found, key=lambda span: (span[1], span[0])))


def bleed_db_of(session: Session, take_id: str) -> float | None:
    """Return how loud the other person is in this take, re the voice of its own; the worst of its pairs.

    None where nobody measured it, or in one of the pairs never heard the other one alone.
    """
    leaks = [_bleed_db(pair.figures, side_of(pair, take_id)) for pair in pairs_of_take(session, take_id)]
    heard = [leak for leak in leaks if leak is not None]
    return max(heard, default=None) if len(heard) == len(leaks) else None


def partner_figures(session: Session, segment: Segment) -> PartnerFigures | None:
    """Return what was measured of both tracks, as the facts of an item on one of them tell it.

    Of several pairs the one counts that runs the longest beside the item.
    """
    spans = other_span(session, segment)
    if not spans:
        return None
    longest = max(spans, key=lambda span: span[2] - span[1])[0]
    pairs = pairs_of_take(session, segment.take_id)
    pair = next(each for each in pairs if longest in (each.first_take_id, each.second_take_id))
    side, figures = side_of(pair, segment.take_id), pair.figures
    share_pct = figures["share_pct"]
    return PartnerFigures(
        overlap_pct=figures["overlap_pct"],
        share_pct=share_pct if side == FIRST or share_pct is None else round(100 - share_pct, 2),
        turn_s=figures["turn_s"],
        bleed_db=_bleed_db(figures, side),
        sync_offset_ms=figures["sync_offset_ms"],
    )


def _bleed_db(figures: Mapping[str, Any], side: str) -> float | None:
    return cast(float | None, figures["bleed_db"][side])


def _timeline(take: Take, gaps: Sequence[Sequence[float]]) -> Timeline:
    return Timeline(
        rate_hz=take.rate_hz,
        frames=take.frames or 0,
        cuts=tuple(int(cut) for cut, _ in gaps),
        lost_s=tuple(float(lost_s) for _, lost_s in gaps),
    )
