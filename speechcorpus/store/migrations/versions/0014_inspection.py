"""Keep which pictures of items were asked for and made; the pictures themselves are files, derived."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table; nothing in it is final: a picture may be thrown away and made again."""
    op.create_table(
        "picture",
        sa.Column("item_sha256", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(state = 'asked') = (finished_at IS NULL)", name=op.f("ck_picture_finished_or_asked")
        ),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_picture_segment_id")),
        sa.PrimaryKeyConstraint("item_sha256", "version", name=op.f("pk_picture")),
    )
    op.create_index("ix_picture_segment_id", "picture", ["segment_id"])
