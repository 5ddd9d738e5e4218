"""Double transcription: the second person's text, and the settling of two texts by a third."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256, State


class SecondTranscript(Base):
    """An accepted segment that was drawn for a second transcriber; final once written.

    The text stands here and not among the revisions: those are the first person's.
    """

    __tablename__ = "second_transcript"
    __table_args__ = (
        CheckConstraint(
            "(state = 'written') = (text IS NOT NULL AND written_at IS NOT NULL AND agrees IS NOT NULL)",
            name="text_when_written",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), unique=True)
    first_revision: Mapped[int]  # the text it is compared with
    reason: Mapped[str] = mapped_column(String(8))  # drawn | gold
    terms_sha256: Mapped[str] = mapped_column(Sha256)
    price_minor: Mapped[int] = mapped_column(BigInteger)  # owed when written, whether the texts agree or not
    state: Mapped[str] = mapped_column(State, default="queued", index=True)  # queued | assigned | written
    contributor_id: Mapped[str | None] = mapped_column(ForeignKey("contributor.id"), index=True)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    drafts: Mapped[list[Any]] = mapped_column(JSON, default=list)  # [[who, text], …]: nothing written is lost
    text: Mapped[str | None] = mapped_column(Text)
    cer: Mapped[str | None] = mapped_column(String(24))  # symmetric, decimal; None: nothing to compare
    agrees: Mapped[bool | None]
    created_at: Mapped[datetime]
    written_at: Mapped[datetime | None]


class Settlement(Base):
    """Two texts that differ, before a third person; the settled text is what is released. Final."""

    __tablename__ = "settlement"
    __table_args__ = (
        CheckConstraint(
            "(state = 'settled') = (text IS NOT NULL AND settled_at IS NOT NULL AND kept IS NOT NULL)",
            name="text_when_settled",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    second_id: Mapped[str] = mapped_column(ForeignKey("second_transcript.id"), unique=True)
    price_minor: Mapped[int] = mapped_column(BigInteger)  # owed when settled, whichever text it is
    state: Mapped[str] = mapped_column(State, default="queued", index=True)  # queued | assigned | settled
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    drafts: Mapped[list[Any]] = mapped_column(JSON, default=list)  # [[who, text], …]: nothing written is lost
    text: Mapped[str | None] = mapped_column(Text)
    kept: Mapped[str | None] = mapped_column(String(8))  # first | second | own
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
