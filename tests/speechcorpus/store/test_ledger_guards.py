"""What the database refuses about money by itself, on SQLite and on PostgreSQL, whatever the program does."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from speechcorpus.store.store import Store

pytestmark = pytest.mark.usefixtures("segment_id")  # project `project`, claim `claim`, contributor `c`
SHA, AT = "ab" * 32, "'2026-03-02 08:30:00+00:00'"


def run(store: Store, *statements: str) -> None:
    with store.catalogue.write() as session:
        for statement in statements:
            session.execute(text(statement))


def draft(number: int, *entries: tuple[str, int], kind: str = "fund", key: str = "NULL, NULL") -> list[str]:
    return [
        "INSERT INTO ledger_transaction (id, project_id, kind, state, currency, item, line, at, sha256)"
        f" VALUES ({number}, 'project', '{kind}', 'draft', 'TWD', {key}, {AT}, '{SHA}')",
        *(entry(number, account, minor) for account, minor in entries),
    ]


def entry(
    number: int,
    account: str,
    minor: int,
    currency: str = "TWD",
    claim: str = "'claim'",
    item: str = "NULL",
) -> str:
    return (
        "INSERT INTO ledger_entry (transaction_id, account, amount_minor, currency, claim_id, item)"
        f" VALUES ({number}, '{account}', {minor}, '{currency}', {claim}, {item})"
    )


def posting(number: int, *entries: tuple[str, int], **said: str) -> list[str]:
    posted = f"UPDATE ledger_transaction SET state = 'posted' WHERE id = {number}"
    return [*draft(number, *entries, **said), posted]


FUNDED = posting(1, ("funding:p", -100), ("project_budget:p", 100))
TAKEN = ("reserved:p", -5), ("owed:c", 5)
HELD = posting(2, ("project_budget:p", -60), ("reserved:p", 60), kind="reserve")


def refused(store: Store, because: str, *statements: str) -> None:
    before = money_of(store)
    with pytest.raises(IntegrityError, match=because):
        run(store, *statements)
    assert money_of(store) == before


def money_of(store: Store) -> list[tuple[str, int]]:
    held = text("SELECT name, balance_minor FROM ledger_account ORDER BY name")
    with store.catalogue.read() as session:
        return [(name, minor) for name, minor in session.execute(held)]


def test_posting_moves_the_balances(store: Store) -> None:
    run(store, *FUNDED, *HELD)
    assert money_of(store) == [("funding:p", -100), ("project_budget:p", 40), ("reserved:p", 60)]


REFUSED = (
    ("sums to 0", posting(3, ("project_budget:p", -10), ("reserved:p", 9))),
    ("two entries or more", posting(3)),
    ("not_below_zero", posting(3, ("project_budget:p", -41), ("reserved:p", 41))),
    ("not_below_zero", posting(3, ("owed:c", -1), ("paying:c", 1))),
    ("begins as a draft", [draft(3)[0].replace("'draft'", "'posted'")]),
    ("moves_something", draft(3, ("reserved:p", 0))),
    ("a project has one currency", [s.replace("TWD", "USD") for s in posting(3, ("a", -1), ("b", 1))]),
    (
        "one currency",
        [*draft(3, ("project_budget:p", -1)), entry(3, "reserved:p", 1, "USD"), posting(3)[-1]],
    ),
    ("names its claim or its item", [*draft(3), entry(3, "reserved:p", 1, claim="NULL")]),
    ("takes no further entry", [entry(1, "project_budget:p", 5)]),
    ("is final", ["UPDATE ledger_transaction SET state = 'draft' WHERE id = 1"]),
    ("is final", ["UPDATE ledger_transaction SET kind = 'accrue' WHERE id = 1"]),
    ("never removed", ["DELETE FROM ledger_transaction WHERE id = 1"]),
    ("never changed", ["UPDATE ledger_entry SET amount_minor = 5"]),
    ("never removed", ["DELETE FROM ledger_entry"]),
    ("never removed", ["DELETE FROM ledger_account"]),
)


def test_the_database_refuses_by_itself(store: Store) -> None:
    run(store, *FUNDED, *HELD)
    for because, statements in REFUSED:
        refused(store, because, *statements)


def test_a_claim_cannot_spend_what_another_one_holds(store: Store) -> None:
    run(store, *FUNDED, *HELD)
    other = draft(3, kind="accrue")
    other += [entry(3, account, minor, item="'x'", claim="NULL") for account, minor in TAKEN]
    other += posting(3)[-1:]
    refused(store, "the reserve of this claim does not hold it", *other)
    mine = posting(3, ("reserved:p", -61), ("owed:c", 61), kind="accrue")
    refused(store, "not_below_zero|does not hold it", *mine)
    run(store, *posting(3, ("reserved:p", -60), ("owed:c", 60), kind="accrue"))


def test_a_line_is_owed_exactly_once(store: Store) -> None:
    run(store, *FUNDED, *HELD)
    said = {"kind": "accrue", "key": "'item', 'record'"}
    run(store, *posting(3, ("reserved:p", -5), ("owed:c", 5), **said))
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        run(store, *posting(4, ("reserved:p", -5), ("owed:c", 5), **said))


PAYOUT = (
    "INSERT INTO payout (id, project_id, state, attempt, currency, exponent, total_minor, sha256,"
    f" proposed_by, proposed_at) VALUES ('p', 'project', 'proposed', 1, 'TWD', 2, 5, '{SHA}', 'r1', {AT})"
)
PAYMENT = (
    "INSERT INTO payout_line (payout_id, contributor_id, amount_minor, state) VALUES ('p', 'c', 5, 'pending')"
)
APPROVE = "UPDATE payout SET state = 'approved', approved_by = 'r2' WHERE id = 'p'"


PROPOSED = (
    ("two_people", APPROVE.replace("r2", "r1")),
    ("approved_by_someone", "UPDATE payout SET state = 'approved'"),
    ("no such edge", APPROVE.replace("approved'", "sent'", 1)),
    ("what is sent", APPROVE.replace("state", "sha256 = '0', state", 1)),
    ("what is sent", "UPDATE payout SET total_minor = 6"),
    ("payment is final", "UPDATE payout_line SET amount_minor = 6"),
    ("payment is final", "UPDATE payout_line SET state = 'settled', reference = 'b'"),
    ("never removed", "DELETE FROM payout"),
    ("never removed", "DELETE FROM payout_line"),
)
APPROVED = (
    ("no such edge", "UPDATE payout SET state = 'cancelled', approved_by = NULL"),
    ("what is sent", "UPDATE payout SET sha256 = '0'"),
    ("what is sent", "UPDATE payout SET proposed_by = 'r2', approved_by = 'r1', state = 'sent'"),
    ("what is sent", PAYMENT),
)


def test_a_payout_changes_only_by_a_second_person_and_not_after(store: Store) -> None:
    run(store, PAYOUT, PAYMENT)
    for because, statement in PROPOSED:
        refused(store, because, statement)
    run(store, APPROVE)
    for because, statement in APPROVED:
        refused(store, because, statement)


def test_a_payment_ends_once(store: Store) -> None:
    sent = "UPDATE payout SET state = 'sent'"
    settled = "UPDATE payout_line SET state = 'settled', reference = 'bank 1'"
    run(store, PAYOUT, PAYMENT, APPROVE, sent, settled)
    refused(store, "payment is final", "UPDATE payout_line SET state = 'failed'")
