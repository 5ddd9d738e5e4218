"""Two takes of one talk, one of each person, and how they lie beside each other."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id


class TakePair(Base):
    """What a worker found out about two takes that were recorded at one time on two devices: never changed.

    What happens at second `x` of the first take is at `(x - offset_s) * (1 + drift_ppm / 1e6)` of the second.
    """

    __tablename__ = "take_pair"
    __table_args__ = (
        UniqueConstraint("first_take_id", "second_take_id"),
        CheckConstraint("first_take_id <> second_take_id", name="two_takes"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    first_take_id: Mapped[str] = mapped_column(ForeignKey("take.id"))  # of who holds the claim
    second_take_id: Mapped[str] = mapped_column(ForeignKey("take.id"), index=True)
    offset_s: Mapped[float]  # positive: the second take began later
    drift_ppm: Mapped[float]  # positive: the second device delivers more samples a second
    uncertainty_ms: Mapped[float]
    method: Mapped[str] = mapped_column(String(12))  # exchanges | sound | wall
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)  # what it rests on, and where sound is missing
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)  # overlap, share, longest turn, leaks, what is left
    measured_at: Mapped[datetime]
