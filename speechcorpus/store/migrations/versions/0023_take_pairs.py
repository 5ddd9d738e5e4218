"""Keep how the two tracks of a dialogue on two devices lie beside each other."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add one table; takes stored so far have no second track."""
    op.create_table(
        "take_pair",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("first_take_id", sa.String(length=36), nullable=False),
        sa.Column("second_take_id", sa.String(length=36), nullable=False),
        sa.Column("offset_s", sa.Double(), nullable=False),
        sa.Column("drift_ppm", sa.Double(), nullable=False),
        sa.Column("uncertainty_ms", sa.Double(), nullable=False),
        sa.Column("method", sa.String(length=12), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_take_id <> second_take_id", name=op.f("ck_take_pair_two_takes")),
        sa.ForeignKeyConstraint(["first_take_id"], ["take.id"], name=op.f("fk_take_pair_first_take_id")),
        sa.ForeignKeyConstraint(["second_take_id"], ["take.id"], name=op.f("fk_take_pair_second_take_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_take_pair")),
        sa.UniqueConstraint("first_take_id", "second_take_id", name=op.f("uq_take_pair_first_take_id")),
    )
    op.create_index("ix_take_pair_second_take_id", "take_pair", ["second_take_id"])
