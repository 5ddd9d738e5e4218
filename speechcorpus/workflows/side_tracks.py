"""The tracks beside a take: what the other person of a dialogue on two devices recorded at the same time.

Who may see or hear them is for the caller. A track that was taken back, in part or with its owner, is beside
nothing any more: one's own goes on alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from speechcorpus.record.alignment import Alignment
from speechcorpus.record.segmentation import Span
from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.store.models import (
    Claim,
    Contributor,
    EventRow,
    Job,
    Segment,
    Sitting,
    Take,
    TakePair,
    WithdrawnItem,
)
from speechcorpus.work.withdrawal import Effect, effects_of
from speechcorpus.workflows.consents import active_purposes
from speechcorpus.workflows.events import PRIVATE
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.seats import TWO
from speechcorpus.workflows.sitting_peers import devices_of
from speechcorpus.workflows.take_pairs import SECOND, alignment_of, pairs_of_take, side_of

SideState = Literal["none", "waiting", "measuring", "apart", "clock", "aligned", "gone"]
"""`none`: one track; `waiting`: theirs has not arrived; `measuring`: it has, nobody compared them yet;
`apart`: they were, and nothing of theirs lies beside it; `clock`: laid by the clocks of the two devices
alone; `gone`: theirs was taken back."""
BY_CLOCK = "wall"  # of `TakePair.method`


@dataclass(frozen=True, slots=True, kw_only=True)
class SideTrack:
    """One take of the other person, and where it lies on the time of one's own."""

    pair: TakePair
    take: Take
    alignment: Alignment  # seen from one's own take
    silent: tuple[Span, ...]  # marked as private, in its own samples: nobody else hears or reads these

    @property
    def by_clock(self) -> bool:
        """Whether nothing but the clocks of the two devices says where it lies."""
        return self.pair.method == BY_CLOCK


def side_tracks(session: Session, take: Take, *, use: Effect = "sound") -> tuple[SideTrack, ...]:
    """Return the other person's tracks of the same time, by their begin.

    Parameters
    ----------
    use : what for; a track taken back from it is not among them
    """
    found = []
    for pair in pairs_of_take(session, take.id):
        is_second = side_of(pair, take.id) == SECOND
        other_id = pair.first_take_id if is_second else pair.second_take_id
        other = session.get_one(Take, other_id)
        if other.master_sha256 is not None and not _is_taken_back(session, other, use):
            alignment = alignment_of(session, pair, own=take.id)
            found.append(
                SideTrack(pair=pair, take=other, alignment=alignment, silent=_private(session, other))
            )
    return tuple(sorted(found, key=lambda side: (_begin(side), side.take.id)))


def side_state(session: Session, take: Take, tracks: Sequence[SideTrack]) -> SideState:
    """Say how far a take and what lies beside it are."""
    if tracks:
        return "clock" if any(side.by_clock for side in tracks) else "aligned"
    if devices_of(session, take.sitting_id) != TWO:
        return "none"
    if pairs_of_take(session, take.id):
        return "gone"
    arrived = _others_arrived(session, take)
    if not arrived:
        return "waiting"
    return "measuring" if _is_awaited(session, {take.id, *arrived}) else "apart"


def off_ms(tracks: Sequence[SideTrack]) -> float | None:
    """Return by how much the worst laid one may be off; None without any."""
    return max((side.pair.uncertainty_ms for side in tracks), default=None)


def placed(side: SideTrack, spans: Sequence[Span], *, frames: int) -> tuple[Span, ...]:
    """Return spans of the other track in samples of one's own, as far as they lie within its `frames`."""
    if not spans:
        return ()
    own = np.rint(side.alignment.to_own(spans)).astype(np.int64).clip(0, frames).tolist()
    return tuple((start, end) for start, end in own if start < end)


def _begin(side: SideTrack) -> float:
    return float(side.alignment.to_own(0))


def _is_taken_back(session: Session, take: Take, use: Effect) -> bool:
    sitting = session.get_one(Sitting, take.sitting_id)
    if session.get_one(Contributor, sitting.contributor_id).state in ("withdrawn", "erased"):
        return True
    consent = terms_by_hash(session, session.get_one(Claim, sitting.claim_id).terms_sha256).consent
    needed = {purpose for purpose in consent.purposes if use in effects_of("purpose", purpose)}
    if not needed <= active_purposes(session, sitting.contributor_id, consent.sha256):
        return True  # also of a take that nobody has cut yet
    cut = select(Segment.id).where(Segment.take_id == take.id)
    gone = exists().where(WithdrawnItem.segment_id.in_(cut), WithdrawnItem.effect == use)
    return bool(session.scalar(select(gone)))


def _private(session: Session, take: Take) -> tuple[Span, ...]:
    marked = (EventRow.take_id == take.id, EventRow.kind == PRIVATE, EventRow.removed_at.is_(None))
    spans = select(EventRow.start_sample, EventRow.end_sample).where(*marked)
    return tuple((start, end) for start, end in session.execute(spans.order_by(EventRow.start_sample)))


def _is_awaited(session: Session, take_ids: set[str]) -> bool:
    """Say whether a worker is still to compare one of these takes."""
    asked = select(Job.payload).where(Job.kind == "pair_takes", Job.state.in_(("queued", "running")))
    return any(payload["take_id"] in take_ids for payload in session.scalars(asked))


def _others_arrived(session: Session, take: Take) -> Sequence[str]:
    """Return the takes of the other person in the same claim."""
    sitting = session.get_one(Sitting, take.sitting_id)
    theirs = (
        Sitting.claim_id == sitting.claim_id,
        Sitting.contributor_id != sitting.contributor_id,
        Take.track == ITEM_TRACK,
        Take.state == "stored",
    )
    return session.scalars(select(Take.id).join(Sitting, Sitting.id == Take.sitting_id).where(*theirs)).all()
