"""What is known about a take beside its words: events, where speech lies, every cut of its segments."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id


class EventRow(Base):
    """One time-stamped event of a take, in samples of the take; a removed one is kept with its time."""

    __tablename__ = "event"
    __table_args__ = (CheckConstraint("start_sample < end_sample", name="span"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    start_sample: Mapped[int] = mapped_column(BigInteger)
    end_sample: Mapped[int] = mapped_column(BigInteger)
    speaker: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str | None] = mapped_column(String(16))  # of a code-switch
    note: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    author: Mapped[str] = mapped_column(String(60))  # Actor.name_for_audit
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class TakeSound(Base):
    """Where a take speaks and how loud each 10 ms is: enough to cut it again without its audio."""

    __tablename__ = "take_sound"

    take_id: Mapped[str] = mapped_column(ForeignKey("take.id"), primary_key=True)
    speech: Mapped[list[Any]] = mapped_column(JSON)  # [[start_sample, end_sample], …]
    levels: Mapped[bytes] = mapped_column(LargeBinary)  # a byte each 10 ms: dB below full scale
    detector: Mapped[str] = mapped_column(String(24))
    created_at: Mapped[datetime]


class SegmentEdit(Base):
    """One cut, join or move of a take's segments, with what was before and after: append-only."""

    __tablename__ = "segment_edit"
    __table_args__ = (UniqueConstraint("take_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))  # split | merge | move | undo
    undoes: Mapped[int | None]  # the number of the edit that an undo takes back
    before: Mapped[list[Any]] = mapped_column(JSON)
    after: Mapped[list[Any]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
