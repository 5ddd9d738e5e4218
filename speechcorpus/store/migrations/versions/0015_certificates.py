"""Let one claim have several receipts of a kind: each hand-in and each decision gives one."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

guard = import_module("speechcorpus.store.migrations.versions.0002_guards").guard

KEPT = (("UPDATE", "receipt rows are never changed"), ("DELETE", "receipt rows are never removed"))


def upgrade() -> None:
    """Number the receipts of one kind about one thing."""
    number = sa.Column("number", sa.Integer(), nullable=False, server_default="1")
    with op.batch_alter_table("receipt") as receipt:
        receipt.add_column(number)
        receipt.drop_constraint(op.f("uq_receipt_kind"), type_="unique")
        receipt.create_unique_constraint(op.f("uq_receipt_kind"), ["kind", "subject_id", "number"])
    if op.get_bind().dialect.name == "sqlite":  # the table was rebuilt: its guards went with the old one
        for place, (event, message) in enumerate(KEPT, 90):
            guard(f"guard_{place}_receipt", "receipt", (event,), "1 = 1", message)
