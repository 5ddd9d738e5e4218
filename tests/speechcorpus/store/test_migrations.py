"""The tables in the database are those the program was written for."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from speechcorpus.corpus.prompt_pool import pool_of
from speechcorpus.domain.errors import StoreError
from speechcorpus.store import migrations
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


POOLS = ("train", "dev", "test")
OLD_ROWS = (
    "INSERT INTO contributor VALUES ('c', 'c-1', 'en', NULL, NULL, NULL, NULL, 'human', 'active', :now)",
    "INSERT INTO staff VALUES ('r', 'One', 'reviewer', 'en', 'active', :now)",
    "INSERT INTO project (id, title, created_at) VALUES ('p', 'P', :now)",
    "INSERT INTO terms VALUES ('t', 'p', '1', :sha, '{}', 'published', :now)",
    "INSERT INTO task VALUES ('k', 'p', 't', 'nan-TW', 'read', 'low', 'claimed', 1, :now)",
    "INSERT INTO claim VALUES ('m', 'k', 'c', 1, :sha, '{}', 'e', 'active', :now, :now, NULL)",
    "INSERT INTO sitting (id, contributor_id, claim_id, band, device, started_offline, body_sha256, state,"
    " opened_at, last_seen_at) VALUES ('s', 'c', 'm', 'low', '{}', FALSE, :sha, 'open', :now, :now)",
    "INSERT INTO take (id, sitting_id, sequence, track, prompt_ids, rate_hz, channels, capture_path,"
    " first_sitting_sample, body_sha256, state, created_at)"
    " VALUES ('a', 's', 1, 'main', '[]', 16000, 1, 'mstp', 0, :sha, 'stored', :now)",
    "INSERT INTO segment (id, take_id, claim_id, start_sample, end_sample, chosen, created_at)"
    " VALUES ('g', 'a', 'm', 0, 16000, TRUE, :now)",
    "INSERT INTO review (id, segment_id, round, reviewer_id, terms_sha256, state, decision, fence, severity,"
    " created_at, decided_at) VALUES ('w', 'g', 1, 'r', :sha, 'decided', 'accept', 0, 0, :now, :now)",
)


def test_a_catalogue_of_the_version_before_keeps_its_rows_and_its_guards(tmp_path: Path) -> None:
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'old.sqlite'}")
    with catalogue.write() as session:
        command.upgrade(_config(session), "0002")
        for statement in OLD_ROWS:
            session.execute(text(statement), {"now": "2026-03-02 08:30:00.000000", "sha": "ab" * 32})
    catalogue.migrate()
    with catalogue.read() as session:
        kept = session.execute(text("SELECT speaker, version, gold FROM segment")).all()
        assert [tuple(row) for row in kept] == [(None, 1, 0)]
        assert session.execute(text("SELECT second_pct FROM project")).scalar() == 5
    for change, because in (
        ("UPDATE review SET note = 'x'", "a decided review is final"),
        ("UPDATE terms SET document = 'x'", "published terms are immutable"),
    ):
        with pytest.raises(IntegrityError, match=because), catalogue.write() as session:
            session.execute(text(change))
    catalogue.close()


def test_tasks_of_an_older_house_are_told_which_split_their_sentences_are_kept_for(tmp_path: Path) -> None:
    texts = [f"{first}上有{last}。" for first in "天地人日月山水火" for last in "木金土東西南北春"]
    own = {pool: [each for each in texts if pool_of("p", each) == pool][:2] for pool in POOLS}
    assert all(map(len, own.values()))
    wanted = {**own, None: own["train"] + own["dev"]}
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'old.sqlite'}")
    with catalogue.write() as session:
        command.upgrade(_config(session), "0029")
        for statement in OLD_ROWS[2:4]:
            session.execute(text(statement), {"now": "2026-03-02 08:30:00.000000", "sha": "ab" * 32})
        for pool, sentences in wanted.items():
            _old_task(session, f"k-{pool}", "read", sentences)
        _old_task(session, "k-topic", "monologue", own["test"])
    catalogue.migrate()
    with catalogue.read() as session:
        found = dict(iter(session.execute(text("SELECT id, pool FROM task")).all()))
    assert found == {**{f"k-{pool}": pool for pool in wanted}, "k-topic": None}
    catalogue.close()


def _config(session: Session) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = session.connection()
    return config


def _old_task(session: Session, task_id: str, style: str, sentences: list[str]) -> None:
    task = (
        "INSERT INTO task (id, project_id, terms_id, variety, style, band, state, fence, created_at)"
        " VALUES (:id, 'p', 't', 'nan-TW', :style, 'low', 'open', 0, '2026-03-02 08:30:00.000000')"
    )
    session.execute(text(task), {"id": task_id, "style": style})
    for position, said in enumerate(sentences):
        prompt = (
            "INSERT INTO prompt (id, project_id, kind, variety, text, licence)"
            " VALUES (:id, 'p', :kind, 'nan-TW', :text, 'CC0')"
        )
        chosen = "INSERT INTO task_prompt (task_id, position, prompt_id) VALUES (:task, :at, :id)"
        name = f"{task_id}-{position}"
        session.execute(text(prompt), {"id": name, "kind": style, "text": said})
        session.execute(text(chosen), {"task": task_id, "at": position, "id": name})
