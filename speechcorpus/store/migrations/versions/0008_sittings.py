"""Keep skipped prompts with their reasons, and how long one should speak about a topic."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TIME = sa.DateTime(timezone=True)
STANDING = sa.text("taken_back_at IS NULL")


def upgrade() -> None:
    """Add the table of skips and the column of targets."""
    # plain ALTER TABLE ADD COLUMN: no table is rebuilt, so no trigger is lost
    op.add_column("prompt", sa.Column("target_s", sa.Integer(), nullable=True))
    op.create_table(
        "prompt_skip",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("claim_id", sa.String(length=36), nullable=False),
        sa.Column("prompt_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("skipped_at", TIME, nullable=False),
        sa.Column("taken_back_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_prompt_skip_claim_id")),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompt.id"], name=op.f("fk_prompt_skip_prompt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_skip")),
    )
    op.create_index("ix_prompt_skip_prompt_id", "prompt_skip", ["prompt_id"])
    op.create_index(
        "uq_prompt_skip_standing",
        "prompt_skip",
        ["claim_id", "prompt_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
