"""The rows around a chunk: where it belongs, read in one query, and its own row, written in one statement.

A chunk comes every five seconds from everybody who records, so these are prepared statements on plain
columns; objects of whole rows cost several times as much.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError
from speechcorpus.record.upload import CHUNK_S
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.models import Chunk, Claim, Contributor, Sitting, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_role
from speechcorpus.workflows.sittings import audio_of_day_s

_CHUNKS_SINCE = (
    select(func.count(Chunk.index))
    .join(Take, Take.id == Chunk.take_id)
    .join(Sitting, Sitting.id == Take.sitting_id)
    .where(Sitting.contributor_id == bindparam("person_id_"), Sitting.last_seen_at > bindparam("since_"))
    .scalar_subquery()
)
_OWN = (Take.id == bindparam("take_id_"), Contributor.id == bindparam("person_id_"))
_PLACE = (
    select(
        Take.id.label("take_id"),
        Take.state,
        Take.manifest.is_not(None).label("finished"),
        Take.rate_hz,
        Take.channels,
        Sitting.id.label("sitting_id"),
        Sitting.opened_at,
        Claim.terms_sha256,
        Contributor.state.label("person_state"),
        Chunk.sha256.label("kept_sha256"),
        Chunk.received_at,
        _CHUNKS_SINCE.label("chunks_since"),
    )
    .join(Sitting, Sitting.id == Take.sitting_id)
    .join(Contributor, Contributor.id == Sitting.contributor_id)
    .outerjoin(Claim, Claim.id == Sitting.claim_id)
    .outerjoin(Chunk, and_(Chunk.take_id == Take.id, Chunk.index == bindparam("index_")))
    .where(*_OWN)
)
_OPEN = (
    select(
        Take.id,
        bindparam("index_", type_=Chunk.index.type),
        bindparam("offset_", type_=Chunk.offset.type),
        bindparam("length_", type_=Chunk.length.type),
        bindparam("sha256_", type_=Chunk.sha256.type),
        bindparam("now_", type_=Chunk.received_at.type),
    )
    .join(Sitting, Sitting.id == Take.sitting_id)
    .join(Contributor, Contributor.id == Sitting.contributor_id)
    .outerjoin(Chunk, and_(Chunk.take_id == Take.id, Chunk.index == bindparam("index_")))
    .where(
        *_OWN,
        Contributor.state.not_in(["withdrawn", "erased"]),
        Take.state == "receiving",
        Take.manifest.is_(None),
        Sitting.state.in_(["open", "paused"]),
        Chunk.id.is_(None),
    )
    .with_for_update(of=Take)
)
_COLUMNS = ["take_id", "index", "offset", "length", "sha256", "received_at"]
_ADD = {  # whoever waited for the take's row does not see the chunk that came first, but its index does
    name: insert(Chunk)
    .from_select(_COLUMNS, _OPEN)
    .on_conflict_do_nothing()
    .execution_options(preserve_rowcount=True)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_SEEN = (
    update(Sitting)
    .where(Sitting.id == bindparam("sitting_id_"), Sitting.last_seen_at < bindparam("now_"))
    .values(last_seen_at=bindparam("now_"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """A chunk that is here."""

    sha256: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a chunk belongs: its take, its sitting, the terms it was claimed under; and what is there."""

    take_id: str
    state: str
    finished: bool
    rate_hz: int
    channels: int
    sitting_id: str
    opened_at: datetime
    terms_sha256: str | None  # None: a sound check, without a claim
    kept: KeptRow | None
    day_at_most_s: int  # no less than the audio received from the person in 24 h


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """What is written of a durable chunk."""

    index: int
    offset: int
    length: int
    sha256: str


def own_place(store: Store, actor: Actor, take_id: str, index: int, *, now: datetime) -> Place:
    """Return the place of a chunk in the person's own take.

    Raises
    ------
    AccessError : `not-found`, also for what is somebody else's; `consent.withdrawn` for a closed account
    """
    require_role(actor, "contributor")
    since = now - timedelta(hours=24)
    asked = {"take_id_": take_id, "index_": index, "person_id_": actor.id, "since_": since}
    row = store.catalogue.look(_PLACE, asked)
    if row is None:
        raise not_found("take")
    if row.person_state in ("withdrawn", "erased"):
        raise AccessError("consent.withdrawn", "this account has been withdrawn")
    return _place(row)


def is_arriving(session: Session, take_id: str) -> bool:
    """Say whether the chunks of a take must be here: it is being sent, and whose it is was not erased."""
    whose = select(Contributor.state).join(Sitting, Sitting.contributor_id == Contributor.id)
    whose = whose.join(Take, Take.sitting_id == Sitting.id)
    return session.scalar(whose.where(Take.id == take_id, Take.state == "receiving")) not in (None, "erased")


def _place(row: Row[Any]) -> Place:
    kept = None if row.kept_sha256 is None else KeptRow(sha256=row.kept_sha256, received_at=row.received_at)
    return Place(
        take_id=row.take_id,
        state=row.state,
        finished=row.finished,
        rate_hz=row.rate_hz,
        channels=row.channels,
        sitting_id=row.sitting_id,
        opened_at=row.opened_at,
        terms_sha256=row.terms_sha256,
        kept=kept,
        day_at_most_s=CHUNK_S * row.chunks_since,
    )


def day_is_full(store: Store, actor: Actor, place: Place, quota_s: int, now: datetime) -> bool:
    """Say whether one more chunk is beyond a day's quota.

    The chunks of all sittings that were alive in the last 24 h, counted in an index alone, are never less
    than what counts; only when they are too many is the audio itself summed.
    """
    if place.day_at_most_s + CHUNK_S <= quota_s:
        return False
    with store.catalogue.read() as session:
        return audio_of_day_s(session, actor.id, now) + CHUNK_S > quota_s


def add_row(session: Session, actor: Actor, place: Place, new: NewRow, now: datetime) -> bool:
    """Write the row of a durable chunk, and that its sitting was seen; False if something is in the way.

    In the way is a row that is there, or a take, a sitting or an account that takes no more as it stands.
    """
    values = {"index_": new.index, "offset_": new.offset, "length_": new.length, "sha256_": new.sha256}
    owner = {"take_id_": place.take_id, "person_id_": actor.id}
    connection = session.connection()
    if changed_rows(connection.execute(_ADD[connection.dialect.name], values | owner | {"now_": now})) != 1:
        return False
    connection.execute(_SEEN, {"sitting_id_": place.sitting_id, "now_": now})
    return True
