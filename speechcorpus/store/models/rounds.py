"""Rounds of the draw, who is in them, and what was offered to whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256, State

OPEN = text("state = 'open'")


class Round(Base):
    """Some tasks that are given out by lot; its seed is secret until it is drawn or cancelled."""

    __tablename__ = "draw_round"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), index=True)
    terms_id: Mapped[str] = mapped_column(ForeignKey("terms.id"))
    state: Mapped[str] = mapped_column(State, default="announced", index=True)
    # announced | open | closed | drawn | settled | cancelled
    commit_sha256: Mapped[str] = mapped_column(Sha256)
    seed: Mapped[str] = mapped_column(Sha256)  # 32 bytes in hex digits
    tasks: Mapped[int]  # how many were announced
    announced_at: Mapped[datetime]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    drawn_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # settled or cancelled
    roll: Mapped[str | None] = mapped_column(Text)  # canonical JSON, published at the close
    root: Mapped[str | None] = mapped_column(Sha256)
    ranking: Mapped[str | None] = mapped_column(Text)  # tickets, canonical JSON
    offered: Mapped[str | None] = mapped_column(Text)  # tickets that got a task at the draw
    reason: Mapped[str | None] = mapped_column(Text)  # why it was cancelled, in the manager's words


class RoundEntry(Base):
    """One person's place in one round: never changed but for what the draw makes of it."""

    __tablename__ = "draw_entry"
    __table_args__ = (UniqueConstraint("round_id", "contributor_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("draw_round.id"))
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"), index=True)
    contributor_ref: Mapped[str] = mapped_column(String(36))  # as it stands in the ticket
    nonce: Mapped[str] = mapped_column(String(32))  # 16 bytes of the browser's, in hex digits
    ticket: Mapped[str] = mapped_column(Sha256, unique=True)
    bands: Mapped[list[Any]] = mapped_column(JSON)
    styles: Mapped[list[Any]] = mapped_column(JSON)
    entered_at: Mapped[datetime]  # for the receipt; in no formula
    weight: Mapped[int | None]  # once closed
    rank: Mapped[int | None]  # once drawn, from 1
    won_at: Mapped[datetime | None]  # when a task was first offered; None then means waiting, or lost


class Offer(Base):
    """A task held for one person of a round until they answer or the time is over."""

    __tablename__ = "offer"
    __table_args__ = (
        Index("uq_offer_open_task", "task_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("draw_round.id"), index=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("draw_entry.id"))
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"))
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"), index=True)
    state: Mapped[str] = mapped_column(State, default="open")  # open | taken | passed
    offered_at: Mapped[datetime]
    accept_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    how: Mapped[str | None] = mapped_column(String(12))  # taken | declined | time | cancelled | closed
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"))


class ClockPulse(Base):
    """When a part of the house last looked at both of its clocks; one row a part, always overwritten."""

    __tablename__ = "clock_pulse"

    name: Mapped[str] = mapped_column(String(12), primary_key=True)  # clock | web
    wall: Mapped[datetime]
    monotonic_ms: Mapped[int] = mapped_column(BigInteger)
    boot: Mapped[str] = mapped_column(String(64))  # the monotonic clock counts from there


class TimeLost(Base):
    """A stretch that counts against nobody: the server was away, or its clock jumped."""

    __tablename__ = "time_lost"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # outage | step
    seen_at: Mapped[datetime]  # by the clock after it
    seconds: Mapped[int]  # deadlines moved by so much; below 0 for a clock that was set back
