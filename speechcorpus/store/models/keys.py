"""What staff sign in with besides a link: passkeys, a password, and the questions that a passkey answers."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id


class Passkey(Base):
    """The public half of a key that a member of staff holds; `removed_at` ends it for good."""

    __tablename__ = "passkey"
    __table_args__ = (Index("ix_passkey_staff_id", "staff_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    credential_id: Mapped[str] = mapped_column(String(1364), unique=True)  # base64url of up to 1023 bytes
    public_key: Mapped[str] = mapped_column(Text)  # COSE, base64url
    sign_count: Mapped[int] = mapped_column(BigInteger)
    origin: Mapped[str] = mapped_column(String(300))  # where it was made, and counts
    transports: Mapped[str] = mapped_column(String(80))  # how browsers reach the device: "internal,hybrid"
    backup_eligible: Mapped[bool]  # as it was made: a device does not change its mind
    label: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class StaffPassword(Base):
    """A password of a member of staff, as argon2id keeps it, and how often it was just mistaken."""

    __tablename__ = "staff_password"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    held_until: Mapped[datetime | None]


class KeyChallenge(Base):
    """A question that one answer of a passkey uses up; `staff_id` is None before anybody is known."""

    __tablename__ = "key_challenge"
    __table_args__ = (Index("ix_key_challenge_expires_at", "expires_at"),)

    challenge: Mapped[str] = mapped_column(String(43), primary_key=True)  # base64url of 32 bytes
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime]
