"""Keep what says who a contributor is, sealed, under a key for each person."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add one table."""
    op.create_table(
        "identity_private",
        sa.Column("contributor_id", sa.String(length=36), nullable=False),
        sa.Column("house_key", sa.String(length=16), nullable=False),
        sa.Column("wrapped_key", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contributor_id"],
            ["contributor.id"],
            name=op.f("fk_identity_private_contributor_id_contributor"),
        ),
        sa.PrimaryKeyConstraint("contributor_id", name=op.f("pk_identity_private")),
    )
