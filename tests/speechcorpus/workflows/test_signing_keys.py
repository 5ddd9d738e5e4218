from datetime import UTC, datetime

from click.testing import CliRunner
from sqlalchemy import select

from speechcorpus.cli.receipt import command
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.store.models import Audit
from speechcorpus.store.receipt_keys import next_key, replace_file
from speechcorpus.work.key_list import with_successor
from speechcorpus.work.keys import key_id, public_pem
from speechcorpus.work.receipts import issue_receipt
from speechcorpus.workflows.signing_keys import LISTED, rotate_signing_key, signing_keys
from tests.speechcorpus.cli.test_receipt import FIELDS

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def name(store):
    return key_id(store.receipt_key().public_key())


def test_a_server_lists_its_only_key(sqlite_store):
    assert [key.key_id for key in signing_keys(sqlite_store).keys] == [name(sqlite_store)]


def test_after_a_rotation_old_and_new_receipts_verify_from_the_first_key_and_the_list(sqlite_store, tmp_path):
    store, data = sqlite_store, str(sqlite_store.data_dir)
    (tmp_path / "first.pem").write_text(public_pem(store.receipt_key().public_key()))
    (tmp_path / "old.json").write_bytes(canonical_json(issue_receipt(FIELDS, store.receipt_key())))
    before = name(store)
    rotated = CliRunner().invoke(command, ["rotate", "--data", data])
    assert rotated.output.strip() == name(store) != before
    (tmp_path / "new.json").write_bytes(canonical_json(issue_receipt(FIELDS, store.receipt_key())))
    (tmp_path / "keys.json").write_text(CliRunner().invoke(command, ["keys", "--data", data]).output)

    def verify(receipt, *trust):
        return CliRunner().invoke(command, ["verify", str(tmp_path / receipt), *trust]).exit_code

    first, listed = str(tmp_path / "first.pem"), str(tmp_path / "keys.json")
    assert verify("old.json", "--key", first) == 0
    assert verify("new.json", "--key", first) == 1
    assert verify("new.json", "--key", first, "--keys", listed) == 0
    assert verify("old.json", "--keys", listed) == 0
    with store.catalogue.read() as session:
        assert session.scalars(select(Audit.action)).all() == ["key.rotated"]


def test_a_rotation_that_broke_off_after_the_list_ends_with_the_same_key(sqlite_store):
    store, folder = sqlite_store, sqlite_store.data_dir / "keys"
    new = next_key(folder).public_key()
    listed = with_successor(signing_keys(store), store.receipt_key(), new, "2026-11-26T00:00:00Z")
    replace_file(folder / LISTED, listed.to_document())
    assert rotate_signing_key(store, now=NOW) == name(store) == key_id(new)
    assert signing_keys(store) == listed
