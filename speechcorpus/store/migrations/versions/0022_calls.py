"""Keep at how many devices a dialogue is spoken, and the calls between two of them."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

TIME = sa.DateTime(timezone=True)
OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Let every partner known so far sit at the one device; add the tables of calls."""
    op.add_column(
        "claim_partner", sa.Column("devices", sa.String(length=3), nullable=False, server_default="one")
    )
    known, kept = "NEW.devices NOT IN ('one', 'two')", "NEW.devices <> OLD.devices"
    guard("guard_90_devices", "claim_partner", ("INSERT", "UPDATE"), known, "at one device or at two")
    guard("guard_91_devices", "claim_partner", ("UPDATE",), kept, "an invitation is for one way to speak")
    _make_call()
    _make_call_message()


def _make_call() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("first_seen_at", TIME, nullable=True),
        sa.Column("second_seen_at", TIME, nullable=True),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_call_ended_when")),
        sa.ForeignKeyConstraint(["partner_id"], ["claim_partner.id"], name=op.f("fk_call_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
    )
    op.create_index("ix_call_partner_id", "call", ["partner_id"])
    op.create_index(
        "uq_call_open", "call", ["partner_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )


def _make_call_message() -> None:
    op.create_table(
        "call_message",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("sender", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_message_call_id")),
        sa.ForeignKeyConstraint(["sender"], ["contributor.id"], name=op.f("fk_call_message_sender")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_message")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_call_message_call_id", "call_message", ["call_id"])
    op.create_index("ix_call_message_at", "call_message", ["at"])
