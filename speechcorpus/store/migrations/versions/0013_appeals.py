"""Keep why an item is heard, what is contested, which items are gold, who knows whom, and appeals."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

INSERT, UPDATE, DELETE, WRITE = ("INSERT",), ("UPDATE",), ("DELETE",), ("INSERT", "UPDATE")
ID, STATE, CODE, TIME = sa.String(36), sa.String(16), sa.String(60), sa.DateTime(timezone=True)

NO_TWO_REJECTS = """NEW.state = 'refused' AND NOT EXISTS (
    SELECT 1 FROM review JOIN finding ON finding.review_id = review.id
    WHERE review.segment_id = NEW.segment_id AND review.state = 'decided' AND review.decision = 'reject'
        AND review.round > 0 AND NOT review.void
    GROUP BY review.round, finding.code HAVING COUNT(DISTINCT review.reviewer_id) >= 2)"""
NO_APPEAL = """OLD.state = 'refused' AND NEW.state <> 'refused' AND (
    NOT EXISTS (SELECT 1 FROM appeal WHERE segment_id = NEW.segment_id AND line = NEW.line
        AND state IN ('overturned', 'expired'))
    OR EXISTS (SELECT 1 FROM closed_refusal WHERE segment_id = NEW.segment_id AND line = NEW.line))"""
NOT_REFUSED = """NOT EXISTS (SELECT 1 FROM outcome WHERE segment_id = NEW.segment_id AND line = NEW.line
    AND state = 'refused')"""
CLOSED = "EXISTS (SELECT 1 FROM closed_refusal WHERE segment_id = NEW.segment_id AND line = NEW.line)"
TOUCHED = """NEW.judge_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM review WHERE segment_id = NEW.segment_id AND reviewer_id = NEW.judge_id)"""
APPEAL_CHANGED = """OLD.state <> 'open' OR NEW.segment_id <> OLD.segment_id OR NEW.line <> OLD.line
    OR NEW.words <> OLD.words OR NEW.opened_at <> OLD.opened_at OR NEW.due_at <> OLD.due_at
    OR NEW.opened_by <> OLD.opened_by OR NEW.code <> OLD.code"""
CONTEST_CHANGED = """OLD.state <> 'open' OR NEW.segment_id <> OLD.segment_id OR NEW.code <> OLD.code
    OR NEW.words <> OLD.words OR NEW.verdict_id <> OLD.verdict_id"""
STILL_APPEALED = """EXISTS (SELECT 1 FROM appeal WHERE segment_id = NEW.segment_id AND line = NEW.line
    AND state = 'open')"""

GUARDS = (
    ("review", WRITE, "(NEW.purpose = 'gold') <> (NEW.round = 0)", "gold stands outside the rounds"),
    ("outcome", UPDATE, NO_APPEAL, "a refusal is lifted by an appeal alone"),
    ("appeal", INSERT, f"NEW.state <> 'open' OR {NOT_REFUSED}", "an appeal is about a refused line"),
    ("appeal", INSERT, CLOSED, "the time to appeal is over"),
    ("appeal", WRITE, TOUCHED, "a judge has not touched the item"),
    ("appeal", UPDATE, APPEAL_CHANGED, "a decided appeal is final"),
    ("appeal", DELETE, "1 = 1", "an appeal is kept"),
    ("contest", UPDATE, CONTEST_CHANGED, "a settled contest is final"),
    ("contest", DELETE, "1 = 1", "a contest is kept"),
    ("closed_refusal", INSERT, f"{NOT_REFUSED} OR {STILL_APPEALED}", "this refusal is not over"),
    ("closed_refusal", UPDATE, "1 = 1", "closed_refusal rows are never changed"),
    ("closed_refusal", DELETE, "1 = 1", "closed_refusal rows are never removed"),
    ("gold_item", UPDATE, "1 = 1", "gold_item rows are never changed"),
    ("gold_item", DELETE, "1 = 1", "gold_item rows are never removed"),
)


def upgrade() -> None:
    """Widen reviews, add the tables, and let the database hold what an appeal may do."""
    op.add_column("review", sa.Column("purpose", STATE, nullable=False, server_default="flagged"))
    op.add_column("review", sa.Column("double", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("review", sa.Column("void", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("review", sa.Column("taken_at", TIME, nullable=True))
    _make_contest()
    _make_gold_item()
    _make_acquaintance()
    _make_appeal()
    _make_closed_refusal()
    _replace_guard("guard_05_outcome", "outcome", NO_TWO_REJECTS)
    for number, (table, events, condition, message) in enumerate(GUARDS):
        guard(f"guard_13_{number:02}_{table}", table, events, condition, message)


def _replace_guard(name: str, table: str, condition: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}()")
    else:
        for event in WRITE:
            op.execute(f"DROP TRIGGER {name}_{event.lower()}")
    guard(name, table, WRITE, condition, "a refusal needs two rejects by different reviewers")


def _make_contest() -> None:
    op.create_table(
        "contest",
        sa.Column("id", ID, nullable=False),
        sa.Column("segment_id", ID, nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("verdict_id", ID, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("contested_at", TIME, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f("ck_contest_settled_once")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_contest_segment_id")),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdict.id"], name=op.f("fk_contest_verdict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
        sa.UniqueConstraint("segment_id", "code", name=op.f("uq_contest_segment_id")),
    )


def _make_gold_item() -> None:
    op.create_table(
        "gold_item",
        sa.Column("segment_id", ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("decision", sa.String(8), nullable=False),
        sa.Column("code", CODE, nullable=True),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("marked_by", CODE, nullable=False),
        sa.Column("marked_at", TIME, nullable=False),
        sa.CheckConstraint("(decision = 'accept') = (code IS NULL)", name=op.f("ck_gold_item_code_if_wrong")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_gold_item_segment_id")),
        sa.PrimaryKeyConstraint("segment_id", "number", name=op.f("pk_gold_item")),
    )


def _make_acquaintance() -> None:
    op.create_table(
        "acquaintance",
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("contributor_id", ID, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("known_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_acquaintance_staff_id")),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["contributor.id"], name=op.f("fk_acquaintance_contributor_id")
        ),
        sa.PrimaryKeyConstraint("staff_id", "contributor_id", "kind", name=op.f("pk_acquaintance")),
    )


def _make_appeal() -> None:
    judged = "state IN ('open', 'expired') OR (judge_id IS NOT NULL AND reason IS NOT NULL)"
    op.create_table(
        "appeal",
        sa.Column("id", ID, nullable=False),
        sa.Column("segment_id", ID, nullable=False),
        sa.Column("line", sa.String(12), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("opened_by", STATE, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("judge_id", ID, nullable=True),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_appeal_decided_once")),
        sa.CheckConstraint(judged, name=op.f("ck_appeal_judged_with_reason")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_appeal_segment_id")),
        sa.ForeignKeyConstraint(["judge_id"], ["staff.id"], name=op.f("fk_appeal_judge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("segment_id", "line", name=op.f("uq_appeal_segment_id")),
    )
    op.create_index("ix_appeal_state", "appeal", ["state"])


def _make_closed_refusal() -> None:
    op.create_table(
        "closed_refusal",
        sa.Column("segment_id", ID, nullable=False),
        sa.Column("line", sa.String(12), nullable=False),
        sa.Column("closed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_closed_refusal_segment_id")),
        sa.PrimaryKeyConstraint("segment_id", "line", name=op.f("pk_closed_refusal")),
    )
