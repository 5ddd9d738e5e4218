"""Keep who typed: with two devices two people write under one claim."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add one column; what was typed before was typed by whoever held the claim."""
    op.add_column("editor_beat", sa.Column("contributor_id", sa.String(length=36), nullable=True))
