"""Remember when the house was last looked after, and find quickly what was not read back for longest."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add one table and one index."""
    op.create_table(
        "upkeep",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_upkeep")),
    )
    op.create_index(op.f("ix_blob_verified_at"), "blob", ["verified_at"])
