"""Let people see where they are signed in, and count mistakes with a password within one sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Add three columns; of older sign-ins nobody knows the kind of browser, nor when they were used."""
    op.add_column("login_session", sa.Column("browser", sa.String(length=24)))
    op.add_column("login_session", sa.Column("used_hour", sa.DateTime(timezone=True)))
    op.add_column("login_session", sa.Column("mistakes", sa.Integer(), nullable=False, server_default="0"))
