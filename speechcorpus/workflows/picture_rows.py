"""Which pictures of items there are: asked for when an item was measured or is opened, kept as files."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

import numpy as np
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from speechcorpus.dsp.outline import heights
from speechcorpus.qc.picture import LAYERS
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import PictureRow, Segment
from speechcorpus.store.pictures import Pictures, TilePlace
from speechcorpus.store.store import Store

VERSION = 1
"""Of what is drawn: another one asks for every picture anew."""
FIRST_DRAWN: Final = (("wave", LAYERS["wave"].levels - 1), ("level", 0))
"""The coarsest outline, which tells how tall the wave form is, and the level of a clip of some minutes."""
NEAR_BYTES: Final = 2048
PictureState = Literal["none", "asked", "ready", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Where a compressed tile lies, and its name: one name, one content."""

    place: TilePlace
    etag: str


def pictures_of(store: Store) -> Pictures:
    """Return the pictures of a store: a folder of their own, which a backup may leave out."""
    return store.pictures


def want_picture(store: Store, session: Session, segment: Segment, *, now: datetime) -> None:
    """Ask for the picture of an item, unless it is there or on its way; an unmeasured item waits."""
    if segment.item_sha256 is None:
        return
    key = {"item_sha256": segment.item_sha256, "version": VERSION}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    asked = {**key, "segment_id": segment.id, "state": "asked", "asked_at": now}
    first = insert(PictureRow).values(asked).on_conflict_do_nothing().returning(PictureRow.version)
    if session.execute(first).first() is not None or _was_lost(store, session, segment.item_sha256, now):
        enqueue(session, "draw_item", {"segment_id": segment.id}, now=now)


def _was_lost(store: Store, session: Session, item_sha256: str, now: datetime) -> bool:
    """Whether a picture that was made is no longer there: nobody else will ask for it then."""
    if pictures_of(store).exists(item_sha256, VERSION):
        return False
    these = (PictureRow.item_sha256 == item_sha256, PictureRow.version == VERSION)
    asked = update(PictureRow).where(*these, PictureRow.state == "ready")
    anew = asked.values(state="asked", asked_at=now, finished_at=None, bytes=None)
    return changed_rows(session.execute(anew.execution_options(synchronize_session=False))) == 1


def picture_state(store: Store, session: Session, segment: Segment) -> PictureState:
    """Say how far the picture of an item is."""
    if segment.item_sha256 is None:
        return "none"
    row = session.get(PictureRow, (segment.item_sha256, VERSION))
    if row is None:
        return "none"
    if row.state == "ready" and not pictures_of(store).exists(segment.item_sha256, VERSION):
        return "none"
    return cast(PictureState, row.state)


def speech_in(store: Store, segment: Segment) -> tuple[tuple[float, float], ...]:
    """Return where an item speaks, in seconds, as it was heard when its picture was drawn."""
    facts = pictures_of(store).facts(segment.item_sha256, VERSION) if segment.item_sha256 else None
    return () if facts is None else tuple((start, end) for start, end in facts["speech_s"])


def tile_of(store: Store, segment: Segment, layer: str, level: int, number: int) -> Tile | None:
    """Return a tile of an item's picture; who may see the item is for the caller."""
    if segment.item_sha256 is None:
        return None
    place = pictures_of(store).tile(segment.item_sha256, VERSION, layer, level, number)
    name = f"{segment.item_sha256}-{VERSION}-{layer}-{level}-{number}"
    return None if place is None else Tile(place=place, etag=name)


def outline_of(store: Store, segment: Segment, bars: int) -> list[float] | None:
    """Return the wave form of an item in so many bars, 0 to 1 of its peak; None while it is not drawn.

    No sound is read for it: a coarse tile of the picture, which a worker drew, is a few hundred numbers.
    """
    facts = pictures_of(store).facts(segment.item_sha256, VERSION) if segment.item_sha256 else None
    if facts is None:
        return None
    layer, level = LAYERS["wave"], 0
    while level + 1 < layer.levels and facts["frames"] >= bars * layer.step * layer.factor ** (level + 1):
        level += 1  # the coarsest of which each bar has a row
    tile = tile_of(store, segment, "wave", level, 0)
    rows = None if tile is None else _unpacked(tile)
    return None if rows is None else heights(np.frombuffer(rows, dtype="<i2").reshape(-1, 2), bars)


def near_tiles(store: Store, segment: Segment) -> Mapping[str, bytes]:
    """Return the tiles that every page draws first, as far as they are small, by `layer/level/number`.

    Sent with the page, they are there before the browser could have asked for them.
    """
    found: dict[str, bytes] = {}
    for layer, level in FIRST_DRAWN:
        tile = tile_of(store, segment, layer, level, 0)
        rows = _unpacked(tile) if tile is not None and tile.place.length <= NEAR_BYTES else None
        if rows is not None and len(rows) <= NEAR_BYTES:
            found[f"{layer}/{level}/0"] = rows
    return found


def _unpacked(tile: Tile) -> bytes | None:
    try:
        with tile.place.path.open("rb") as file:
            file.seek(tile.place.offset)
            return gzip.decompress(file.read(tile.place.length))
    except FileNotFoundError:  # thrown away a moment ago
        return None
