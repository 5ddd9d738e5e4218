"""Keep which deltas lead to a release."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add one table; its rows go when somebody withdraws."""
    op.create_table(
        "release_delta",
        sa.Column("release_id", sa.String(length=36), nullable=False),
        sa.Column("from_version", sa.String(length=24), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_delta_release_id")),
        sa.PrimaryKeyConstraint("release_id", "from_version", name=op.f("pk_release_delta")),
    )
