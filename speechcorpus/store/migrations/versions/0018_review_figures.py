"""Keep which codes may refuse, and which reviewers pause."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

CODE, NUMBER, TIME = sa.String(60), sa.String(24), sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add both tables; their rows are never changed."""
    op.create_table(
        "code_gate",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("doubles", "named", "contributors")),
        *(sa.Column(name, NUMBER, nullable=True) for name in ("alpha", "alpha_low", "alpha_high")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("appeals", "overturned", "draws")),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("computed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_code_gate_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_gate")),
    )
    op.create_index("ix_code_gate_code", "code_gate", ["project_id", "code"])
    op.create_table(
        "reviewer_pause",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("code", CODE, nullable=True),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint(
            "(event = 'resumed') = (reason IS NOT NULL)", name=op.f("ck_reviewer_pause_resumed_with_reason")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_reviewer_pause_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviewer_pause")),
    )
    op.create_index(op.f("ix_reviewer_pause_staff_id"), "reviewer_pause", ["staff_id"])
    for table in ("code_gate", "reviewer_pause"):
        guard(f"guard_{table}_kept", table, ("UPDATE",), "1 = 1", f"{table} rows are never changed")
        guard(f"guard_{table}_stays", table, ("DELETE",), "1 = 1", f"{table} rows are never removed")
