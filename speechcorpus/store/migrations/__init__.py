"""How the tables came to be, revision by revision; run by `Catalogue.migrate`, no settings file needed."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

MIGRATING = 7_305_112_019_441  # any number of our own: names the advisory lock on PostgreSQL


def upgrade(connection: Connection) -> None:
    """Bring the tables of `connection` to the newest revision, inside its open transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def version_gap(connection: Connection) -> tuple[str | None, str | None]:
    """Return the revision found in the database and the one this program was written for."""
    found = MigrationContext.configure(connection).get_current_revision()
    return found, ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config
