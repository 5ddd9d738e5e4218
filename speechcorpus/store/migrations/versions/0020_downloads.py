"""Keep which licence a download token was made under, and who holds which part of which version."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"

SHA256, TIME = sa.String(length=64), sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two columns and one table."""
    op.add_column("access_token", sa.Column("licence", sa.String(length=60), nullable=True))
    op.add_column("access_token", sa.Column("licence_sha256", SHA256, nullable=True))
    op.create_table(
        "download",
        sa.Column("release_id", sa.String(length=36), nullable=False),
        sa.Column("holder", sa.String(length=60), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_download_release_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_download_staff_id")),
        sa.PrimaryKeyConstraint("release_id", "holder", "part", name=op.f("pk_download")),
    )
    op.create_index(op.f("ix_download_staff_id"), "download", ["staff_id"])
