"""Contributors, staff, how they sign in, and what contributors consented to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256, State


class Contributor(Base):
    """An account that works, under a pseudonym; facts are None when not said."""

    __tablename__ = "contributor"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(16), unique=True)
    locale: Mapped[str] = mapped_column(String(8))
    variety: Mapped[str | None] = mapped_column(String(8))
    subvariety: Mapped[str | None] = mapped_column(String(40))
    gender: Mapped[str | None] = mapped_column(String(16))
    age_band: Mapped[str | None] = mapped_column(String(8))
    source_kind: Mapped[str] = mapped_column(String(10), default="human")  # human | synthetic
    state: Mapped[str] = mapped_column(State, default="active")  # active | paused | withdrawn | erased
    created_at: Mapped[datetime]


class Staff(Base):
    """A member of the QC, managing or ML team."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(12))  # reviewer | manager | payer | ml | operator
    locale: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(State, default="active")
    created_at: Mapped[datetime]


class Credential(Base):
    """A single-use invite link: only the hash of its token is kept."""

    __tablename__ = "credential"
    __table_args__ = (CheckConstraint("(contributor_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(Sha256, unique=True)
    contributor_id: Mapped[str | None] = mapped_column(ForeignKey("contributor.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginSession(Base):
    """A signed-in browser; the cookie holds the token, the row its hash."""

    __tablename__ = "login_session"
    __table_args__ = (CheckConstraint("(contributor_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(Sha256, unique=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    contributor_id: Mapped[str | None] = mapped_column(ForeignKey("contributor.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    factor: Mapped[str] = mapped_column(String(8), default="link", server_default="link")
    # link | passkey | password
    browser: Mapped[str | None] = mapped_column(String(24))  # a word of `BrowserKind`; no header, no address
    used_hour: Mapped[datetime | None]  # when the hour of its last use began; None: the one it began in
    mistakes: Mapped[int] = mapped_column(default=0, server_default="0")  # with the own password, in a row
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Consent(Base):
    """One purpose, one text version, one person: append-only but for `withdrawn_at`."""

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "uq_consent_active",
            "contributor_id",
            "purpose",
            "text_sha256",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"))
    purpose: Mapped[str] = mapped_column(String(24))
    text_version: Mapped[str] = mapped_column(String(80))
    text_sha256: Mapped[str] = mapped_column(Sha256)
    language: Mapped[str] = mapped_column(String(8))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
