"""Who speaks beside the holder of a claim, and with whom a sitting was recorded."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256

STANDING = text("ended_at IS NULL")


class ClaimPartner(Base):
    """An invitation to speak in a dialogue, and who took it; of its link only the hash is kept.

    At most one stands for each claim. It ends, and is never taken back.
    """

    __tablename__ = "claim_partner"
    __table_args__ = (
        CheckConstraint("(contributor_id IS NULL) = (agreed_at IS NULL)", name="agreed_by_someone"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_someone"),
        Index(
            "uq_claim_partner_standing",
            "claim_id",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(Sha256, unique=True)
    invited_at: Mapped[datetime]
    contributor_id: Mapped[str | None] = mapped_column(ForeignKey("contributor.id"), index=True)
    agreed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(60))  # Actor.name_for_audit
    devices: Mapped[str] = mapped_column(String(3), default="one", server_default="one")  # one | two


class SittingPeer(Base):
    """The second person of a dialogue's sitting; without a partner its takes stay out of releases."""

    __tablename__ = "sitting_peer"
    __table_args__ = (CheckConstraint("(partner_id IS NULL) = (held_for IS NOT NULL)", name="known_or_held"),)

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    said: Mapped[str | None] = mapped_column(String(16))  # the pseudonym the browser named
    partner_id: Mapped[str | None] = mapped_column(ForeignKey("claim_partner.id"), index=True)
    held_for: Mapped[str | None] = mapped_column(String(40))  # the code of why nobody is known
