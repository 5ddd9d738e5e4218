"""Keep what a recogniser wrote for an item, apart from what people write."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table; a ready draft is neither changed nor removed."""
    op.create_table(
        "draft",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("segment_id", sa.String(length=36), nullable=False),
        sa.Column("segment_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("engine", sa.String(length=60), nullable=True),
        sa.Column("model", sa.String(length=120), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(state = 'ready') = (text IS NOT NULL AND engine IS NOT NULL)",
            name=op.f("ck_draft_text_when_ready"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (error_code IS NOT NULL)", name=op.f("ck_draft_code_when_failed")
        ),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_draft_segment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("segment_id", "segment_version", name=op.f("uq_draft_segment_id")),
    )
    op.create_index("ix_draft_author", "draft", ["author"])
    final = "a ready draft is neither changed nor removed"
    guard("guard_70_draft", "draft", ("UPDATE", "DELETE"), "OLD.state = 'ready'", final)
