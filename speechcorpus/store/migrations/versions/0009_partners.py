"""Keep who speaks beside the holder of a claim, and with whom a sitting was recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TIME = sa.DateTime(timezone=True)
STANDING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Add both tables."""
    _make_claim_partner()
    op.create_table(
        "sitting_peer",
        sa.Column("sitting_id", sa.String(length=36), nullable=False),
        sa.Column("said", sa.String(length=16), nullable=True),
        sa.Column("partner_id", sa.String(length=36), nullable=True),
        sa.Column("held_for", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(partner_id IS NULL) = (held_for IS NOT NULL)", name=op.f("ck_sitting_peer_known_or_held")
        ),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_sitting_peer_sitting_id")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["claim_partner.id"], name=op.f("fk_sitting_peer_partner_id")
        ),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_sitting_peer")),
    )
    op.create_index("ix_sitting_peer_partner_id", "sitting_peer", ["partner_id"])


def _make_claim_partner() -> None:
    op.create_table(
        "claim_partner",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("claim_id", sa.String(length=36), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("invited_at", TIME, nullable=False),
        sa.Column("contributor_id", sa.String(length=36), nullable=True),
        sa.Column("agreed_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("ended_by", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "(contributor_id IS NULL) = (agreed_at IS NULL)", name=op.f("ck_claim_partner_agreed_by_someone")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_claim_partner_ended_by_someone")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_partner_claim_id")),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["contributor.id"], name=op.f("fk_claim_partner_contributor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_partner")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_claim_partner_token_sha256")),
    )
    op.create_index("ix_claim_partner_claim_id", "claim_partner", ["claim_id"])
    op.create_index("ix_claim_partner_contributor_id", "claim_partner", ["contributor_id"])
    op.create_index(
        "uq_claim_partner_standing",
        "claim_partner",
        ["claim_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
