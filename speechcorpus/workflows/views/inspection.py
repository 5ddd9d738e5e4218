"""What the Inspector draws beside a review: the picture's state, the level's scale and band, lanes of speech.

As everywhere in front of a reviewer, nothing is read that tells whose item it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.terms import BandTerms
from speechcorpus.store.models import Claim, Segment, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.judging import calibrated_row
from speechcorpus.workflows.picture_rows import PictureState, Tile, picture_state, speech_in, tile_of
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.reviews import held_segment
from speechcorpus.workflows.views.clips import measured_rows

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
class InspectionView:
    """Plain facts that the picture of an item needs; the picture itself comes as tiles."""

    picture: PictureState
    rate_hz: int
    frames: int
    scale: LevelScale
    speech_s: Spans  # of the one whose item it is; empty until the picture is ready
    others_s: Spans  # of a second person of the same recording
    peak_dbfs: float | None
    loudness_lufs: float | None


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
        peak_dbfs=(row or {}).get("peak_dbfs"),
        loudness_lufs=(row or {}).get("loudness_lufs"),
    )


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
    rate_hz = session.get_one(Take, segment.take_id).rate_hz
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
    first, last = segment.start_sample, segment.end_sample
    return tuple(
        (
            round((max(row.start_sample, first) - first) / rate_hz, 3),
            round((min(row.end_sample, last) - first) / rate_hz, 3),
        )
        for row in rows
        if row.speaker != segment.speaker
    )
