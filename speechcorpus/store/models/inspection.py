"""Pictures of items: outline, spectrogram and level, derived from the sound and made again at any time."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Sha256, State


class PictureRow(Base):
    """Whether the picture of some item audio was asked for, made, or could not be made."""

    __tablename__ = "picture"
    __table_args__ = (CheckConstraint("(state = 'asked') = (finished_at IS NULL)", name="finished_or_asked"),)

    item_sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)  # grows when pictures are drawn otherwise
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), index=True)  # who asked first
    state: Mapped[str] = mapped_column(State)  # asked | ready | failed
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    error_code: Mapped[str | None] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
