"""A house of the first days is brought to this version with every row it had, on both databases.

`frozen/catalogue-0002.sqlite.gz` was written by the program as it was when it first recorded anything: one
claim spoken, measured, reviewed and accepted, another with a take on its way. There is no way back: a
downgrade is a restored backup.
"""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, inspect, text
from sqlalchemy.exc import DBAPIError

from speechcorpus.store import migrations
from speechcorpus.store.audit import check_audit
from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.models import Base, Receipt
from speechcorpus.work.keys import parse_public_key
from speechcorpus.work.receipts import verify_receipt
from speechcorpus.workflows.decision_check import changed_decisions
from speechcorpus.workflows.ledger_check import check_ledger
from tests.rig.postgres import Postgres

FROZEN = Path(__file__).parent / "frozen"
FIRST = "0002"
Rows = dict[str, list[dict[str, Any]]]


def rows_of(catalogue: Catalogue) -> Rows:
    """Every row of every table, by the columns that the table has."""
    with catalogue.read() as session:
        found = MetaData()
        found.reflect(session.connection())
        return {
            name: sorted(
                (_plain(row) for row in session.execute(table.select()).mappings()), key=lambda row: str(row)
            )
            for name, table in found.tables.items()
            if name != "alembic_version"
        }


def _plain(row: Any) -> dict[str, Any]:
    return {name: _in_utc(value) for name, value in row.items()}


def _in_utc(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def frozen(folder: Path) -> Catalogue:
    path = folder / "catalogue.sqlite"
    path.write_bytes(gzip.decompress((FROZEN / "catalogue-0002.sqlite.gz").read_bytes()))
    return Catalogue(f"sqlite:///{path}")


def moved_to(url: str, rows: Rows) -> Catalogue:
    """The same house on PostgreSQL, at the same revision."""
    catalogue = Catalogue(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    with catalogue.write() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, FIRST)
        session.execute(text("SET LOCAL session_replication_role = replica"))  # rows come as they are
        tables = MetaData()
        tables.reflect(session.connection())
        for name, held in rows.items():
            if held:
                session.execute(tables.tables[name].insert(), held)
    return catalogue


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    """The frozen house, on one database and the other."""
    catalogue = frozen(tmp_path)
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres_server")
        server.run("DROP DATABASE IF EXISTS old")
        server.run("CREATE DATABASE old")
        rows = rows_of(catalogue)
        catalogue.close()
        catalogue = moved_to(server.url("old"), rows)
    yield catalogue
    catalogue.close()


def test_a_house_of_the_first_days_comes_up_to_date_loses_nothing_and_keeps_every_rule(
    old: Catalogue,
) -> None:
    before = rows_of(old)
    assert {
        name: len(rows) for name, rows in before.items() if name in ("audit", "take", "outcome", "receipt")
    } == {
        "audit": 29,
        "take": 4,
        "outcome": 4,
        "receipt": 3,
    }
    old.migrate()
    old.check_version()
    after = rows_of(old)
    for name, rows in before.items():
        columns = rows[0].keys() if rows else ()
        kept = [{column: row[column] for column in columns} for row in after[name]]
        missing = [row for row in rows if row not in kept]
        assert missing == [], name
    _every_rule_holds(old)


def _every_rule_holds(old: Catalogue) -> None:
    key = parse_public_key((FROZEN / "receipt-0002.pem").read_bytes())
    with old.read() as session:
        assert compare_metadata(MigrationContext.configure(session.connection()), Base.metadata) == []
        assert check_audit(session) is None
        assert list(changed_decisions(session)) == []
        assert list(check_ledger(session)) == []
        receipts = session.query(Receipt).all()
        assert [verify_receipt(row.document, [key]).fault for row in receipts] == [None] * 3
        assert "upkeep" in inspect(session.connection()).get_table_names()
    for change, because in (
        ("UPDATE terms SET document = 'x'", "published terms are immutable"),
        ("UPDATE receipt SET document = 'x'", "append-only|receipt"),
        ("DELETE FROM audit", "append-only|audit"),
    ):
        with pytest.raises(DBAPIError, match=because), old.write() as session:
            session.execute(text(change))
