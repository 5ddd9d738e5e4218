"""What browsers said of takes beside what was measured of them, and the takes a person has to look at."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, State

Values = JSON(none_as_null=True)


class TakeClaim(Base):
    """One claim of a browser about one take, what was measured of it, and what we believe: never changed."""

    __tablename__ = "take_claim"
    __table_args__ = (Index("ix_take_claim_row", "row", "says"),)

    take_id: Mapped[str] = mapped_column(ForeignKey("take.id"), primary_key=True)
    row: Mapped[str] = mapped_column(String(16), primary_key=True)  # of `record.compare.ROWS`
    says: Mapped[str] = mapped_column(String(8))  # agrees | differs | ours | held | unknown
    code: Mapped[str | None] = mapped_column(String(60))  # the finding code it stands behind
    claimed: Mapped[dict[str, Any] | None] = mapped_column(Values)
    measured: Mapped[dict[str, Any] | None] = mapped_column(Values)
    created_at: Mapped[datetime]


class TakeHold(Base):
    """A take whose claim cannot be true: kept, and nothing is done with it until it is decided."""

    __tablename__ = "take_hold"
    __table_args__ = (
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)",
            name="decided_by_someone",
        ),
    )

    take_id: Mapped[str] = mapped_column(ForeignKey("take.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)  # take.rate | take.too-long
    claimed: Mapped[dict[str, Any]] = mapped_column(JSON)
    measured: Mapped[dict[str, Any]] = mapped_column(JSON)
    held_at: Mapped[datetime]
    held_until: Mapped[datetime | None]  # not before then may its bytes be removed
    decision: Mapped[str | None] = mapped_column(State)  # use | aside | passed
    decided_by: Mapped[str | None] = mapped_column(String(60))  # Actor.name_for_audit
    decided_at: Mapped[datetime | None]
