"""What was promised before there was a ledger, booked as if there had been one: for revision 0010.

Every line that was accepted is owed, every one that is open has its money set aside, and so has what active
claims still ask for. Each project is put in what its terms promise, or what it owes if that is more.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from speechcorpus.work import ledger as book
from speechcorpus.work.ledger import GENESIS, Facts, Posting, chained

TIME = sa.DateTime(timezone=True)
OPEN = ("pending", "refused")

TERMS = sa.text(
    "SELECT project_id, document FROM terms WHERE state = 'published' ORDER BY published_at, version"
)
LINES = sa.text(
    "SELECT outcome.segment_id, outcome.line, outcome.state, outcome.price_minor, outcome.decided_at,"
    " claim.id, claim.contributor_id FROM outcome JOIN segment ON segment.id = outcome.segment_id"
    " JOIN claim ON claim.id = segment.claim_id JOIN task ON task.id = claim.task_id"
    " WHERE task.project_id = :project ORDER BY outcome.decided_at, outcome.segment_id, outcome.line"
).columns(decided_at=TIME)
ACTIVE = sa.text(
    "SELECT claim.id, claim.price, task.style, (SELECT COUNT(*) FROM task_prompt WHERE task_id = task.id)"
    " FROM claim JOIN task ON task.id = claim.task_id"
    " WHERE task.project_id = :project AND claim.state = 'active' ORDER BY claim.id"
)
SECONDS = sa.text(
    "SELECT second_transcript.id, second_transcript.state, second_transcript.contributor_id,"
    " second_transcript.price_minor, second_transcript.written_at FROM second_transcript"
    " JOIN segment ON segment.id = second_transcript.segment_id JOIN claim ON claim.id = segment.claim_id"
    " JOIN task ON task.id = claim.task_id WHERE task.project_id = :project ORDER BY second_transcript.id"
).columns(written_at=TIME)

TRANSACTION = sa.table(
    "ledger_transaction",
    *(sa.column(name) for name in ("id", "project_id", "kind", "state", "currency", "item", "line")),
    *(sa.column(name) for name in ("reference", "sha256")),
    sa.column("at", TIME),
)
ENTRY = sa.table(
    "ledger_entry",
    *(sa.column(name) for name in ("transaction_id", "account", "amount_minor", "currency")),
    *(sa.column(name) for name in ("claim_id", "item", "line")),
)


def book_older_promises(connection: Connection) -> None:
    """Post what every project owes and has set aside; one without readable terms has nothing to post."""
    newest = {project: _price(document) for project, document in connection.execute(TERMS)}
    for project, price in newest.items():
        if price is None:
            continue
        moves = list(_moves(connection, project, price))
        owed = sum(_minor(posting) for posting, _ in moves if posting.kind == "reserve")
        put_in = max(int(price["budget_minor"]), owed)
        first = book.fund(project, put_in, reference="terms before the ledger"), datetime.now(UTC)
        _post(connection, str(price["currency"]), [first, *moves])


def _moves(
    connection: Connection, project: str, price: Mapping[str, Any]
) -> Iterator[tuple[Posting, datetime]]:
    now, said = datetime.now(UTC), {"project": project}
    lines = connection.execute(LINES, said).all()
    spent: dict[str, int] = {}
    for segment, line, state, minor, decided_at, claim, person in lines:
        if state in OPEN or state == "accepted":
            spent[claim] = spent.get(claim, 0) + minor
            yield book.reserve(project, minor, claim=claim), decided_at or now
        if state == "accepted":
            yield book.accrue(project, person, minor, claim=claim, item=segment, line=line), decided_at or now
    for claim, frozen, style, prompts in connection.execute(ACTIVE, said).all():
        more = _most(frozen, style, prompts, price) - spent.get(claim, 0)
        if more > 0:
            yield book.reserve(project, more, claim=claim), now
    for second, state, person, minor, written_at in connection.execute(SECONDS, said).all():
        item, at = f"second:{second}", written_at or now
        yield book.reserve(project, minor, claim=None, item=item, line="second"), at
        if state == "written":
            yield book.accrue(project, person, minor, claim=None, item=item, line="second"), at


def _most(frozen: object, style: str, prompts: int, price: Mapping[str, Any]) -> int:
    kept = json.loads(frozen) if isinstance(frozen, str) else frozen
    own = kept if isinstance(kept, dict) and "record" in kept else price
    pieces = prompts if style == "read" else int(price["items"])
    return pieces * sum(int(own[line]["minor"]) for line in ("record", "transcribe"))


def _price(document: str) -> dict[str, Any] | None:
    terms = json.loads(document)
    if "price" not in terms:
        return None
    return {**terms["price"], "items": terms["draw"]["claim"]["items"]}


def _minor(posting: Posting) -> int:
    return max(entry.minor for entry in posting.entries)


def _post(connection: Connection, currency: str, moves: list[tuple[Posting, datetime]]) -> None:
    head = GENESIS
    for posting, at in moves:
        head = chained(head, posting, Facts(currency=currency, at=at, reference=None, reverses=None))
        kept: dict[str, object] = {
            "project_id": posting.project,
            "kind": posting.kind,
            "state": "draft",
            "currency": currency,
        }
        kept |= {"item": posting.item, "line": posting.line, "reference": None, "sha256": head, "at": at}
        draft = TRANSACTION.insert().values(**kept).returning(TRANSACTION.c.id)
        number = connection.execute(draft).scalar_one()
        for entry in posting.entries:
            said: dict[str, object] = {
                "account": entry.account,
                "amount_minor": entry.minor,
                "currency": currency,
            }
            said |= {"claim_id": entry.claim, "item": entry.item, "line": entry.line}
            connection.execute(ENTRY.insert().values(transaction_id=number, **said))
        connection.execute(TRANSACTION.update().where(TRANSACTION.c.id == number).values(state="posted"))
