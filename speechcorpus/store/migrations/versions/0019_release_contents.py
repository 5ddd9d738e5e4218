"""Keep what each published version comes to without what was withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0021"


def upgrade() -> None:
    """Add one table; a row for each version and number of the feed."""
    op.create_table(
        "release_content",
        sa.Column("release_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("content_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_content_release_id")),
        sa.PrimaryKeyConstraint("release_id", "seq", name=op.f("pk_release_content")),
    )
