"""How long claims took: when something was typed, and what a finished claim came to."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base


class EditorBeat(Base):
    """A moment at which somebody typed in the editor; a few in a minute at most."""

    __tablename__ = "editor_beat"

    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    contributor_id: Mapped[str | None] = mapped_column(String(36))  # None: whoever holds the claim


class ClaimTime(Base):
    """What a finished claim took; counted again when an appeal changes what was accepted."""

    __tablename__ = "claim_time"

    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    active_s: Mapped[int]
    editor_s: Mapped[int]  # of the active time, at the editor
    accepted: Mapped[int]  # items; of an audition those it asks for
    sound_ms: Mapped[int]  # of these items
    timed_at: Mapped[datetime]
