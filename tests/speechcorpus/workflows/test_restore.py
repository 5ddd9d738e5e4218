"""A restored house is checked by every rule before it serves, and says by name what is not whole."""

import json
import os
import shutil
from stat import S_IMODE

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from speechcorpus.cli import cli
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, StoreError
from speechcorpus.store.models import Blob, Chunk, ClaimPartner, Contributor, LoginSession, Receipt, Take
from speechcorpus.store.store import open_store
from speechcorpus.workflows.backing_up import Wanted, back_up
from speechcorpus.workflows.backup_layout import DOCUMENT
from speechcorpus.workflows.checkup import Fault, check_store
from speechcorpus.workflows.download_tokens import create_token, downloader_of, revoke_token, tokens_of
from speechcorpus.workflows.partners import agree_to_partner
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.restoring import Origin, drill, restore
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor, invite_staff, signed_in
from speechcorpus.workflows.tombstones import NAME
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.dialogue import pair
from tests.rig.authenticator import by_key, by_link, keyed
from tests.rig.postgres import _binaries
from tests.stage import PURPOSES, keep_consent_text, set_stage, voice
from tests.withdrawing import kept

PASSPHRASE = "goa ai kong Tai-gi"


@pytest.fixture
def mine(store, now):
    """Recorded and handed-in items, and a take that is being sent."""
    keep_consent_text(store)
    mine = kept(set_stage(store, now))
    mine.stage.recorder(task=1).record(voice(6, seed=9), prompt="p2")
    return mine


@pytest.fixture
def new_database(request, store, monkeypatch):
    """An empty database of the same kind as the store's."""
    if store.catalogue.is_sqlite:
        return None
    monkeypatch.setenv("PATH", str(_binaries()), prepend=":")  # pg_dump, pg_restore
    server = request.getfixturevalue("postgres_server")
    server.run("DROP DATABASE IF EXISTS restored")
    server.run("CREATE DATABASE restored")
    return server.url("restored")


def counts(store):
    with store.catalogue.read() as session:
        return [
            session.scalar(select(func.count()).select_from(each)) for each in (Take, Chunk, Blob, Receipt)
        ]


def test_everything_comes_back_and_every_rule_holds(mine, now, tmp_path, new_database):
    store, wanted = mine.stage.store, Wanted(passphrase=PASSPHRASE)
    back_up(store, tmp_path / "b", wanted, now=now)
    origin = Origin(backup=tmp_path / "b", passphrase=PASSPHRASE)
    restored = restore(origin, tmp_path / "new", new_database, now=now)
    assert (restored.faults, restored.keys) == ((), True)
    again = open_store(tmp_path / "new", new_database)
    assert counts(again) == counts(store)
    assert again.blobs.read(mine.master(mine.accepted)) == store.blobs.read(mine.master(mine.accepted))
    assert again.receipt_key().public_key() == store.receipt_key().public_key()
    assert check_store(again) == ()
    again.catalogue.close()


