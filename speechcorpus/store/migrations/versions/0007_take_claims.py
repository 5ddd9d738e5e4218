"""Keep what the server believes of a take beside what the browser claimed."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables; a claim is never changed nor removed, a decision is final."""
    op.create_table(
        "take_claim",
        sa.Column("take_id", sa.String(length=36), nullable=False),
        sa.Column("row", sa.String(length=16), nullable=False),
        sa.Column("says", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("claimed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("measured", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_take_claim_take_id")),
        sa.PrimaryKeyConstraint("take_id", "row", name=op.f("pk_take_claim")),
    )
    op.create_index("ix_take_claim_row", "take_claim", ["row", "says"])
    op.create_table(
        "take_hold",
        sa.Column("take_id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("claimed", sa.JSON(), nullable=False),
        sa.Column("measured", sa.JSON(), nullable=False),
        sa.Column("held_at", TIME, nullable=False),
        sa.Column("held_until", TIME, nullable=True),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_take_hold_decided_by_someone"),
        ),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_take_hold_take_id")),
        sa.PrimaryKeyConstraint("take_id", "code", name=op.f("pk_take_hold")),
    )
    never = "take_claim rows are never changed nor removed"
    guard("guard_71_take_claim", "take_claim", ("UPDATE", "DELETE"), "1 = 1", never)
    decided = "OLD.decision IS NOT NULL"
    guard("guard_72_take_hold", "take_hold", ("UPDATE", "DELETE"), decided, "a decided hold is final")
