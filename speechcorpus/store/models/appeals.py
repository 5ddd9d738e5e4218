"""What stands against a finding or a refusal: contests, appeals; gold items, and who knows whom."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, State


class Contest(Base):
    """A contributor says that a meter is wrong about one item: two people listen (V3)."""

    __tablename__ = "contest"
    __table_args__ = (
        UniqueConstraint("segment_id", "code"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_once"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"))
    code: Mapped[str] = mapped_column(String(60))
    verdict_id: Mapped[str] = mapped_column(ForeignKey("verdict.id"))  # which says what is contested
    words: Mapped[str] = mapped_column(Text)  # the contributor's; no listener sees them
    state: Mapped[str] = mapped_column(State, default="open")  # open | confirmed | won | lapsed
    contested_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Appeal(Base):
    """A refusal of one item line before one person who has not touched the item."""

    __tablename__ = "appeal"
    __table_args__ = (
        UniqueConstraint("segment_id", "line"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_once"),
        CheckConstraint(
            "state IN ('open', 'expired') OR (judge_id IS NOT NULL AND reason IS NOT NULL)",
            name="judged_with_reason",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"))
    line: Mapped[str] = mapped_column(String(12))  # record | transcribe
    code: Mapped[str] = mapped_column(String(60))  # the finding that two listeners refused by
    opened_by: Mapped[str] = mapped_column(State)  # contributor | house: the refusal itself is in doubt
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(State, default="open", index=True)
    # open | upheld | overturned | expired
    judge_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))  # holds it, then decided it
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)  # to both sides
    decided_at: Mapped[datetime | None]


class ClosedRefusal(Base):
    """A refused line that nobody can appeal any more: its money went back to the budget."""

    __tablename__ = "closed_refusal"

    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), primary_key=True)
    line: Mapped[str] = mapped_column(String(12), primary_key=True)
    closed_at: Mapped[datetime]


class GoldItem(Base):
    """An item whose right decision is known; reviewers hear it like any other. The highest number counts."""

    __tablename__ = "gold_item"
    __table_args__ = (CheckConstraint("(decision = 'accept') = (code IS NULL)", name="code_if_wrong"),)

    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    decision: Mapped[str] = mapped_column(String(8))  # accept | fix | reject
    code: Mapped[str | None] = mapped_column(String(60))  # None: nothing is wrong with it
    reason: Mapped[str] = mapped_column(State)  # marked | appeal: an overturn corrected it
    marked_by: Mapped[str] = mapped_column(String(60))
    marked_at: Mapped[datetime]


class Acquaintance(Base):
    """A member of staff who must not judge a contributor: the same person, or who invited them."""

    __tablename__ = "acquaintance"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)  # own | invited
    known_at: Mapped[datetime]
