"""The doctor says what is missing and how to get it."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from speechcorpus.cli import cli
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Job
from speechcorpus.workflows.examination import examine_house, examine_machine
from speechcorpus.workflows.upkeep import note_upkeep


def test_a_missing_package_is_told_with_the_command_that_brings_it():
    lines = [str(line) for line in examine_machine(lambda module: module not in ("obstore", "psycopg"))]
    assert "lacks  extra s3 is absent: pip install 'speechcorpus[s3]', for --blobs s3://…" in lines
    assert not [line for line in lines if line.startswith("fault")]


def test_a_house_that_was_left_alone_is_told_what_it_lacks(store, now):
    with store.catalogue.write() as session:
        job = session.get_one(Job, enqueue(session, "draw_item", {}, now=now))
        job.state = "dead"
        enqueue(session, "draw_item", {}, now=now)
    seen = list(examine_house(store, now=now + timedelta(hours=1)))
    lacking = [line.what for line in seen if line.standing == "lacks"]
    assert "1 jobs wait, the oldest for 3600 s" in lacking
    assert "1 jobs were given up" in lacking
    assert {"there was no backup yet", "there was no scrub yet"} <= set(lacking)
    with store.catalogue.write() as session:
        note_upkeep(session, "backup", {}, now=now)
    again = [line.what for line in examine_house(store, now=now + timedelta(hours=1))]
    assert "last backup 2026-03-02 08:30 UTC" in again


@pytest.mark.parametrize(("harm", "said"), [("open", "for its owner alone"), ("gone", "belongs to")])
def test_a_key_that_others_can_read_or_that_is_gone_is_a_fault(sqlite_store, now, harm, said):
    sqlite_store.receipt_key()
    folder = sqlite_store.data_dir / "keys"
    (folder / "receipt-keys.json").write_text("{}")
    assert not [line for line in examine_house(sqlite_store, now=now) if line.standing == "fault"]
    if harm == "open":
        (folder / "receipt.pem").chmod(0o644)
    else:
        (folder / "receipt.pem").unlink()
    faults = [line.what for line in examine_house(sqlite_store, now=now) if line.standing == "fault"]
    assert len(faults) == 1
    assert said in faults[0]
    result = CliRunner().invoke(cli, ["doctor", "--data", str(sqlite_store.data_dir), "--json"])
    assert result.exit_code == 1
    assert {json.loads(line)["standing"] for line in result.stdout.splitlines()} >= {"ok", "fault"}
