"""Keep how much of what is wanted, terms that are still being written, and whose project it is."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the three tables."""
    op.create_table(
        "target",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("variety", sa.String(length=8), nullable=False),
        sa.Column("style", sa.String(length=12), nullable=False),
        sa.Column("band", sa.String(length=8), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_target_minutes_wanted")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_target_project_id")),
        sa.PrimaryKeyConstraint("project_id", "variety", "style", "band", name=op.f("pk_target")),
    )
    op.create_table(
        "terms_draft",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_by", sa.String(length=36), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_terms_draft_project_id")),
        sa.ForeignKeyConstraint(["saved_by"], ["staff.id"], name=op.f("fk_terms_draft_saved_by")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_terms_draft")),
    )
    op.create_table(
        "project_manager",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_manager_project_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_project_manager_staff_id")),
        sa.PrimaryKeyConstraint("project_id", "staff_id", name=op.f("pk_project_manager")),
    )
