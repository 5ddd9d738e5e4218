"""Keep who may speak or judge in which variety, and the auditions that say so."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

RUNNING = sa.text("state IN ('open', 'submitted')")
TIME = sa.DateTime(timezone=True)
LESSER = """NEW.kind = 'speaker' AND NEW.result <> 'suitable' AND EXISTS (
    SELECT 1 FROM qualification AS earlier
    WHERE earlier.contributor_id = NEW.contributor_id AND earlier.variety = NEW.variety
    AND earlier.kind = 'speaker' AND earlier.result = 'suitable')"""


def upgrade() -> None:
    """Add the tables."""
    _make_qualifications()
    _make_auditions()
    _make_reviews()
    _make_times()
    # plain SQL, which SQLite also takes with its foreign key: the table is not rebuilt, so no trigger is lost
    op.execute(
        "ALTER TABLE task ADD COLUMN audition_id VARCHAR(36) "
        "CONSTRAINT fk_task_audition_id REFERENCES audition (id)"
    )
    op.create_index("ix_task_audition_id", "task", ["audition_id"])
    final = "a decided audition is final"
    for number, table in ((1202, "audition"), (1203, "audition_review")):
        guard(f"guard_{number}_{table}", table, ("UPDATE", "DELETE"), "OLD.state = 'decided'", final)


def _make_qualifications() -> None:
    op.create_table(
        "qualification",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("contributor_id", sa.String(length=36), nullable=True),
        sa.Column("staff_id", sa.String(length=36), nullable=True),
        sa.Column("variety", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint(
            "(contributor_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_qualification_one_owner")
        ),
        sa.CheckConstraint(
            "(kind = 'speaker') = (contributor_id IS NOT NULL)", name=op.f("ck_qualification_kind_of_owner")
        ),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["contributor.id"], name=op.f("fk_qualification_contributor_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_qualification_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification")),
    )
    op.create_index("ix_qualification_contributor_id", "qualification", ["contributor_id", "variety"])
    op.create_index("ix_qualification_staff_id", "qualification", ["staff_id", "variety"])
    kept = "qualification rows are never changed nor removed"
    guard("guard_1200_qualification", "qualification", ("UPDATE", "DELETE"), "1 = 1", kept)
    settled = "a voice found suitable is not judged again"
    guard("guard_1201_qualification", "qualification", ("INSERT",), LESSER, settled)


def _make_auditions() -> None:
    op.create_table(
        "audition",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contributor_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("variety", sa.String(length=8), nullable=False),
        sa.Column("band", sa.String(length=8), nullable=False),
        sa.Column("terms_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("submitted_at", TIME, nullable=True),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("criterion", sa.String(length=16), nullable=True),
        sa.CheckConstraint(
            "(state = 'decided') = (result IS NOT NULL)", name=op.f("ck_audition_result_when_decided")
        ),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["contributor.id"], name=op.f("fk_audition_contributor_id")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_audition_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audition")),
    )
    op.create_index("ix_audition_state", "audition", ["state"])
    op.create_index(
        "uq_audition_running",
        "audition",
        ["contributor_id", "variety"],
        unique=True,
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )


def _make_reviews() -> None:
    op.create_table(
        "audition_review",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("audition_id", sa.String(length=36), nullable=False),
        sa.Column("reviewer_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("opinion", sa.JSON(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("decided_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(opinion IS NOT NULL) = (state = 'decided')",
            name=op.f("ck_audition_review_opinion_when_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["audition_id"], ["audition.id"], name=op.f("fk_audition_review_audition_id")
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["staff.id"], name=op.f("fk_audition_review_reviewer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audition_review")),
        sa.UniqueConstraint("audition_id", "reviewer_id", name=op.f("uq_audition_review_audition_id")),
    )
    op.create_index("ix_audition_review_audition_id", "audition_review", ["audition_id"])


def _make_times() -> None:
    op.create_table(
        "editor_beat",
        sa.Column("claim_id", sa.String(length=36), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_editor_beat_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", "at", name=op.f("pk_editor_beat")),
    )
    op.create_table(
        "claim_time",
        sa.Column("claim_id", sa.String(length=36), nullable=False),
        sa.Column("active_s", sa.Integer(), nullable=False),
        sa.Column("editor_s", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("sound_ms", sa.Integer(), nullable=False),
        sa.Column("timed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_time_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claim_time")),
    )
