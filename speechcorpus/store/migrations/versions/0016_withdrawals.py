"""Keep what was withdrawn, what is told to those who hold copies, and what was erased."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

ID, SHA, STATE, TIME = sa.String(36), sa.String(64), sa.String(16), sa.DateTime(timezone=True)

ERASED_ONCE = """OLD.erased_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.contributor_id <> OLD.contributor_id
    OR NEW.scope <> OLD.scope OR NEW.withdrawn_at <> OLD.withdrawn_at
    OR COALESCE(NEW.purpose, '') <> COALESCE(OLD.purpose, '')
    OR COALESCE(NEW.segment_id, '') <> COALESCE(OLD.segment_id, '')"""
KEPT = ("withdrawn_item", "withdrawal_feed", "tombstone")


def upgrade() -> None:
    """Add the tables; nothing in them is ever taken back."""
    op.create_table(
        "withdrawal",
        sa.Column("id", ID, nullable=False),
        sa.Column("contributor_id", ID, nullable=False),
        sa.Column("scope", STATE, nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=True),
        sa.Column("text_sha256", SHA, nullable=True),
        sa.Column("segment_id", ID, nullable=True),
        sa.Column("withdrawn_at", TIME, nullable=False),
        sa.Column("erase_at", TIME, nullable=True),
        sa.Column("erased_at", TIME, nullable=True),
        sa.CheckConstraint("(scope = 'purpose') = (purpose IS NOT NULL)", name="ck_withdrawal_purpose_named"),
        sa.CheckConstraint("(scope = 'item') = (segment_id IS NOT NULL)", name="ck_withdrawal_item_named"),
        sa.ForeignKeyConstraint(["contributor_id"], ["contributor.id"], name="fk_withdrawal_contributor_id"),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name="fk_withdrawal_segment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawal"),
    )
    op.create_index("ix_withdrawal_contributor_id", "withdrawal", ["contributor_id"])
    op.create_table(
        "withdrawn_item",
        sa.Column("segment_id", ID, nullable=False),
        sa.Column("effect", STATE, nullable=False),
        sa.Column("withdrawal_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name="fk_withdrawn_item_segment_id"),
        sa.ForeignKeyConstraint(["withdrawal_id"], ["withdrawal.id"], name="fk_withdrawn_item_withdrawal_id"),
        sa.PrimaryKeyConstraint("segment_id", "effect", name="pk_withdrawn_item"),
    )
    op.create_index("ix_withdrawn_item_withdrawal_id", "withdrawn_item", ["withdrawal_id"])
    op.create_table(
        "withdrawal_feed",
        sa.Column("corpus", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", STATE, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=False),
        sa.Column("withdrawal_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawal.id"], name="fk_withdrawal_feed_withdrawal_id"
        ),
        sa.PrimaryKeyConstraint("corpus", "seq", name="pk_withdrawal_feed"),
        sa.UniqueConstraint("corpus", "kind", "name", name="uq_withdrawal_feed_corpus"),
    )
    op.create_table(
        "tombstone",
        sa.Column("blob_sha256", SHA, nullable=False),
        sa.Column("withdrawal_id", ID, nullable=False),
        sa.Column("erased_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["withdrawal_id"], ["withdrawal.id"], name="fk_tombstone_withdrawal_id"),
        sa.PrimaryKeyConstraint("blob_sha256", name="pk_tombstone"),
    )
    guard("guard_withdrawal_kept", "withdrawal", ("UPDATE",), ERASED_ONCE, "a withdrawal is final")
    guard("guard_withdrawal_stays", "withdrawal", ("DELETE",), "1 = 1", "a withdrawal is kept")
    for table in KEPT:
        guard(f"guard_{table}_kept", table, ("UPDATE",), "1 = 1", f"{table} rows are never changed")
        guard(f"guard_{table}_stays", table, ("DELETE",), "1 = 1", f"{table} rows are never removed")
