"""Certificates for the local network: an authority that can stand for nothing else, and what it signs.

The authority's certificate permits local names and private addresses only, so that a device that trusts it
risks nothing elsewhere, even if the key is stolen.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Address = IPv4Address | IPv6Address

AUTHORITY_DAYS = 3650
LEAF_DAYS = 398  # the longest that browsers take
SLOW_CLOCKS = timedelta(hours=1)  # a device whose clock is behind still finds the certificate valid
LOCAL_NETWORKS = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",  # shared address space, RFC 6598: private overlay networks
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
LOCAL_DOMAINS = ("localhost", "local", "lan", "home.arpa", "internal")


def sign_authority(key: EllipticCurvePrivateKey, names: Sequence[str], now: datetime) -> x509.Certificate:
    """Return the certificate of an authority that may certify these names, local domains and networks."""
    subject = _subject(f"speechcorpus at {names[0] if names else 'this machine'}")
    domains = dict.fromkeys([*LOCAL_DOMAINS, *names])
    permitted = [*map(x509.DNSName, domains), *map(x509.IPAddress, LOCAL_NETWORKS)]
    usage = _usage(sign=False, certify=True)
    return (
        _builder(subject, subject, key, now, now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )


def sign_leaf(
    key: EllipticCurvePrivateKey,
    authority_key: EllipticCurvePrivateKey,
    authority: x509.Certificate,
    names: Sequence[str],
    addresses: Sequence[Address],
    now: datetime,
) -> x509.Certificate:
    """Return the certificate of a server's key for these names and addresses."""
    start = now - SLOW_CLOCKS
    end = min(start + timedelta(days=LEAF_DAYS), authority.not_valid_after_utc)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    others = [*map(x509.DNSName, names), *map(x509.IPAddress, addresses)]
    return (
        _builder(_subject("speechcorpus"), authority.subject, key, start, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=True, certify=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(others), critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate as systems show it: pairs of capital hex digits with colons."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def is_local(address: Address) -> bool:
    """Tell whether an address lies in a private network.

    Examples
    --------
    >>> [is_local(IPv4Address(text)) for text in ("192.168.1.5", "10.1.2.3", "93.184.216.34")]
    [True, True, False]
    """
    return any(address in network for network in LOCAL_NETWORKS)


def may_name(authority: x509.Certificate, name: str) -> bool:
    """Tell whether an authority may certify a name; one that was made elsewhere may say nothing of names."""
    try:
        constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return True
    permitted = [
        each.value for each in constraints.permitted_subtrees or () if isinstance(each, x509.DNSName)
    ]
    return any(name == domain or name.endswith(f".{domain}") for domain in permitted)


def alternatives(leaf: x509.Certificate) -> x509.SubjectAlternativeName:
    """Return the names and addresses that a certificate is for."""
    return leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _usage(*, sign: bool, certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certify,
        crl_sign=certify,
        encipher_only=False,
        decipher_only=False,
    )
