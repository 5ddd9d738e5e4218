"""Let the log be searched by what was done and to what, without reading all of it."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add two indexes."""
    op.create_index("ix_audit_action", "audit", ["action", "seq"])
    op.create_index("ix_audit_object", "audit", ["object", "seq"])
