"""A signature is checked with openssl alone; a key inside a tree proves nothing by itself."""

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from speechcorpus.audio.check import decode_checks
from speechcorpus.cli import cli
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.keys import fingerprint, public_pem, read_private_key, read_public_key
from speechcorpus.publish.signature import check, sign
from speechcorpus.publish.tree import Tree
from speechcorpus.publish.verify import Options, failed, verify
from tests.editions import SIGNING_KEY

KEY, OTHER = SIGNING_KEY, Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32)
OPENSSL = shutil.which("openssl")


@pytest.fixture
def tree(two_versions, tmp_path) -> Path:
    """A tree that nobody has signed, without its audio."""
    without = shutil.ignore_patterns("audio", "parquet", "lhotse", "shar", "webdataset", "nemo")
    return Path(shutil.copytree(two_versions[0], tmp_path / "tree", ignore=without))


def standing(tree, trusted=None):
    return check(Tree(tree), trusted)


def name_a_key(tree, name):
    path = tree / "release.json"
    path.write_text(
        path.read_text("utf-8").replace('"key_fingerprint": null', f'"key_fingerprint": "{name}"')
    )


def test_a_signed_tree_verifies_and_only_a_key_of_ones_own_makes_it_pass(tree):
    sums = (tree / "SHA256SUMS").read_bytes()
    name = sign(tree, KEY)
    outcomes = list(verify(tree, decode_checks, Options(quick=True, consumers=False)))
    assert not failed(outcomes), outcomes
    (said,) = (outcome for outcome in outcomes if outcome.check == "signature")
    assert str(said) == f"NOTICE signature: valid, by a key you have not pinned: {name}"
    assert standing(tree, KEY.public_key())[0] == "PASS"
    assert standing(tree, OTHER.public_key())[0] == "FAIL"
    assert (tree / "SHA256SUMS").read_bytes() == sums
    assert len((tree / "SHA256SUMS.sig").read_bytes()) == 64


def test_an_unsigned_tree_is_a_notice_unless_a_key_was_asked_for(tree):
    assert standing(tree) == ("NOTICE", "not signed")
    assert standing(tree, KEY.public_key()) == ("FAIL", "not signed")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda t: (t / "SHA256SUMS.pem").unlink(), "SHA256SUMS.pem is missing"),
        (lambda t: (t / "SHA256SUMS.sig").unlink(), "SHA256SUMS.sig is missing"),
        (lambda t: (t / "SHA256SUMS.sig").write_bytes(bytes(63)), "is 63 bytes long, not 64"),
        (lambda t: (t / "SHA256SUMS.sig").write_bytes(bytes(64)), "is not the signature of SHA256SUMS"),
        (lambda t: (t / "SHA256SUMS.pem").write_text("a key\n"), "this is no public key"),
        (
            lambda t: (t / "SHA256SUMS.pem").write_bytes(public_pem(OTHER.public_key())),
            "is not the signature",
        ),
        (lambda t: (t / "SHA256SUMS").write_bytes(b"none"), "is not the signature of SHA256SUMS"),
        (lambda t: name_a_key(t, "ab" * 32), "but release.json names abab"),
    ],
)
def test_each_way_to_break_a_signature_is_named(tree, damage, said):
    sign(tree, KEY)
    damage(tree)
    status, detail = standing(tree)
    assert (status, said in detail) == ("FAIL", True), detail


def test_a_tree_made_for_one_key_is_not_signed_by_another(tree):
    name_a_key(tree, fingerprint(KEY.public_key()))
    with pytest.raises(ReleaseError, match=r"release\.json names the key"):
        sign(tree, OTHER)
    assert not (tree / "SHA256SUMS.sig").exists()
    assert sign(tree, KEY) == fingerprint(KEY.public_key())


def test_signing_again_replaces_the_signature_and_a_link_is_never_written_through(tree, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (tree / "SHA256SUMS.sig").symlink_to(outside)
    sign(tree, OTHER)
    sign(tree, KEY)
    assert standing(tree, KEY.public_key())[0] == "PASS"
    assert outside.read_text() == "mine"
    assert not list(tree.glob(".*"))


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
def test_openssl_makes_the_keys_and_checks_the_signature_without_us(tree, tmp_path):
    def openssl(*words):
        return subprocess.run([OPENSSL, *words], cwd=tree, capture_output=True, text=True, check=False)

    pem = tmp_path / "key.pem"
    assert openssl("genpkey", "-algorithm", "ed25519", "-out", str(pem)).returncode == 0
    key = read_private_key(pem.read_bytes())
    sign(tree, key)
    der = subprocess.run(
        [OPENSSL, "pkey", "-pubin", "-in", "SHA256SUMS.pem", "-outform", "DER"],
        cwd=tree,
        capture_output=True,
        check=True,
    ).stdout
    (tmp_path / "key.der").write_bytes(der)
    assert fingerprint(key.public_key()) in openssl("dgst", "-sha256", str(tmp_path / "key.der")).stdout
    words = ("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "SHA256SUMS.pem")
    words += ("-sigfile", "SHA256SUMS.sig", "-in")
    assert "Signature Verified Successfully" in openssl(*words, "SHA256SUMS").stdout
    assert openssl(*words, "VERSION").returncode == 1


def test_the_commands_make_a_key_sign_and_verify_with_it(tree, tmp_path):
    key, public = tmp_path / "key", str(tmp_path / "key.pub")
    made = CliRunner().invoke(cli, ["release", "keygen", str(key)])
    assert made.output == f"key {fingerprint(read_public_key(Path(public).read_bytes()))}\n"
    assert key.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ReleaseError, match="a key is never overwritten"):
        CliRunner().invoke(cli, ["release", "keygen", str(key)], catch_exceptions=False)
    signed = CliRunner().invoke(cli, ["release", "sign", str(tree), "--key", str(key)])
    assert (signed.exit_code, signed.output.startswith("signed by the key ")) == (0, True)
    shown = CliRunner().invoke(cli, ["release", "verify", str(tree), "--quick", "--key", public])
    assert "PASS signature: valid, by the key you gave" in shown.output
    with pytest.raises(ReleaseError, match="no private key that can be read"):
        CliRunner().invoke(cli, ["release", "sign", str(tree), "--key", public], catch_exceptions=False)
