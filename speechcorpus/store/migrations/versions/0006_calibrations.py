"""Keep how calibrations were made and repeated, and what device checks found."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

TIME = sa.DateTime(timezone=True)
IMMUTABLE = ("calibration", "calibration_repeat", "check_sound", "device_check")


def upgrade() -> None:
    """Add the columns and tables; what was measured or said is never changed."""
    # plain ALTER TABLE ADD COLUMN: no table is rebuilt, so no trigger is lost
    op.add_column("calibration", sa.Column("evidence", sa.JSON(), nullable=True))
    op.add_column("calibration", sa.Column("body_sha256", sa.String(length=64), nullable=True))
    op.add_column("sitting", sa.Column("device_check_id", sa.String(length=36), nullable=True))
    _make_check_sound()
    _make_repeats()
    _make_device_checks()
    for number, table in enumerate(IMMUTABLE, 80):
        message = f"{table} rows are never changed nor removed"
        guard(f"guard_{number:02}_{table}", table, ("UPDATE", "DELETE"), "1 = 1", message)


def _make_check_sound() -> None:
    op.create_table(
        "check_sound",
        sa.Column("take_id", sa.String(length=36), nullable=False),
        sa.Column("sound", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_check_sound_take_id")),
        sa.PrimaryKeyConstraint("take_id", name=op.f("pk_check_sound")),
    )


def _make_repeats() -> None:
    op.create_table(
        "calibration_repeat",
        sa.Column("calibration_id", sa.String(length=36), nullable=False),
        sa.Column("take_id", sa.String(length=36), nullable=False),
        sa.Column("sitting_id", sa.String(length=36), nullable=False),
        sa.Column("reading_dba", sa.String(length=24), nullable=False),
        sa.Column("level_dbfs", sa.String(length=24), nullable=False),
        sa.Column("difference_db", sa.String(length=24), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["calibration_id"], ["calibration.id"], name=op.f("fk_calibration_repeat_calibration_id")
        ),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_calibration_repeat_take_id")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_calibration_repeat_sitting_id")
        ),
        sa.PrimaryKeyConstraint("calibration_id", "take_id", name=op.f("pk_calibration_repeat")),
    )
    op.create_index("ix_calibration_repeat_sitting_id", "calibration_repeat", ["sitting_id"])


def _make_device_checks() -> None:
    op.create_table(
        "device_check",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contributor_id", sa.String(length=36), nullable=False),
        sa.Column("take_id", sa.String(length=36), nullable=False),
        sa.Column("capture_path", sa.String(length=12), nullable=False),
        sa.Column("device", sa.JSON(), nullable=False),
        sa.Column("claimed", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["contributor.id"], name=op.f("fk_device_check_contributor_id")
        ),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_device_check_take_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_check")),
    )
    op.create_index("ix_device_check_contributor_id", "device_check", ["contributor_id"])
