"""A backup made while people record holds every recording that its catalogue names, and their words."""

import json
import os
import shutil
import threading

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from speechcorpus.cli import cli
from speechcorpus.domain.errors import StoreError
from speechcorpus.store.models import Blob, Chunk
from speechcorpus.store.sealed_keys import seal, unseal
from speechcorpus.workflows.backing_up import Wanted, back_up
from speechcorpus.workflows.backup_layout import DOCUMENT
from speechcorpus.workflows.people import create_contributor
from speechcorpus.workflows.restoring import Origin, drill, restore
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor
from speechcorpus.workflows.upkeep import last_upkeep
from speechcorpus.workflows.worker import utc_now
from tests.rig.server import web_server
from tests.speechcorpus.cli.test_serve import FRAMES, Browser, sound_check
from tests.stage import keep_consent_text, set_stage, voice

PASSPHRASE = "goa ai kong Tai-gi"


@pytest.fixture
def recorded(sqlite_store, now):
    """A store with a text of consent, a finished take and one that is being sent."""
    keep_consent_text(sqlite_store)
    recorder = set_stage(sqlite_store, now).recorder()
    recorder.record(voice(2, seed=1), prompt="p0").finish()
    recorder.record(voice(6, seed=2), prompt="p1")
    return sqlite_store


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_backup_made_while_a_recorder_sends_is_whole(sqlite_store, tmp_path):
    store, now = sqlite_store, utc_now()
    person = create_contributor(store, locale="zh-Hant", now=now)
    signed = exchange_invite(store, invite_contributor(store, person, now=now), now=now)
    acknowledged, stop = [], threading.Event()

    def send() -> None:
        for index in range(100_000):
            if stop.is_set():
                return
            browser.put_chunk(take, index, os.urandom(2 * FRAMES))
            acknowledged.append(index)

    with web_server(store.data_dir) as server:
        browser = Browser(server.address[1], signed)
        take = sound_check(browser)
        sender = threading.Thread(target=send)
        sender.start()
        made = []
        for n in range(2):
            while len(acknowledged) < 4 * (n + 1):
                stop.wait(0.01)
            before = len(acknowledged)
            back_up(store, tmp_path / f"b{n}", Wanted(), now=utc_now())
            made.append((before, tmp_path / f"b{n}", len(acknowledged)))
        stop.set()
        sender.join()
    for before, backup, after in made:
        restored = restore(Origin(backup=backup), tmp_path / f"of-{backup.name}", None, now=utc_now())
        assert restored.faults == ()
        assert before <= restored.facts.chunks <= after + 1
    assert made[0][0] < made[-1][2]


def test_it_holds_what_is_needed_and_no_private_key_in_the_clear(recorded, now, tmp_path):
    facts = back_up(recorded, tmp_path / "b", Wanted(passphrase=PASSPHRASE), now=now)
    assert (facts.blobs, facts.chunks, facts.keys, facts.faults) == (2, 2, "sealed", ())
    held = files(tmp_path / "b")
    assert {"catalogue.sqlite", DOCUMENT, "keys.sealed", "keys/receipt-keys.json"} <= held
    assert not [name for name in held if name.endswith((".pem", "-wal", "-shm", ".token"))]
    opened = unseal((tmp_path / "b" / "keys.sealed").read_bytes(), PASSPHRASE)
    assert opened["receipt.pem"] == (recorded.data_dir / "keys" / "receipt.pem").read_bytes()
    with recorded.catalogue.read() as session:
        assert last_upkeep(session)["backup"].facts["blobs"] == 2


def test_what_an_earlier_backup_holds_is_linked(recorded, now, tmp_path):
    back_up(recorded, tmp_path / "b1", Wanted(), now=now)
    more = recorded.blobs.put_bytes(b"a text of consent that no row names")
    facts = back_up(recorded, tmp_path / "b2", Wanted(earlier=tmp_path / "b1"), now=now)
    assert (facts.blobs, facts.reused) == (3, 2)
    links = {
        path.name: path.stat().st_nlink for path in (tmp_path / "b2" / "blobs").rglob("*") if path.is_file()
    }
    assert links.pop(more) == 1
    assert list(links.values()) == [2, 2]
    shutil.rmtree(tmp_path / "b1")  # each stands alone
    assert drill(Origin(backup=tmp_path / "b2"), None, now=now).faults == ()


def test_what_cannot_be_kept_is_named_and_the_rest_is_there(recorded, now, tmp_path):
    with recorded.catalogue.read() as session:
        sha256 = session.scalars(select(Blob.sha256)).one()
    path = recorded.blobs.path_of(sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with recorded.catalogue.read() as session:
        first = session.scalars(select(Chunk).order_by(Chunk.id.desc())).first()
    recorded.incoming.path_of(first.take_id, first.index, first.sha256).unlink()
    result = CliRunner().invoke(
        cli, ["backup", str(tmp_path / "b"), "--data", str(recorded.data_dir), "--json"]
    )
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert sorted(told["faults"]) == sorted(
        [f"blob.rotten blob:{sha256}", f"chunk.missing take:{first.take_id}/{first.index}"]
    )
    assert (told["blobs"], told["chunks"]) == (1, 1)


def test_a_rotten_file_without_a_row_is_named(recorded, now, tmp_path):
    sha256 = recorded.blobs.put_bytes(b"a text that nobody has agreed to yet")
    path = recorded.blobs.path_of(sha256)
    path.chmod(0o600)
    path.write_bytes(b"a text")
    assert back_up(recorded, tmp_path / "b", Wanted(), now=now).faults == (f"blob.rotten blob:{sha256}",)


@pytest.mark.parametrize("harm", ["cut short", "no document", "no facts", "of a newer kind"])
def test_an_earlier_backup_that_is_none_is_refused(recorded, now, tmp_path, harm):
    back_up(recorded, earlier := tmp_path / "b1", Wanted(), now=now)
    if harm == "cut short":
        earlier = earlier.rename(tmp_path / "b2.partial")  # where the new one would be made
    elif harm == "no document":
        (earlier / DOCUMENT).unlink()
    else:
        (earlier / DOCUMENT).write_text("[]" if harm == "no facts" else '{"format": 2, "faults": []}')
    with pytest.raises(StoreError) as refused:
        back_up(recorded, tmp_path / "b2", Wanted(earlier=earlier), now=now)
    assert refused.value.code == ("backup.format" if harm == "of a newer kind" else "backup.none")
    assert earlier.is_dir()
    assert not (tmp_path / "b2").exists()


def test_a_backup_is_there_whole_or_not_at_all(recorded, now, tmp_path):
    (tmp_path / "b.partial" / "blobs").mkdir(parents=True)  # what a killed one left
    back_up(recorded, tmp_path / "b", Wanted(), now=now)
    assert not (tmp_path / "b.partial").exists()
    with pytest.raises(StoreError, match="is there already"):
        back_up(recorded, tmp_path / "b", Wanted(), now=now)


def test_a_weak_passphrase_and_a_wrong_one_are_refused():
    with pytest.raises(StoreError, match="at least 12 characters"):
        seal({}, "short")
    with pytest.raises(StoreError, match="does not open the keys"):
        unseal(seal({"a": b"b"}, PASSPHRASE), PASSPHRASE + "!")


def test_without_the_tools_of_postgresql_it_says_which_and_where_from(store, now, tmp_path, monkeypatch):
    if store.catalogue.is_sqlite:
        return
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match=r"pg_dump is not here: install .* postgresql-client"):
        back_up(store, tmp_path / "b", Wanted(), now=now)
    assert not (tmp_path / "b").exists()
