"""What the editor shows of the other person's track: how far it is, and what they say when, to read only."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.record.side_by_side import within
from speechcorpus.store.models import Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, own_segment, own_take
from speechcorpus.workflows.side_sound import SideSound, sound_beside, sound_of_both
from speechcorpus.workflows.side_tracks import SideState, SideTrack, off_ms, placed, side_state, side_tracks
from speechcorpus.workflows.sitting_peers import peer_of
from speechcorpus.workflows.views.take_segments import segment_states
from speechcorpus.workflows.withdrawn_items import require_heard


@dataclass(frozen=True, slots=True, kw_only=True)
class SidePart:
    """A segment of the other person, in samples of one's own take; no text where some of it is private."""

    id: str
    start_sample: int
    end_sample: int
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SideView:
    """What lies beside a take."""

    state: SideState
    who: str | None  # pseudonym of the other person, as their lane is called
    off_ms: float | None  # by how much the two may be off, where they lie beside each other
    segments: tuple[SidePart, ...]


def side_of_take(store: Store, actor: Actor, take_id: str) -> SideView:
    """Return what lies beside one's own take; who did not speak in the dialogue learns of neither."""
    with store.catalogue.read() as session:
        take, _ = own_take(session, actor, take_id)
        sides = side_tracks(session, take)
        other = peer_of(session, take.sitting_id)
        parts = [part for side in sides for part in _parts(session, side, take.frames or 0)]
        return SideView(
            state=side_state(session, take, sides),
            who=None if other is None else other.pseudonym,
            off_ms=off_ms(sides),
            segments=tuple(sorted(parts, key=lambda part: (part.start_sample, part.id))),
        )


def side_audio(store: Store, actor: Actor, take_id: str) -> SideSound:
    """Return the other person's sound for the time of one's own take.

    Raises
    ------
    AccessError : `not-found` for somebody else's take, and where nothing lies beside it
    """
    with store.catalogue.read() as session:
        take, _ = own_take(session, actor, take_id)
        return _required(sound_beside(store, session, take))


def both_audio(store: Store, actor: Actor, segment_id: str) -> SideSound:
    """Return one's own item on the left and the other person's sound of the same time on the right.

    Raises
    ------
    AccessError : `not-found` for somebody else's item, a withdrawn one, and where nothing lies beside it
    """
    with store.catalogue.read() as session:
        segment, _ = own_segment(session, actor, segment_id)
        require_heard(session, segment.id)
        take = session.get_one(Take, segment.take_id)
        return _required(sound_of_both(store, session, take, segment.start_sample, segment.end_sample))


def _required(sound: SideSound | None) -> SideSound:
    if sound is None:
        raise not_found("recording")
    return sound


def _parts(session: Session, side: SideTrack, frames: int) -> list[SidePart]:
    found = []
    for state in segment_states(session, side.take):
        part = state.part
        here = [(part.start_sample, part.end_sample)]
        is_private = bool(within(here, side.silent))
        for start, end in placed(side, here, frames=frames):
            text = None if is_private else part.text
            found.append(SidePart(id=part.id, start_sample=start, end_sample=end, text=text))
    return found
