"""What says who a contributor is: sealed, under a key for each person."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base


class IdentityPrivate(Base):
    """One person's sealed facts; with the row their key is gone, and whatever copy is left says nothing."""

    __tablename__ = "identity_private"

    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"), primary_key=True)
    house_key: Mapped[str] = mapped_column(String(16))  # the key of the house that wraps theirs
    wrapped_key: Mapped[str] = mapped_column(Text)  # base64
    sealed: Mapped[str] = mapped_column(Text)  # base64
    changed_at: Mapped[datetime]
