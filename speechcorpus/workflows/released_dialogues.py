"""Where the clips of a talk lie on its common time, as a release says it.

The tracks of one talk are those that were compared with each other, directly or by way of a third: of a call
that broke down each side may have several takes. The common time is the clock of one of them, the holder's
first; the audio is never stretched or shifted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.corpus.columns import DB, SECONDS, SHARE
from speechcorpus.corpus.dialogues import ALONE
from speechcorpus.corpus.documents import Cell, rounded
from speechcorpus.corpus.groups import Components
from speechcorpus.record.alignment import Alignment
from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.record.track_clock import Timeline
from speechcorpus.store.models import Claim, Segment, Sitting, Take, TakePair
from speechcorpus.workflows.audible import Audible
from speechcorpus.workflows.seats import TWO
from speechcorpus.workflows.take_pairs import alignment_of, pairs_of_take

WORST_LAST: Final = ("reference", "exchanges", "sound", "wall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How one take lies beside the one whose clock is the common time; `steps` lead from it to that one."""

    talk: str
    clock: Timeline  # of the reference: what its recorder lost counts as time
    steps: tuple[Alignment, ...] = ()
    method: str = "reference"
    origin_s: float = 0.0  # of the common time, on the clock of the reference

    def seconds(self, sample: float) -> float:
        """Return the time of a sample on the clock of the reference.

        Time all the way: where a track on the way has a gap, no sample of it could say when that was.
        """
        line = self.steps[0].second if self.steps else self.clock
        at_s = float(line.seconds(sample))
        for step in self.steps:
            at_s = float(step.earlier_s(at_s))
        return at_s - self.origin_s

    @property
    def drift_ppm(self) -> float:
        """How much faster its clock ran."""
        stretch = 1.0
        for step in self.steps:
            stretch *= 1 + 1e-6 * step.drift_ppm
        return 1e6 * (stretch - 1)

    @property
    def uncertainty_ms(self) -> float:
        """By how much it may lie beside its place."""
        return sum(step.uncertainty_ms for step in self.steps)


class DialogueTimes:
    """Places of clips in their talks; remembers the claims it was asked about."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, Mapping[str, Place]] = {}

    def cells(self, segment: Segment, claim: Claim, audible: Audible) -> Mapping[str, Cell]:
        """Return what the table says of the talk that an item is of."""
        if audible.dialogue_id is None:
            return ALONE
        if claim.id not in self._known:
            self._known[claim.id] = _places(self._session, claim)
        place = self._known[claim.id][segment.take_id]
        own = audible.devices == TWO
        compared = own and (bool(place.steps) or bool(pairs_of_take(self._session, segment.take_id)))
        exact = compared or not own
        return {
            "dialogue_track": "own" if own else "shared",
            "dialogue_talk": place.talk,
            "dialogue_start_s": rounded(max(0.0, place.seconds(segment.start_sample)), SHARE),
            "dialogue_drift_ppm": rounded(place.drift_ppm, DB) if exact else None,
            "dialogue_uncertainty_ms": rounded(place.uncertainty_ms, SECONDS) if exact else None,
            "dialogue_method": (place.method if compared else "none") if own else "same-track",
        }


def _places(session: Session, claim: Claim) -> Mapping[str, Place]:
    takes = _takes(session, claim)
    pairs = {pair.id: pair for take, _ in takes for pair in pairs_of_take(session, take.id)}
    together = Components([take.id for take, _ in takes])
    for pair in pairs.values():
        together.join(pair.first_take_id, pair.second_take_id)
    by_id = {take.id: (take, owner) for take, owner in takes}
    places: dict[str, Place] = {}
    for number, group in enumerate(together.groups(), 1):
        tracks = [by_id[take_id] for take_id in group]
        reference = next((take for take, owner in tracks if owner == claim.contributor_id), tracks[0][0])
        places |= _talk(session, f"talk-{number}", reference, list(pairs.values()))
    return places


def _takes(session: Session, claim: Claim) -> Sequence[tuple[Take, str]]:
    rows = session.execute(
        select(Take, Sitting.contributor_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Sitting.claim_id == claim.id, Take.track == ITEM_TRACK)
        .order_by(Take.created_at, Take.id)
    )
    return [(take, owner) for take, owner in rows]


def _talk(session: Session, name: str, reference: Take, pairs: Sequence[TakePair]) -> dict[str, Place]:
    """Walk from the reference to every track that was compared with one that is placed."""
    clock = Timeline(rate_hz=reference.rate_hz, frames=reference.frames or 0)
    for pair in pairs:
        if reference.id in (pair.first_take_id, pair.second_take_id):
            clock = alignment_of(session, pair, own=reference.id).first
    places, waiting = {reference.id: Place(talk=name, clock=clock)}, [reference.id]
    while waiting:
        own = waiting.pop(0)
        for pair in pairs:
            other = _beside(pair, own)
            if other is None or other in places:
                continue
            places[other] = Place(
                talk=name,
                clock=clock,
                steps=(alignment_of(session, pair, own=own), *places[own].steps),
                method=max(places[own].method, str(pair.method), key=WORST_LAST.index),
            )
            waiting.append(other)
    origin_s = min(place.seconds(0) for place in places.values())
    return {key: replace(place, origin_s=origin_s) for key, place in places.items()}


def _beside(pair: TakePair, take_id: str) -> str | None:
    sides = {pair.first_take_id: pair.second_take_id, pair.second_take_id: pair.first_take_id}
    return sides.get(take_id)
