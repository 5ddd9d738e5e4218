"""A catalogue from before the ledger owes after the migration what it owed before, and not a unit more."""

from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.plain import to_plain
from speechcorpus.domain.terms import Terms
from speechcorpus.store import migrations
from speechcorpus.store.catalogue import Catalogue
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows.ledger_check import check_ledger
from tests.stage import terms_text

ROWS = (
    "INSERT INTO contributor VALUES ('c', 'c-1', 'en', NULL, NULL, NULL, NULL, 'human', 'active', :now)",
    "INSERT INTO project (id, title, created_at) VALUES ('taigi-noise', 'P', :now)",
    "INSERT INTO terms VALUES ('t', 'taigi-noise', '1', :sha, :document, 'published', :now)",
    "INSERT INTO task VALUES ('k', 'taigi-noise', 't', 'nan-TW', 'read', 'low', 'claimed', 1, :now)",
    "INSERT INTO prompt (id, project_id, kind, variety, text, licence)"
    " VALUES ('p', 'taigi-noise', 'read', 'nan-TW', 'x', 'CC0-1.0'),"
    " ('q', 'taigi-noise', 'read', 'nan-TW', 'x', 'CC0-1.0')",
    "INSERT INTO task_prompt VALUES ('k', 0, 'p'), ('k', 1, 'q')",
    "INSERT INTO claim VALUES ('m', 'k', 'c', 1, :sha, :price, 'e', 'active', :now, :now, NULL)",
    "INSERT INTO sitting (id, contributor_id, claim_id, band, device, started_offline, body_sha256, state,"
    " opened_at, last_seen_at) VALUES ('s', 'c', 'm', 'low', '{}', FALSE, :sha, 'open', :now, :now)",
    "INSERT INTO take (id, sitting_id, sequence, track, prompt_ids, rate_hz, channels, capture_path,"
    " first_sitting_sample, body_sha256, state, created_at)"
    " VALUES ('a', 's', 1, 'main', '[]', 16000, 1, 'mstp', 0, :sha, 'stored', :now)",
    "INSERT INTO segment (id, take_id, claim_id, start_sample, end_sample, chosen, created_at, version, gold)"
    " VALUES ('g', 'a', 'm', 0, 16000, TRUE, :now, 1, FALSE)",
    "INSERT INTO outcome VALUES ('g', 'record', 'accepted', 1500, :now)",
    "INSERT INTO outcome VALUES ('g', 'transcribe', 'pending', 1000, NULL)",
)


def test_what_was_owed_and_promised_before_is_booked(tmp_path: Path, now: datetime) -> None:
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'old.sqlite'}")
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    terms: Terms = parse_terms(terms_text())
    said = {"sha": terms.sha256, "document": terms.to_document(), "now": "2026-03-02 08:30:00.000000"}
    said["price"] = canonical_json(to_plain(terms.price)).decode()
    with catalogue.write() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0009")
        for statement in ROWS:
            session.execute(text(statement), {key: said[key] for key in said if f":{key}" in statement})
    catalogue.migrate()
    with catalogue.read() as session:
        held = dict(session.execute(text("SELECT name, balance_minor FROM ledger_account")).all())
        assert held == {
            "funding:taigi-noise": -100_000_000,
            "project_budget:taigi-noise": 100_000_000 - 5_000,
            "reserved:taigi-noise": 3_500,
            "owed:c": 1_500,
        }
        assert list(check_ledger(session)) == []
    catalogue.close()
