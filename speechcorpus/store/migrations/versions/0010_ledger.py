"""Keep money: accounts, balanced transactions that are posted once, and payouts of two people.

What no program may undo is held by triggers: `fair-work.md` §7.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

from speechcorpus.store.migrations.older_promises import book_older_promises

revision = "0010"
down_revision = "0009"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

TIME = sa.DateTime(timezone=True)
UPDATE, DELETE, INSERT = ("UPDATE",), ("DELETE",), ("INSERT",)
KEYED, PROPOSED = sa.text("item IS NOT NULL"), sa.text("state = 'proposed'")

TRANSACTION_CHANGED = """OLD.state <> 'draft' OR NEW.state <> 'posted' OR NEW.id <> OLD.id
    OR NEW.project_id <> OLD.project_id OR NEW.kind <> OLD.kind OR NEW.currency <> OLD.currency
    OR COALESCE(NEW.item, '') <> COALESCE(OLD.item, '') OR COALESCE(NEW.line, '') <> COALESCE(OLD.line, '')
    OR COALESCE(NEW.reference, '') <> COALESCE(OLD.reference, '')
    OR COALESCE(NEW.reverses_id, 0) <> COALESCE(OLD.reverses_id, 0) OR NEW.at <> OLD.at
    OR NEW.sha256 <> OLD.sha256"""
UNBALANCED = "(SELECT COALESCE(SUM(amount_minor), 0) FROM ledger_entry WHERE transaction_id = NEW.id) <> 0"
TOO_FEW = "(SELECT COUNT(*) FROM ledger_entry WHERE transaction_id = NEW.id) < 2"
MIXED = "EXISTS (SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.id AND currency <> NEW.currency)"
ONE_CURRENCY = """EXISTS (SELECT 1 FROM ledger_transaction
    WHERE project_id = NEW.project_id AND state = 'posted' AND currency <> NEW.currency)"""
CLOSED = "(SELECT state FROM ledger_transaction WHERE id = NEW.transaction_id) <> 'draft'"

NOBODY_S = "NEW.account LIKE 'reserved:%' AND NEW.claim_id IS NULL AND NEW.item IS NULL"

PAYOUT_EDGES = """OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ('proposed>approved',
    'proposed>cancelled', 'approved>sent', 'sent>settled', 'sent>failed', 'failed>proposed')"""
PAYOUT_CHANGED = """NEW.project_id <> OLD.project_id OR NEW.currency <> OLD.currency
    OR NEW.total_minor <> OLD.total_minor
    OR (OLD.state <> 'proposed' AND NEW.state <> 'proposed' AND (NEW.sha256 <> OLD.sha256
        OR NEW.attempt <> OLD.attempt OR NEW.proposed_by <> OLD.proposed_by
        OR NEW.approved_by <> OLD.approved_by))
    OR (OLD.state = 'proposed' AND NEW.state = 'approved' AND NEW.sha256 <> OLD.sha256)"""
PAYOUT_IS = "(SELECT state FROM payout WHERE id = {row}.payout_id)"
LINE_CHANGED = f"""NEW.payout_id <> OLD.payout_id OR NEW.contributor_id <> OLD.contributor_id
    OR NEW.amount_minor <> OLD.amount_minor
    OR ({PAYOUT_IS.format(row="OLD")} = 'proposed' AND NEW.state <> 'pending')
    OR ({PAYOUT_IS.format(row="OLD")} <> 'proposed' AND OLD.state <> 'pending')"""

GUARDS = (
    ("ledger_transaction", INSERT, "NEW.state <> 'draft'", "a transaction begins as a draft"),
    ("ledger_transaction", UPDATE, TRANSACTION_CHANGED, "a posted transaction is final"),
    ("ledger_transaction", UPDATE, TOO_FEW, "a transaction has two entries or more"),
    ("ledger_transaction", UPDATE, UNBALANCED, "a transaction sums to 0"),
    ("ledger_transaction", UPDATE, MIXED, "a transaction has one currency"),
    ("ledger_transaction", UPDATE, ONE_CURRENCY, "a project has one currency"),
    ("ledger_transaction", DELETE, "1 = 1", "ledger_transaction rows are never removed"),
    ("ledger_entry", INSERT, CLOSED, "a posted transaction takes no further entry"),
    ("ledger_entry", INSERT, NOBODY_S, "what is set aside names its claim or its item"),
    ("ledger_entry", UPDATE, "1 = 1", "ledger_entry rows are never changed"),
    ("ledger_entry", DELETE, "1 = 1", "ledger_entry rows are never removed"),
    ("ledger_account", DELETE, "1 = 1", "ledger_account rows are never removed"),
    ("payout", INSERT, "NEW.state <> 'proposed'", "a payout begins as a proposal"),
    ("payout", UPDATE, PAYOUT_EDGES, "a payout has no such edge"),
    ("payout", UPDATE, PAYOUT_CHANGED, "an approved payout is what is sent"),
    ("payout", DELETE, "1 = 1", "payout rows are never removed"),
    (
        "payout_line",
        INSERT,
        f"{PAYOUT_IS.format(row='NEW')} <> 'proposed'",
        "an approved payout is what is sent",
    ),
    ("payout_line", UPDATE, LINE_CHANGED, "a payment is final"),
    ("payout_line", DELETE, "1 = 1", "payout_line rows are never removed"),
)

# What posting moves. The accounts are updated first: that takes their locks, so what is checked next is true
# still when the transaction commits.
OPEN_ACCOUNTS = """INSERT INTO ledger_account (project_id, name, balance_minor)
    SELECT DISTINCT NEW.project_id, account, 0 FROM ledger_entry WHERE transaction_id = NEW.id
    ON CONFLICT DO NOTHING"""
MOVE_BALANCES = """UPDATE ledger_account SET balance_minor = balance_minor + (
        SELECT SUM(amount_minor) FROM ledger_entry
        WHERE transaction_id = NEW.id AND account = ledger_account.name)
    WHERE project_id = NEW.project_id
        AND name IN (SELECT account FROM ledger_entry WHERE transaction_id = NEW.id)"""
# `|| ''` keeps the databases from walking a whole account where they can look up one claim
RESERVE_SHORT = """EXISTS (SELECT 1 FROM ledger_entry AS mine
    WHERE mine.transaction_id = NEW.id AND mine.account LIKE 'reserved:%' AND 0 > (
        SELECT SUM(held.amount_minor) FROM ledger_entry AS held
        WHERE held.account || '' = mine.account AND held.claim_id = mine.claim_id))
    OR EXISTS (SELECT 1 FROM ledger_entry AS mine
    WHERE mine.transaction_id = NEW.id AND mine.account LIKE 'reserved:%' AND mine.claim_id IS NULL AND 0 > (
        SELECT SUM(held.amount_minor) FROM ledger_entry AS held
        WHERE held.account || '' = mine.account AND held.claim_id IS NULL AND held.item = mine.item))"""
SHORT = "the reserve of this claim does not hold it"


def upgrade() -> None:
    """Add the tables and put their guards and the posting in place."""
    _make_ledger()
    _make_payouts()
    for number, (table, events, condition, message) in enumerate(GUARDS):
        guard(f"guard_10_{number:02}_{table}", table, events, condition, message)
    if op.get_bind().dialect.name == "postgresql":
        _post_on_postgresql()
    else:
        _post_on_sqlite()
    book_older_promises(op.get_bind())


def _make_ledger() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "balance_minor >= 0 OR name LIKE 'funding:%'", name=op.f("ck_ledger_account_not_below_zero")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_ledger_account_project_id")),
        sa.PrimaryKeyConstraint("project_id", "name", name=op.f("pk_ledger_account")),
    )
    op.create_table(
        "ledger_transaction",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("item", sa.String(length=120), nullable=True),
        sa.Column("line", sa.String(length=12), nullable=True),
        sa.Column("reference", sa.String(length=120), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(item IS NULL) = (line IS NULL)", name=op.f("ck_ledger_transaction_whole_key")),
        sa.CheckConstraint(
            "(kind = 'reverse') = (reverses_id IS NOT NULL)",
            name=op.f("ck_ledger_transaction_reverse_names_one"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_ledger_transaction_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_transaction.id"], name=op.f("fk_ledger_transaction_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transaction")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_ledger_transaction_reverses_id")),
    )
    op.create_index("ix_ledger_transaction_project_id", "ledger_transaction", ["project_id"])
    op.create_index(
        "uq_ledger_transaction_once",
        "ledger_transaction",
        ["kind", "item", "line"],
        unique=True,
        sqlite_where=KEYED,
        postgresql_where=KEYED,
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("transaction_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("claim_id", sa.String(length=36), nullable=True),
        sa.Column("item", sa.String(length=120), nullable=True),
        sa.Column("line", sa.String(length=12), nullable=True),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_ledger_entry_moves_something")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transaction.id"], name=op.f("fk_ledger_entry_transaction_id")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_ledger_entry_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    for column in ("transaction_id", "account", "claim_id", "item"):
        op.create_index(f"ix_ledger_entry_{column}", "ledger_entry", [column])


def _make_payouts() -> None:
    op.create_table(
        "payout",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("proposed_by", sa.String(length=36), nullable=False),
        sa.Column("proposed_at", TIME, nullable=False),
        sa.Column("approved_by", sa.String(length=36), nullable=True),
        sa.Column("approved_at", TIME, nullable=True),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> proposed_by", name=op.f("ck_payout_two_people")
        ),
        sa.CheckConstraint(
            "(approved_by IS NOT NULL) = (state IN ('approved', 'sent', 'settled', 'failed'))",
            name=op.f("ck_payout_approved_by_someone"),
        ),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_payout_pays_something")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_payout_project_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], name=op.f("fk_payout_proposed_by")),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name=op.f("fk_payout_approved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
    )
    op.create_index(
        "uq_payout_proposed",
        "payout",
        ["project_id"],
        unique=True,
        sqlite_where=PROPOSED,
        postgresql_where=PROPOSED,
    )
    op.create_table(
        "payout_line",
        sa.Column("payout_id", sa.String(length=36), nullable=False),
        sa.Column("contributor_id", sa.String(length=36), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payout_line_pays_something")),
        sa.CheckConstraint(
            "(reference IS NULL) = (state = 'pending')", name=op.f("ck_payout_line_reference_when_ended")
        ),
        sa.ForeignKeyConstraint(["payout_id"], ["payout.id"], name=op.f("fk_payout_line_payout_id")),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["contributor.id"], name=op.f("fk_payout_line_contributor_id")
        ),
        sa.PrimaryKeyConstraint("payout_id", "contributor_id", name=op.f("pk_payout_line")),
    )
    op.create_index("ix_payout_line_contributor_id", "payout_line", ["contributor_id"])


def _post_on_sqlite() -> None:
    op.execute(
        f"""CREATE TRIGGER post_ledger_transaction AFTER UPDATE ON ledger_transaction FOR EACH ROW
        WHEN NEW.state = 'posted' BEGIN
            {OPEN_ACCOUNTS.replace("ON CONFLICT DO NOTHING", "AND true ON CONFLICT DO NOTHING")};
            {MOVE_BALANCES};
            SELECT RAISE(ABORT, '{SHORT}') WHERE {RESERVE_SHORT};
        END"""
    )


def _post_on_postgresql() -> None:
    op.execute(
        f"""CREATE FUNCTION post_ledger_transaction() RETURNS trigger LANGUAGE plpgsql AS $post$
        BEGIN
            {OPEN_ACCOUNTS};
            {MOVE_BALANCES};
            IF {RESERVE_SHORT} THEN
                RAISE EXCEPTION '{SHORT}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $post$"""
    )
    op.execute(
        "CREATE TRIGGER post_ledger_transaction AFTER UPDATE ON ledger_transaction "
        "FOR EACH ROW EXECUTE FUNCTION post_ledger_transaction()"
    )
