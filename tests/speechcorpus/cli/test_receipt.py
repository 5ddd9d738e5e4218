import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from speechcorpus.cli.receipt import command
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.store.store import open_store
from speechcorpus.work.keys import public_pem
from speechcorpus.work.receipts import issue_receipt

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOTHING = (
    "project", "claim", "terms_sha256", "evaluator", "consent_sha256", "amount_minor", "currency", "exponent",
    "ledger_transaction", "pay_due", "audit_head",
)  # fmt: skip
FIELDS = {
    "schema": "speechcorpus-receipt/1",
    "receipt_id": "7c3f8a52-7e0e-4a7e-9a52-3a2c6f9f7b10",
    "kind": "upload",
    "issued_at": "2026-11-22T23:00:00Z",
    "subject": "c-0042",
    "items": [],
    **dict.fromkeys(NOTHING),
}
RECEIPT = issue_receipt(FIELDS, KEY)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "receipt.json").write_bytes(canonical_json(RECEIPT))
    (tmp_path / "false.json").write_bytes(canonical_json({**RECEIPT, "subject": "c-0043"}))
    (tmp_path / "broken.json").write_bytes(b"{")
    (tmp_path / "key.pem").write_text(public_pem(KEY.public_key()), encoding="utf-8")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(command, ["verify", *map(str, arguments)])


def test_a_true_receipt_is_valid(files):
    result = run(files / "receipt.json", "--key", files / "key.pem")
    assert (result.exit_code, result.output) == (0, "valid\n")


def test_a_false_receipt_says_what_is_false(files):
    result = run(files / "false.json", "--key", files / "key.pem", "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["fault"] == "signature"


def test_without_a_trusted_key_nothing_is_proved(files):
    result = run(files / "receipt.json")
    assert result.exit_code == 1
    assert result.output.startswith("false: key unknown")


def test_the_key_that_an_operator_publishes_verifies_the_receipts_of_that_server(files):
    data = files / "data"
    document = issue_receipt({**FIELDS, "kind": "claim"}, open_store(data).receipt_key())
    (files / "ours.json").write_bytes(canonical_json(document))
    published = CliRunner().invoke(command, ["key", "--data", str(data)])
    (files / "ours.pem").write_text(published.output, encoding="utf-8")
    assert run(files / "ours.json", "--key", files / "ours.pem").exit_code == 0
    assert run(files / "ours.json", "--key", files / "key.pem").exit_code == 1


def test_an_unreadable_receipt_exits_with_2_and_one_line(files):
    done = subprocess.run(
        [sys.executable, "-m", "speechcorpus.cli", "receipt", "verify", str(files / "broken.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("canonical.unreadable: ")
    assert done.stderr.count("\n") == 1
