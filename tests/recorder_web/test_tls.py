"""Certificates for the local network: renewed by themselves, and harmless everywhere else."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from stat import S_IMODE

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from recorder_web.certificates import fingerprint
from recorder_web.tls import AUTHORITY, AUTHORITY_KEY, LEAF, Certified, keep_certificates
from speechcorpus.domain.errors import StoreError

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
NAMES = ["studio", "studio.local"]
ADDRESSES = [ip_address("192.168.1.5"), ip_address("10.0.0.7")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tls"


def keep(folder: Path, **change: object) -> Certified:
    asked = {"names": NAMES, "addresses": ADDRESSES, "now": NOW, **change}
    return keep_certificates(folder, **asked)  # type: ignore[arg-type]


def test_the_leaf_names_the_machine_and_lasts_as_long_as_browsers_allow(folder: Path) -> None:
    made = keep(folder)
    assert made.names == ["localhost", *NAMES]
    assert made.addresses == [*ADDRESSES, ip_address("127.0.0.1"), ip_address("::1")]
    assert made.leaf.not_valid_after_utc - made.leaf.not_valid_before_utc == timedelta(days=398)
    made.leaf.verify_directly_issued_by(made.authority)


def test_keys_are_for_the_owner_only(folder: Path) -> None:
    keep(folder)
    modes = {path.name: S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {AUTHORITY_KEY: 0o600, AUTHORITY: 0o644, LEAF: 0o600}
    assert S_IMODE(folder.stat().st_mode) == 0o700


def test_what_is_good_is_kept(folder: Path) -> None:
    made = keep(folder)
    assert keep(folder, now=NOW + timedelta(days=366)) == made


def test_it_is_renewed_before_it_ends_and_the_authority_stays(folder: Path) -> None:
    made = keep(folder)
    later = keep(folder, now=NOW + timedelta(days=368))
    assert later.leaf != made.leaf
    assert later.leaf.not_valid_after_utc > made.leaf.not_valid_after_utc
    assert later.authority == made.authority


@pytest.mark.parametrize(
    "change",
    [
        {"addresses": [ip_address("192.168.1.6")]},
        {"addresses": ADDRESSES[::-1]},
        {"names": ["studio.local"]},
        {"names": [*NAMES, "desk.local"]},
        {"now": NOW - timedelta(days=1)},  # the clock was set back: devices would not believe it
    ],
)
def test_another_network_or_name_gets_another_leaf_of_the_same_authority(
    folder: Path, change: dict[str, object]
) -> None:
    made = keep(folder)
    other = keep(folder, **change)
    assert other.leaf != made.leaf
    assert other.authority == made.authority


def test_public_addresses_and_names_learnt_later_are_left_to_real_certificates(folder: Path) -> None:
    keep(folder)
    made = keep(folder, names=["corpus.example"], addresses=[ip_address("93.184.216.34"), *ADDRESSES])
    assert made.names == ["localhost"]
    assert ip_address("93.184.216.34") not in made.addresses


@pytest.mark.parametrize(
    "damage", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_damaged_leaf_is_made_anew(folder: Path, damage: bytes) -> None:
    made = keep(folder)
    (folder / LEAF).write_bytes(damage)
    assert keep(folder).leaf.public_key() != made.leaf.public_key()


def test_a_damaged_authority_is_told_and_never_replaced(folder: Path) -> None:
    keep(folder)
    (folder / AUTHORITY_KEY).write_bytes(b"nonsense")
    with pytest.raises(StoreError, match="put them back from a copy, or move the folder away"):
        keep(folder)
    assert (folder / AUTHORITY_KEY).read_bytes() == b"nonsense"


def test_the_key_of_another_authority_is_told(folder: Path, tmp_path: Path) -> None:
    keep(folder)
    keep(tmp_path / "other")
    (folder / AUTHORITY_KEY).write_bytes((tmp_path / "other" / AUTHORITY_KEY).read_bytes())
    with pytest.raises(StoreError, match="do not belong together"):
        keep(folder)


def test_an_authority_whose_making_was_cut_short_is_finished_with_its_key(folder: Path) -> None:
    made = keep(folder)
    (folder / AUTHORITY).unlink()
    again = keep(folder)
    assert again.authority.public_key() == made.authority.public_key()
    again.leaf.verify_directly_issued_by(again.authority)


def test_an_authority_that_ends_is_followed_by_another(folder: Path) -> None:
    made = keep(folder)
    after = keep(folder, now=NOW + timedelta(days=3640))
    assert after.authority.public_key() != made.authority.public_key()
    after.leaf.verify_directly_issued_by(after.authority)


def test_a_fingerprint_is_written_as_systems_show_it(folder: Path) -> None:
    shown = fingerprint(keep(folder).authority)
    assert len(shown.split(":")) == 32
    assert set(shown) <= set("0123456789ABCDEF:")


def forged(folder: Path, name: str) -> Path:
    """What a thief of the key could make: a certificate for any name."""
    key = load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), None)
    leaf = (folder / LEAF).read_bytes()
    made, own = x509.load_pem_x509_certificate(leaf), load_pem_private_key(leaf, None)
    builder = x509.CertificateBuilder(
        made.issuer,
        made.subject,
        made.public_key(),
        4711,
        made.not_valid_before_utc,
        made.not_valid_after_utc,
    )
    for extension in made.extensions:
        if not isinstance(extension.value, x509.SubjectAlternativeName):
            builder = builder.add_extension(extension.value, critical=extension.critical)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    path = folder / "forged.pem"
    secret = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))  # type: ignore[arg-type]
    return path


def shake(authority: Path, leaf: Path, name: str) -> None:
    """One handshake in memory; raises what the client says to the certificate."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=authority)
    server.load_cert_chain(leaf)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=name)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (asking, answering, asking, answering):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue


def test_whoever_trusts_the_authority_trusts_this_machine_and_no_other_site(folder: Path) -> None:
    keep(folder, now=datetime.now(UTC))
    authority = folder / AUTHORITY
    for name in ("localhost", "studio.local", "192.168.1.5", "127.0.0.1"):
        shake(authority, folder / LEAF, name)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake(authority, folder / LEAF, "desk.local")
    shake(authority, forged(folder, "desk.local"), "desk.local")
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shake(authority, forged(folder, "bank.example"), "bank.example")


def test_an_authority_whose_renewal_was_cut_short_is_finished(folder: Path) -> None:
    made = keep(folder)
    (folder / AUTHORITY).unlink()  # what a renewal takes away first
    other = keep(folder, now=NOW + timedelta(days=3640))
    assert other.authority.public_key() == made.authority.public_key()
    assert other.authority.not_valid_after_utc > made.authority.not_valid_after_utc
