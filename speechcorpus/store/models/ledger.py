"""Money: accounts, transactions and their entries, and the payouts that two people send together.

The database holds the rules (revision 0010): a transaction is written as a draft, then posted once; posting
checks its sum, moves the balances and refuses any account below 0 but `funding`. Nothing here is ever edited.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256, State

KEYED = text("item IS NOT NULL")
PROPOSED = text("state = 'proposed'")


class LedgerAccount(Base):
    """What an account of a project holds; moved by the posting of transactions alone."""

    __tablename__ = "ledger_account"
    __table_args__ = (CheckConstraint("balance_minor >= 0 OR name LIKE 'funding:%'", name="not_below_zero"),)

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    balance_minor: Mapped[int] = mapped_column(BigInteger, default=0)


class LedgerTransaction(Base):
    """One movement of money that sums to 0; `kind`, `item` and `line` name what is done once."""

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        CheckConstraint("(item IS NULL) = (line IS NULL)", name="whole_key"),
        CheckConstraint("(kind = 'reverse') = (reverses_id IS NOT NULL)", name="reverse_names_one"),
        Index(
            "uq_ledger_transaction_once",
            "kind",
            "item",
            "line",
            unique=True,
            sqlite_where=KEYED,
            postgresql_where=KEYED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    # fund | reserve | unreserve | accrue | assign | approve | settle | fail | reverse
    state: Mapped[str] = mapped_column(State, default="draft")  # draft | posted
    currency: Mapped[str] = mapped_column(String(3))
    item: Mapped[str | None] = mapped_column(String(120))
    line: Mapped[str | None] = mapped_column(String(12))
    reference: Mapped[str | None] = mapped_column(String(120))  # of a bank, of the terms that were published
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transaction.id"), unique=True)
    at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(Sha256)  # of it all and of the project's transaction before it


class LedgerEntry(Base):
    """What one transaction does to one account: append-only."""

    __tablename__ = "ledger_entry"
    __table_args__ = (CheckConstraint("amount_minor <> 0", name="moves_something"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("ledger_transaction.id"), index=True)
    account: Mapped[str] = mapped_column(String(80), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"), index=True)
    item: Mapped[str | None] = mapped_column(String(120), index=True)
    line: Mapped[str | None] = mapped_column(String(12))


class Payout(Base):
    """A batch of payments, proposed by one person, approved by another and then sent as it is."""

    __tablename__ = "payout"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="two_people"),
        CheckConstraint(
            "(approved_by IS NOT NULL) = (state IN ('approved', 'sent', 'settled', 'failed'))",
            name="approved_by_someone",
        ),
        CheckConstraint("total_minor > 0", name="pays_something"),
        Index(
            "uq_payout_proposed",
            "project_id",
            unique=True,
            sqlite_where=PROPOSED,
            postgresql_where=PROPOSED,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    state: Mapped[str] = mapped_column(State, default="proposed")
    # proposed | approved | sent | settled | failed | cancelled
    attempt: Mapped[int] = mapped_column(default=1)  # a batch that failed whole may be proposed again
    currency: Mapped[str] = mapped_column(String(3))
    exponent: Mapped[int]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Sha256)  # of the batch as `work.payout_batch` writes it
    proposed_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    approved_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class PayoutLine(Base):
    """What one person is paid in a batch; each payment ends by itself, as banks have it."""

    __tablename__ = "payout_line"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="pays_something"),
        CheckConstraint("(reference IS NULL) = (state = 'pending')", name="reference_when_ended"),
    )

    payout_id: Mapped[str] = mapped_column(ForeignKey("payout.id"), primary_key=True)
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"), primary_key=True, index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(State, default="pending")  # pending | settled | failed
    reference: Mapped[str | None] = mapped_column(String(120))  # of the bank
    ended_at: Mapped[datetime | None]
