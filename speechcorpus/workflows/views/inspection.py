"""What the Inspector draws beside a review: the picture's state, the level's scale and band, lanes of speech.

As everywhere in front of a reviewer, nothing is read that tells whose item it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.terms import BandTerms
from speechcorpus.record.side_by_side import Span, within, without
from speechcorpus.store.models import Claim, Segment, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.judging import calibrated_row
from speechcorpus.workflows.partners import DIALOGUE
from speechcorpus.workflows.picture_rows import (
    PictureState,
    Tile,
    near_tiles,
    picture_state,
    speech_in,
    tile_of,
)
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.reviews import held_segment
from speechcorpus.workflows.side_sound import SideSound, sound_of_both
from speechcorpus.workflows.side_tracks import SideState, SideTrack, off_ms, placed, side_state, side_tracks
from speechcorpus.workflows.side_voices import voices_of
from speechcorpus.workflows.take_pairs import partner_figures
from speechcorpus.workflows.views.clips import measured_rows, newest_verdicts
from speechcorpus.workflows.views.pair_rows import PairRow, pair_rows
from speechcorpus.workflows.withdrawn_items import require_heard

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelScale:
    """How levels in dBFS(A) are read: as sound pressure where the item was judged with a calibration."""

    unit: Literal["dBA", "dBFS"]
    offset_db: float  # dB(A) = dBFS(A) + offset; 0 without a calibration
    band: str  # asked for
    low: float | None  # its edges; both None where levels and edges cannot be compared
    high: float | None
    level: float | None  # background of the whole item, as it was judged
    uncertainty_db: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideItem:
    """The other person's track in the time of an item; of whom, no reviewer learns."""

    state: SideState
    off_ms: float | None  # by how much the two may be off
    speech_s: Spans  # where the other one speaks, in seconds of the item
    rows: tuple[PairRow, ...]  # what was measured of both


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionView:
    """Plain facts that the picture of an item needs; the picture itself comes as tiles."""

    picture: PictureState
    rate_hz: int
    frames: int
    scale: LevelScale
    speech_s: Spans  # of the one whose item it is; empty until the picture is ready
    others_s: Spans  # of a second person of the same recording
    near: Mapping[str, bytes]  # tiles that are drawn first and are small, by layer/level/number
    peak_dbfs: float | None
    loudness_lufs: float | None
    beside: BesideItem | None  # None: everybody who speaks is on this track


def inspection_view(store: Store, actor: Actor, review_id: str, *, now: datetime) -> InspectionView:
    """Return what to draw, to the one reviewer who holds the item; to anybody else it does not exist."""
    with store.catalogue.read() as session:
        return inspected(store, session, held_segment(session, actor, review_id, now=now))


def review_tile(
    store: Store, actor: Actor, review_id: str, *, layer: str, level: int, number: int, now: datetime
) -> Tile:
    """Return a tile of the picture of an item that one holds.

    Raises
    ------
    AccessError : `not-found`, also for a tile that is not there (yet)
    """
    with store.catalogue.read() as session:
        tile = tile_of(store, held_segment(session, actor, review_id, now=now), layer, level, number)
    if tile is None:
        raise not_found("picture")
    return tile


def review_both_audio(store: Store, actor: Actor, review_id: str, *, now: datetime) -> SideSound:
    """Return an item on the left and the other person's sound of its time on the right, to who holds it.

    Raises
    ------
    AccessError : `not-found`, also where nothing lies beside the item
    """
    with store.catalogue.read() as session:
        segment = held_segment(session, actor, review_id, now=now)
        require_heard(session, segment.id)
        take = session.get_one(Take, segment.take_id)
        span = (segment.start_sample, segment.end_sample)
        sound = sound_of_both(store, session, take, *span, use="review")
    if sound is None:
        raise not_found("recording")
    return sound


