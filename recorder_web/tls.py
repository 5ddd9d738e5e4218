"""The TLS folder of a data folder: an authority that is kept, a leaf that is renewed by itself.

A phone has no microphone without TLS, and nobody certifies a machine at home.
"""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from recorder_web.certificates import Address, alternatives, is_local, may_name, sign_authority, sign_leaf
from speechcorpus.domain.errors import StoreError

RENEW_BEFORE = timedelta(days=30)
LOOPBACK: tuple[Address, ...] = (ip_address("127.0.0.1"), ip_address("::1"))
AUTHORITY_KEY, AUTHORITY, LEAF = "ca.key", "ca.pem", "leaf.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """What the files in a TLS folder say."""

    authority: x509.Certificate
    leaf: x509.Certificate
    leaf_path: Path  # key and certificate, as `ssl.SSLContext.load_cert_chain` reads them

    @property
    def names(self) -> list[str]:
        """The DNS names of the leaf."""
        return list(alternatives(self.leaf).get_values_for_type(x509.DNSName))

    @property
    def addresses(self) -> list[Address]:
        """The IP addresses of the leaf, in the order they were given."""
        found = alternatives(self.leaf).get_values_for_type(x509.IPAddress)
        return [each for each in found if isinstance(each, IPv4Address | IPv6Address)]


def keep_certificates(
    folder: Path, *, names: Sequence[str], addresses: Sequence[Address], now: datetime
) -> Certified:
    """Return valid certificates for these names and addresses, making what is missing, old or other.

    Names and addresses that the authority may not certify (public ones) are left out. The files are
    `ca.key` and `leaf.pem` (with its key), both only for the owner, and `ca.pem`.

    Raises
    ------
    StoreError : `tls.authority`, if the authority's files are damaged or do not belong together
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, authority = _authority(folder, names, now)
    wanted_names = [name for name in dict.fromkeys(["localhost", *names]) if may_name(authority, name)]
    wanted = list(dict.fromkeys([*(each for each in addresses if is_local(each)), *LOOPBACK]))
    known = _known_leaf(folder / LEAF)
    if known is None or not _still_good(known, authority, wanted_names, wanted, now):
        own = generate_private_key(SECP256R1())
        known = sign_leaf(own, key, authority, wanted_names, wanted, now)
        _write(folder / LEAF, _pem(own) + known.public_bytes(Encoding.PEM), 0o600)
    return Certified(authority=authority, leaf=known, leaf_path=folder / LEAF)


def read_certificates(folder: Path) -> Certified:
    """Return what `keep_certificates` wrote."""
    authority = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
    leaf = x509.load_pem_x509_certificate((folder / LEAF).read_bytes())
    return Certified(authority=authority, leaf=leaf, leaf_path=folder / LEAF)


def _authority(
    folder: Path, names: Sequence[str], now: datetime
) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    """Return the authority kept here; make one if there is none yet, or if it ends."""
    key, known = _known_authority(folder)
    if key is not None and known is not None and now + RENEW_BEFORE < known.not_valid_after_utc:
        return key, known
    if (known is None and key is None) or known is not None:
        key = generate_private_key(SECP256R1())
        (folder / AUTHORITY).unlink(missing_ok=True)  # a key alone is finished, a pair that differs is not
        _write(folder / AUTHORITY_KEY, _pem(key), 0o600)
    assert key is not None
    made = sign_authority(key, names, now)
    _write(folder / AUTHORITY, made.public_bytes(Encoding.PEM), 0o644)
    return key, made


def _known_authority(folder: Path) -> tuple[EllipticCurvePrivateKey | None, x509.Certificate | None]:
    paths = folder / AUTHORITY_KEY, folder / AUTHORITY
    try:
        key = load_pem_private_key(paths[0].read_bytes(), None) if paths[0].exists() else None
        known = x509.load_pem_x509_certificate(paths[1].read_bytes()) if paths[1].exists() else None
    except ValueError as error:
        raise _damaged(folder) from error
    if key is not None and not isinstance(key, EllipticCurvePrivateKey):
        raise _damaged(folder)
    if known is not None and (key is None or known.public_key() != key.public_key()):
        raise _damaged(folder)
    return key, known


def _damaged(folder: Path) -> StoreError:
    sentence = (
        f"ca.key and ca.pem in {folder} are damaged or do not belong together: "
        "put them back from a copy, or move the folder away to begin with a new authority"
    )
    return StoreError("tls.authority", sentence)


def _known_leaf(path: Path) -> x509.Certificate | None:
    """Return the leaf kept here; None if there is none, or if it or its key cannot be read."""
    try:
        pem = path.read_bytes()
        leaf, key = x509.load_pem_x509_certificate(pem), load_pem_private_key(pem, None)
    except (OSError, ValueError):
        return None
    return leaf if leaf.public_key() == key.public_key() else None


def _still_good(
    leaf: x509.Certificate,
    authority: x509.Certificate,
    names: Sequence[str],
    addresses: Sequence[Address],
    now: datetime,
) -> bool:
    """Tell whether a leaf is this authority's, for exactly these names and addresses, and lasts a while."""
    try:
        leaf.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    others = alternatives(leaf)
    same = set(others.get_values_for_type(x509.DNSName)) == set(names)
    same = same and others.get_values_for_type(x509.IPAddress) == list(addresses)
    return same and leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - RENEW_BEFORE


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all; nobody sees a key between its making and its mode."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
