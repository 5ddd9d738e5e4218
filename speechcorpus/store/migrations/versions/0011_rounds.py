"""Keep rounds of the draw, who is in them, what was offered, and the time that counts against nobody."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

ID, SHA, STATE = sa.String(length=36), sa.String(length=64), sa.String(length=16)
TIME = sa.DateTime(timezone=True)
OPEN = sa.text("state = 'open'")
UPDATE, DELETE = ("UPDATE",), ("DELETE",)


def _changed(*columns: str) -> str:
    return " OR ".join(f"NEW.{column} <> OLD.{column}" for column in columns)


def _rewritten(column: str) -> str:
    """Return the condition that something known once is another, or none, now."""
    return f"(OLD.{column} IS NOT NULL AND (NEW.{column} IS NULL OR NEW.{column} <> OLD.{column}))"


ROUND_CHANGED = " OR ".join(
    (
        _changed("id", "project_id", "commit_sha256", "seed", "tasks", "announced_at"),
        *map(_rewritten, ("roll", "root", "ranking", "offered", "drawn_at", "ended_at", "reason")),
        "(OLD.state IN ('settled', 'cancelled') AND NEW.state <> OLD.state)",
    )
)
ENTRY_CHANGED = " OR ".join(
    (
        _changed("id", "round_id", "contributor_id", "contributor_ref", "nonce", "ticket", "entered_at"),
        *map(_rewritten, ("weight", "rank", "won_at")),
    )
)
GUARDS = (
    ("draw_round", UPDATE, ROUND_CHANGED, "a round keeps what it committed to and what was drawn"),
    ("draw_round", DELETE, "1 = 1", "a round is kept"),
    ("draw_entry", UPDATE, ENTRY_CHANGED, "an entry in a draw is never changed"),
    ("draw_entry", DELETE, "1 = 1", "an entry in a draw is kept"),
    ("offer", UPDATE, "OLD.state <> 'open'", "an offer ends once"),
    ("offer", DELETE, "1 = 1", "an offer is kept"),
)


def upgrade() -> None:
    """Add the tables, the task's round, and the guards."""
    _make_round()
    _make_entry()
    _make_offer()
    _make_clocks()
    # one plain ALTER TABLE on both databases: no table is rebuilt, so no trigger is lost
    op.execute(
        "ALTER TABLE task ADD COLUMN round_id VARCHAR(36) "
        "CONSTRAINT fk_task_round_id REFERENCES draw_round (id)"
    )
    op.create_index("ix_task_round_id", "task", ["round_id"])
    for number, (table, events, condition, message) in enumerate(GUARDS):
        guard(f"guard_11_{number}_{table}", table, events, condition, message)


def _make_round() -> None:
    op.create_table(
        "draw_round",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("terms_id", ID, nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("commit_sha256", SHA, nullable=False),
        sa.Column("seed", SHA, nullable=False),
        sa.Column("tasks", sa.Integer(), nullable=False),
        sa.Column("announced_at", TIME, nullable=False),
        sa.Column("opens_at", TIME, nullable=False),
        sa.Column("closes_at", TIME, nullable=False),
        sa.Column("drawn_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("roll", sa.Text(), nullable=True),
        sa.Column("root", SHA, nullable=True),
        sa.Column("ranking", sa.Text(), nullable=True),
        sa.Column("offered", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_draw_round_project_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms.id"], name=op.f("fk_draw_round_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_round")),
    )
    op.create_index("ix_draw_round_project_id", "draw_round", ["project_id"])
    op.create_index("ix_draw_round_state", "draw_round", ["state"])


def _make_entry() -> None:
    op.create_table(
        "draw_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("round_id", ID, nullable=False),
        sa.Column("contributor_id", ID, nullable=False),
        sa.Column("contributor_ref", ID, nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("ticket", SHA, nullable=False),
        sa.Column("bands", sa.JSON(), nullable=False),
        sa.Column("styles", sa.JSON(), nullable=False),
        sa.Column("entered_at", TIME, nullable=False),
        sa.Column("weight", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("won_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["draw_round.id"], name=op.f("fk_draw_entry_round_id")),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["contributor.id"], name=op.f("fk_draw_entry_contributor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_entry")),
        sa.UniqueConstraint("round_id", "contributor_id", name=op.f("uq_draw_entry_round_id")),
        sa.UniqueConstraint("ticket", name=op.f("uq_draw_entry_ticket")),
    )
    op.create_index("ix_draw_entry_contributor_id", "draw_entry", ["contributor_id"])


def _make_offer() -> None:
    op.create_table(
        "offer",
        sa.Column("id", ID, nullable=False),
        sa.Column("round_id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("contributor_id", ID, nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("offered_at", TIME, nullable=False),
        sa.Column("accept_until", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("how", sa.String(length=12), nullable=True),
        sa.Column("claim_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["draw_round.id"], name=op.f("fk_offer_round_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["draw_entry.id"], name=op.f("fk_offer_entry_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_offer_task_id")),
        sa.ForeignKeyConstraint(["contributor_id"], ["contributor.id"], name=op.f("fk_offer_contributor_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_offer_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    op.create_index("ix_offer_round_id", "offer", ["round_id"])
    op.create_index("ix_offer_contributor_id", "offer", ["contributor_id"])
    op.create_index(
        "uq_offer_open_task", "offer", ["task_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )


def _make_clocks() -> None:
    op.create_table(
        "clock_pulse",
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("wall", TIME, nullable=False),
        sa.Column("monotonic_ms", sa.BigInteger(), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clock_pulse")),
    )
    op.create_table(
        "time_lost",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_lost")),
    )
