"""Prompts that a contributor did not say, and why."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id

STANDING = text("taken_back_at IS NULL")


class PromptSkip(Base):
    """One skip of a prompt under a claim; at most one stands, the others tell what was said before."""

    __tablename__ = "prompt_skip"
    __table_args__ = (
        Index(
            "uq_prompt_skip_standing",
            "claim_id",
            "prompt_id",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    claim_id: Mapped[str] = mapped_column(Id, ForeignKey("claim.id"))
    prompt_id: Mapped[str] = mapped_column(String(40), ForeignKey("prompt.id"), index=True)
    reason: Mapped[str] = mapped_column(String(24))
    words: Mapped[str | None] = mapped_column(Text)  # of the contributor, where no listed reason fits
    skipped_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
