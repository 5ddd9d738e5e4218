"""Let staff sign in by passkey or password, and keep by which of them a sign-in began."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add three tables and a column."""
    moment = sa.DateTime(timezone=True)
    op.add_column(
        "login_session", sa.Column("factor", sa.String(length=8), nullable=False, server_default="link")
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("credential_id", sa.String(length=1364), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("transports", sa.String(length=80), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("used_at", moment),
        sa.Column("removed_at", moment),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_passkey_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index("ix_passkey_staff_id", "passkey", ["staff_id"])
    op.create_table(
        "staff_password",
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("held_until", moment),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_password_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_password")),
    )
    op.create_table(
        "key_challenge",
        sa.Column("challenge", sa.String(length=43), nullable=False),
        sa.Column("staff_id", sa.String(length=36)),
        sa.Column("expires_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_key_challenge_staff_id_staff")),
        sa.PrimaryKeyConstraint("challenge", name=op.f("pk_key_challenge")),
    )
    op.create_index("ix_key_challenge_expires_at", "key_challenge", ["expires_at"])