def inspected(store: Store, session: Session, segment: Segment) -> InspectionView:
    """Return what to draw of an item; who may see it is for the caller."""
    state = picture_state(store, session, segment)
    row = (
        measured_rows(session, [segment.item_sha256]).get(segment.item_sha256)
        if segment.item_sha256
        else None
    )
    return InspectionView(
        picture=state,
        rate_hz=session.get_one(Take, segment.take_id).rate_hz,
        frames=segment.end_sample - segment.start_sample,
        scale=_scale(session, segment, row),
        speech_s=speech_in(store, segment) if state == "ready" else (),
        others_s=_others(session, segment),
        near=near_tiles(store, segment) if state == "ready" else {},
        peak_dbfs=(row or {}).get("peak_dbfs"),
        loudness_lufs=(row or {}).get("loudness_lufs"),
        beside=_beside(session, segment),
    )


def _beside(session: Session, segment: Segment) -> BesideItem | None:
    claim = session.get_one(Claim, segment.claim_id)
    if session.get_one(Task, claim.task_id).style != DIALOGUE:
        return None
    take = session.get_one(Take, segment.take_id)
    sides = side_tracks(session, take, use="review")
    state = side_state(session, take, sides)
    if state == "none":
        return None
    figures = partner_figures(session, segment) if sides else None
    verdict = newest_verdicts(session, [segment.id]).get(segment.id)
    found = [finding.code for finding in verdict.findings] if verdict else []
    terms = terms_by_hash(session, claim.terms_sha256)
    return BesideItem(
        state=state,
        off_ms=off_ms(sides),
        speech_s=_in_seconds(_speech_beside(session, take, sides), segment, take.rate_hz),
        rows=() if figures is None else pair_rows(figures, terms, found=found),
    )


def _speech_beside(session: Session, take: Take, sides: Sequence[SideTrack]) -> list[Span]:
    """Return where the other person speaks, in samples of the take; nothing of what is private."""
    spoken: list[Span] = []
    for side in sides:
        voices = voices_of(session, take, side)
        if voices is not None:
            spoken += without(voices.other, placed(side, side.silent, frames=take.frames or 0))
    return spoken


def _scale(session: Session, segment: Segment, row: Mapping[str, Any] | None) -> LevelScale:
    claim = session.get_one(Claim, segment.claim_id)
    band = terms_by_hash(session, claim.terms_sha256).band(session.get_one(Task, claim.task_id).band)
    if row is None or "noise_seconds_dbfs" not in row:  # not measured, or not as a whole
        return _digital(band, None, None)
    judged: Measurement = calibrated_row(session, segment, row)
    if judged.calibration_db is None:
        return _digital(band, judged.noise_laeq_dbfs, judged.noise_uncertainty_db)
    return LevelScale(
        unit="dBA",
        offset_db=judged.calibration_db,
        band=band.name,
        low=None if band.low is None else float(band.low),
        high=None if band.high is None else float(band.high),
        level=judged.noise_laeq_dba,
        uncertainty_db=judged.noise_uncertainty_db,
    )


def _digital(band: BandTerms, level: float | None, uncertainty_db: float | None) -> LevelScale:
    """Levels re full scale say nothing about the room: no edge in dB(A) may be drawn beside them."""
    return LevelScale(
        unit="dBFS",
        offset_db=0.0,
        band=band.name,
        low=None,
        high=None,
        level=level,
        uncertainty_db=uncertainty_db,
    )


def _others(session: Session, segment: Segment) -> Spans:
    """Where the second person of a dialogue speaks inside the item."""
    rows = session.scalars(
        select(Segment)
        .where(
            Segment.take_id == segment.take_id,
            Segment.chosen.is_(True),
            Segment.start_sample < segment.end_sample,
            Segment.end_sample > segment.start_sample,
        )
        .order_by(Segment.start_sample)
    )
    spans = [(row.start_sample, row.end_sample) for row in rows if row.speaker != segment.speaker]
    return _in_seconds(spans, segment, session.get_one(Take, segment.take_id).rate_hz)


def _in_seconds(spans: Sequence[Span], segment: Segment, rate_hz: int) -> Spans:
    """Return spans of a take in seconds of an item, as far as they lie in it."""
    first = segment.start_sample
    inside = within(spans, [(first, segment.end_sample)])
    return tuple(
        (round((start - first) / rate_hz, 3), round((end - first) / rate_hz, 3)) for start, end in inside
    )