@pytest.mark.parametrize("harm", ["blob", "chunk", "catalogue", "log", "receipt"])
def test_every_fault_of_a_backup_is_named(sqlite_store, now, tmp_path, harm):
    keep_consent_text(sqlite_store)
    mine = kept(set_stage(sqlite_store, now))
    take = mine.stage.recorder(task=1).record(voice(6, seed=9), prompt="p2")
    if harm == "receipt":
        with sqlite_store.catalogue.read() as session:
            receipt = session.scalars(select(Receipt).order_by(Receipt.id)).first()
        other = receipt.document.replace('"currency"', '"curency"')
        _past_the_guards(sqlite_store, update(Receipt).where(Receipt.id == receipt.id).values(document=other))
    back_up(sqlite_store, backup := tmp_path / "b", Wanted(), now=now)
    master = mine.master(mine.accepted)
    if harm == "catalogue":
        _change(backup / "catalogue.sqlite")
        with pytest.raises(StoreError, match="take another backup") as refused:
            drill(Origin(backup=backup), None, now=now)
        assert refused.value.code == "backup.damaged"
        return
    expected = {
        "blob": [("backup.rotten", f"blob:{master}"), ("blob.missing", f"blob:{master}")],
        "chunk": [("backup.rotten", f"take:{take.id}/0"), ("chunk.missing", f"take:{take.id}/0")],
        "log": [("backup.audit", "audit:1")],
        "receipt": [("receipt.false", f"receipt:{receipt.id}")] if harm == "receipt" else [],
    }[harm]
    if harm == "blob":
        _change(backup / "blobs" / master[:2] / master[2:4] / master)
    if harm == "chunk":
        _change(next((backup / "incoming" / take.id).glob("0.*")))
    if harm == "log":
        said = json.loads((backup / DOCUMENT).read_text())
        (backup / DOCUMENT).write_text(json.dumps({**said, "audit_seq": 1}))
    restored = drill(Origin(backup=backup), None, now=now)
    assert [(fault.rule, fault.object) for fault in restored.faults] == expected
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".drill")) == []


def test_what_was_withdrawn_since_stays_withdrawn_and_staff_sign_in_anew(sqlite_store, now, tmp_path):
    keep_consent_text(sqlite_store)
    mine, store = kept(set_stage(sqlite_store, now)), sqlite_store
    staff = Actor(role="operator", id=create_staff(store, name="O", role="operator", now=now))
    for token in (invite_staff(store, staff.id, now=now), invite_contributor(store, mine.actor.id, now=now)):
        exchange_invite(store, token, now=now)
    back_up(store, tmp_path / "b", Wanted(), now=now)
    withdraw(store, mine.actor, Asked(scope="all"), now=mine.stage.later)
    shutil.copy(store.data_dir / NAME, tmp_path / "apart.jsonl")
    origin = Origin(backup=tmp_path / "b", tombstones=tmp_path / "apart.jsonl")
    restored = restore(origin, tmp_path / "new", None, now=mine.stage.later)
    assert (restored.faults, restored.forgotten, restored.keys) == ((), 1, False)
    again = open_store(tmp_path / "new")
    with again.catalogue.read() as session:
        assert session.get_one(Contributor, mine.actor.id).state == "withdrawn"
        live = session.scalars(select(LoginSession.staff_id).where(LoginSession.revoked_at.is_(None))).all()
        assert [each for each in live if each] == []
    with pytest.raises(StoreError, match="put it back from its own copy") as refused:
        again.receipt_key()
    assert refused.value.code == "key.lost"
    again.catalogue.close()


@pytest.mark.either_database
def test_no_link_and_no_token_that_was_ended_since_lives_again(store, now, tmp_path, new_database):
    stage, operator = set_stage(store, now), create_staff(store, name="O", role="operator", now=now)
    engineer = Actor(role="ml", id=create_staff(store, name="E", role="ml", now=now))
    person, signed = stage.contributor(), invite_contributor(store, stage.contributor().id, now=now)
    signed = exchange_invite(store, signed, now=now)
    links = [invite_staff(store, operator, now=now), invite_contributor(store, person.id, now=now)]
    device = keyed(store, by_link(store, engineer.id, now), now)
    token = create_token(store, engineer, "taigi", now=now)
    two, other = pair(stage), stage.recorder(task=1)
    invited, taken = two.invite(), ClaimPartner(id="taken", claim_id=other.claim, token_sha256="0" * 64)
    taken.devices, taken.invited_at, taken.agreed_at, taken.contributor_id = "one", now, now, two.partner.id
    with store.catalogue.write() as session:
        session.add(taken)
    back_up(store, tmp_path / "b", Wanted(), now=now)
    revoke_token(store, engineer, tokens_of(store, engineer, now=now)[0].id, now=now)
    exchange_invite(store, links[1], now=now)
    two.invite()  # which ends the one before
    restore(Origin(backup=tmp_path / "b"), tmp_path / "new", new_database, now=stage.later)
    again = open_store(tmp_path / "new", new_database)
    for link in links:
        with pytest.raises(AccessError, match="the invite link is too old"):
            exchange_invite(again, link, now=stage.later)
    with pytest.raises(AccessError, match="no such invitation"):
        agree_to_partner(again, two.partner, invited, purposes=PURPOSES, language="zh-Hant", now=stage.later)
    with again.catalogue.read() as session:
        ended = {row.id: row.ended_by for row in session.scalars(select(ClaimPartner))}
        assert (len(ended), ended.pop("taken"), *ended.values()) == (2, None, "restore")
    with pytest.raises(AccessError, match="nobody here has this passkey"):
        by_key(again, device, stage.later)
    assert by_link(again, engineer.id, stage.later).factor == "link"  # as on the first day
    with pytest.raises(AccessError, match="this download token is over"):
        downloader_of(again, token, "taigi", now=stage.later)
    assert signed_in(again, signed.session_token, now=stage.later).actor.role == "contributor"
    again.catalogue.close()


