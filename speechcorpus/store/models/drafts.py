"""What a recogniser wrote for an item: offered to its writer, never a transcript by itself."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, State


class DraftRow(Base):
    """One machine's text of an item as it was cut then; a ready one is final (a trigger holds it)."""

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("segment_id", "segment_version"),
        CheckConstraint(
            "(state = 'ready') = (text IS NOT NULL AND engine IS NOT NULL)", name="text_when_ready"
        ),
        CheckConstraint("(state = 'failed') = (error_code IS NOT NULL)", name="code_when_failed"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"))
    segment_version: Mapped[int]  # a draft of other edges is a draft of other words
    state: Mapped[str] = mapped_column(State, default="queued")  # queued | ready | failed
    job_id: Mapped[str] = mapped_column(Id)
    text: Mapped[str | None] = mapped_column(Text)
    engine: Mapped[str | None] = mapped_column(String(60))  # program and version
    model: Mapped[str | None] = mapped_column(String(120))  # the name of its folder
    error_code: Mapped[str | None] = mapped_column(String(40))
    author: Mapped[str] = mapped_column(String(60), index=True)  # Actor.name_for_audit of who asked
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
