"""Calls between the two people of a dialogue on two devices: what their pages tell each other to connect."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, State

OPEN = text("state = 'open'")


class Call(Base):
    """One call of two partners; at most one is open for each pair.

    The call carries the conversation only: no recording depends on it, and nothing of it is kept.
    """

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_when"),
        Index("uq_call_open", "partner_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ForeignKey("claim_partner.id"), index=True)
    state: Mapped[str] = mapped_column(State, default="open")  # open | ended
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime | None]  # when the page of the holder last asked, within some seconds
    second_seen_at: Mapped[datetime | None]


class CallMessage(Base):
    """What one page tells the other so that they find each other; it holds addresses of devices.

    Numbers are never used again, so that whoever asks for what came after one misses nothing.
    """

    __tablename__ = "call_message"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"), index=True)
    sender: Mapped[str] = mapped_column(ForeignKey("contributor.id"))
    kind: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)
