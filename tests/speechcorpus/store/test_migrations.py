"""The tables in the database are those the program was written for."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.models import Base
from speechcorpus.store.store import Store


def test_models_and_migrations_agree(store: Store) -> None:
    with store.catalogue.read() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(store: Store) -> None:
    store.catalogue.migrate()
    store.catalogue.check_version()


def test_a_program_refuses_tables_of_another_version(sqlite_store: Store) -> None:
    with sqlite_store.catalogue.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(StoreError, match="the catalogue is at revision 0001, this program needs") as caught:
        sqlite_store.catalogue.check_version()
    assert caught.value.code == "database.version"


def test_an_empty_database_is_named_as_such(tmp_path: Path) -> None:
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'new.sqlite'}")
    with pytest.raises(StoreError, match="the catalogue is at revision None"):
        catalogue.check_version()
    catalogue.close()
