"""What people took back, what holders of copies are told, and which bytes were erased."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256, State


class Withdrawal(Base):
    """Everything, one purpose under one text, or one item, taken back by one person: final."""

    __tablename__ = "withdrawal"
    __table_args__ = (
        CheckConstraint("(scope = 'purpose') = (purpose IS NOT NULL)", name="purpose_named"),
        CheckConstraint("(scope = 'item') = (segment_id IS NOT NULL)", name="item_named"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"), index=True)
    scope: Mapped[str] = mapped_column(State)  # all | purpose | item
    purpose: Mapped[str | None] = mapped_column(String(24))
    text_sha256: Mapped[str | None] = mapped_column(Sha256)  # of the consent text, with a purpose
    segment_id: Mapped[str | None] = mapped_column(ForeignKey("segment.id"))
    withdrawn_at: Mapped[datetime]
    erase_at: Mapped[datetime | None]  # None: no sound goes with it
    erased_at: Mapped[datetime | None]


class WithdrawnItem(Base):
    """What may no longer be done with an item."""

    __tablename__ = "withdrawn_item"

    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), primary_key=True)
    effect: Mapped[str] = mapped_column(State, primary_key=True)  # sound | review | release
    withdrawal_id: Mapped[str] = mapped_column(ForeignKey("withdrawal.id"), index=True)


class WithdrawalFeed(Base):
    """A row of the cumulative feed of one corpus, by the names its releases use."""

    __tablename__ = "withdrawal_feed"
    __table_args__ = (UniqueConstraint("corpus", "kind", "name"),)

    corpus: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(State)  # speaker | utterance
    name: Mapped[str] = mapped_column(String(40))
    withdrawn_on: Mapped[date]
    withdrawal_id: Mapped[str] = mapped_column(ForeignKey("withdrawal.id"))


class ReleaseContent(Base):
    """What the table of a published version comes to without what a feed names up to a number."""

    __tablename__ = "release_content"

    release_id: Mapped[str] = mapped_column(ForeignKey("release.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content_id: Mapped[str | None] = mapped_column(Sha256)  # a blob's name; None: a split would be empty


class Tombstone(Base):
    """Bytes that were erased and must not come back with a restored copy."""

    __tablename__ = "tombstone"

    blob_sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    withdrawal_id: Mapped[str] = mapped_column(ForeignKey("withdrawal.id"))
    erased_at: Mapped[datetime]
