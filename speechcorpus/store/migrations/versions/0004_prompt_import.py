"""Keep the line that a prompt was made of, and what an import did to it."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

TABLES = ("prompt_import", "prompt_origin")


def upgrade() -> None:
    """Add both tables; neither is ever changed."""
    op.create_table(
        "prompt_import",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.Column("licence", sa.String(length=24), nullable=False),
        sa.Column("log", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_prompt_import_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_import")),
    )
    op.create_table(
        "prompt_origin",
        sa.Column("prompt_id", sa.String(length=40), nullable=False),
        sa.Column("import_id", sa.String(length=36), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["prompt_import.id"], name=op.f("fk_prompt_origin_import_id")),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompt.id"], name=op.f("fk_prompt_origin_prompt_id")),
        sa.PrimaryKeyConstraint("prompt_id", name=op.f("pk_prompt_origin")),
    )
    for number, table in enumerate(TABLES, 60):
        guard(
            f"guard_{number:02}_{table}",
            table,
            ("UPDATE", "DELETE"),
            "1 = 1",
            f"{table} rows are never changed nor removed",
        )