def test_a_text_of_consent_that_rotted_is_named_by_the_backup_and_what_is_made_of_it(
    sqlite_store, now, tmp_path
):
    text_sha256, stage = keep_consent_text(sqlite_store), set_stage(sqlite_store, now)
    stage.contributor()
    path = sqlite_store.blobs.path_of(text_sha256)
    _change(path)
    for folder, rule in (("b1", "blob.rotten"), ("b2", "blob.missing")):
        facts = back_up(sqlite_store, tmp_path / folder, Wanted(), now=now)
        assert facts.faults == (f"{rule} blob:{text_sha256}",)
        found = drill(Origin(backup=tmp_path / folder), None, now=now).faults
        about = f"blob:{text_sha256}"
        assert found == (Fault(rule=f"backup.{rule}", object=about), Fault(rule="blob.missing", object=about))
        path.unlink(missing_ok=True)


def test_what_is_made_is_for_its_owner_and_group_alone(sqlite_store, now, tmp_path):
    back_up(sqlite_store, tmp_path / "b", Wanted(), now=now)
    before = os.umask(0o022)
    try:
        restore(Origin(backup=tmp_path / "b"), tmp_path / "new", None, now=now)
        assert S_IMODE((tmp_path / "new").stat().st_mode) == 0o750
        assert S_IMODE((tmp_path / "new/catalogue.sqlite").stat().st_mode) == 0o640
    finally:
        os.umask(before)


def test_nothing_that_is_there_is_written_over(sqlite_store, now, tmp_path):
    back_up(sqlite_store, tmp_path / "b", Wanted(), now=now)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a file").touch()
    origin = Origin(backup=tmp_path / "b")
    with pytest.raises(StoreError, match="is not empty: restore into a new folder"):
        restore(origin, tmp_path / "new", None, now=now)
    with pytest.raises(StoreError, match="this backup is of sqlite: leave --database out"):
        restore(origin, tmp_path / "other", "postgresql://nowhere/at-all", now=now)
    with pytest.raises(StoreError, match="is no whole backup"):
        restore(Origin(backup=tmp_path / "new"), tmp_path / "other", None, now=now)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a file"]


def test_the_drill_is_one_command_and_leaves_nothing_behind(sqlite_store, now, tmp_path):
    back_up(sqlite_store, tmp_path / "b", Wanted(), now=now)
    before = sorted(path.name for path in tmp_path.iterdir())
    result = CliRunner().invoke(cli, ["restore", str(tmp_path / "b"), "--check"])
    assert (result.exit_code, result.output.splitlines()[-1]) == (
        0,
        "0 faults; the drill has been cleared away",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert CliRunner().invoke(cli, ["restore", str(tmp_path / "b")]).exit_code == 2


def _change(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


def _past_the_guards(store, statement):
    from sqlalchemy import text

    with store.catalogue.write() as session:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'receipt'"
        for name in session.scalars(text(triggers)).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(statement)
