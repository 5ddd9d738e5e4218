"""What is known of the house's own judging: which codes may refuse, which reviewers pause."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, State


class CodeGateRow(Base):
    """What a worker found about one code in one project: append-only; the newest row counts."""

    __tablename__ = "code_gate"
    __table_args__ = (Index("ix_code_gate_code", "project_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(State)  # few | good | watched | barred
    paused: Mapped[bool]  # too many of its refusals were overturned
    doubles: Mapped[int]
    named: Mapped[int]
    contributors: Mapped[int]
    alpha: Mapped[str | None] = mapped_column(String(24))  # decimal, as its bounds; None: undefined
    alpha_low: Mapped[str | None] = mapped_column(String(24))
    alpha_high: Mapped[str | None] = mapped_column(String(24))
    appeals: Mapped[int]
    overturned: Mapped[int]
    draws: Mapped[int]
    seed: Mapped[int] = mapped_column(BigInteger)
    computed_at: Mapped[datetime]


class ReviewerPause(Base):
    """A reviewer who was too often wrong about gold takes no new item: append-only, the newest row counts."""

    __tablename__ = "reviewer_pause"
    __table_args__ = (
        CheckConstraint("(event = 'resumed') = (reason IS NOT NULL)", name="resumed_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    event: Mapped[str] = mapped_column(State)  # paused | resumed
    code: Mapped[str | None] = mapped_column(String(60))  # None: gold with nothing wrong, or resumed
    hits: Mapped[int]  # right gold answers, of `items`; both 0 when resumed
    items: Mapped[int]
    reason: Mapped[str | None] = mapped_column(Text)  # why the manager lets them go on
    by: Mapped[str] = mapped_column(String(60))  # Actor.name_for_audit, or the part of the house
    at: Mapped[datetime]
