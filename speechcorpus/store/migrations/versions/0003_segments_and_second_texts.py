"""Let segments be cut again, takes carry events, and accepted texts be written down a second time."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

TIME = sa.DateTime(timezone=True)
GUARDS = (
    ("segment_edit", ("UPDATE", "DELETE"), "1 = 1", "segment_edit rows are never changed nor removed"),
    ("event", ("DELETE",), "1 = 1", "an event is kept, also when it was removed"),
    ("second_transcript", ("UPDATE",), "OLD.state = 'written'", "a written second text is final"),
    ("second_transcript", ("DELETE",), "OLD.state = 'written'", "a written second text is kept"),
    ("settlement", ("UPDATE",), "OLD.state = 'settled'", "a settled text is final"),
    ("settlement", ("DELETE",), "OLD.state = 'settled'", "a settled text is kept"),
)


def upgrade() -> None:
    """Add the columns and tables, and the guards of what is final."""
    _add_columns()
    _make_events()
    _make_edits()
    _make_second_transcript()
    _make_settlement()
    for number, (table, events, condition, message) in enumerate(GUARDS, 40):
        guard(f"guard_{number:02}_{table}", table, events, condition, message)


def _add_columns() -> None:
    # plain ALTER TABLE ADD COLUMN: no table is rebuilt, so no trigger of 0002 is lost
    op.add_column("segment", sa.Column("speaker", sa.String(length=40), nullable=True))
    op.add_column("segment", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("segment", sa.Column("gold", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("verdict", sa.Column("profile_sha256", sa.String(length=64), nullable=True))
    op.add_column("verdict", sa.Column("rule_book", sa.String(length=64), nullable=True))
    op.add_column("review", sa.Column("wording", sa.JSON(), nullable=True))
    op.add_column("project", sa.Column("second_pct", sa.Integer(), nullable=False, server_default="5"))


def _make_events() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("take_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("start_sample", sa.BigInteger(), nullable=False),
        sa.Column("end_sample", sa.BigInteger(), nullable=False),
        sa.Column("speaker", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("removed_at", TIME, nullable=True),
        sa.CheckConstraint("start_sample < end_sample", name=op.f("ck_event_span")),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_event_take_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_take_id", "event", ["take_id"])
    op.create_table(
        "take_sound",
        sa.Column("take_id", sa.String(length=36), nullable=False),
        sa.Column("speech", sa.JSON(), nullable=False),
        sa.Column("levels", sa.LargeBinary(), nullable=False),
        sa.Column("detector", sa.String(length=24), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_take_sound_take_id")),
        sa.PrimaryKeyConstraint("take_id", name=op.f("pk_take_sound")),
    )


def _make_edits() -> None:
    op.create_table(
        "segment_edit",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("take_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_segment_edit_take_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_edit")),
        sa.UniqueConstraint("take_id", "number", name=op.f("uq_segment_edit_take_id")),
    )


def _make_second_transcript() -> None:
    op.create_table(
        "second_transcript",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("segment_id", sa.String(length=36), nullable=False),
        sa.Column("first_revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=8), nullable=False),
        sa.Column("terms_sha256", sa.String(length=64), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("contributor_id", sa.String(length=36), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("drafts", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("cer", sa.String(length=24), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("written_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(state = 'written') = (text IS NOT NULL AND written_at IS NOT NULL AND agrees IS NOT NULL)",
            name=op.f("ck_second_transcript_text_when_written"),
        ),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["contributor.id"], name=op.f("fk_second_transcript_contributor_id")
        ),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_second_transcript_segment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_transcript")),
        sa.UniqueConstraint("segment_id", name=op.f("uq_second_transcript_segment_id")),
    )
    op.create_index("ix_second_transcript_state", "second_transcript", ["state"])
    op.create_index("ix_second_transcript_contributor_id", "second_transcript", ["contributor_id"])


def _make_settlement() -> None:
    op.create_table(
        "settlement",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("second_id", sa.String(length=36), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("drafts", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("kept", sa.String(length=8), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(state = 'settled') = (text IS NOT NULL AND settled_at IS NOT NULL AND kept IS NOT NULL)",
            name=op.f("ck_settlement_text_when_settled"),
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["second_transcript.id"], name=op.f("fk_settlement_second_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_settlement_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("second_id", name=op.f("uq_settlement_second_id")),
    )
    op.create_index("ix_settlement_state", "settlement", ["state"])
