"""How another device gets in: the address to scan, the fingerprints to compare, the authority to install."""

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Response, render_template

from recorder_web.context import current_settings
from recorder_web.entry import Entry, read_entry
from recorder_web.qr import svg_code
from recorder_web.tls import read_certificates
from speechcorpus.domain.errors import AccessError

STEPS = {"ios": 4, "android": 3, "windows": 3, "macos": 3, "linux": 3}
CERTIFICATE_TYPE = "application/x-x509-ca-cert"  # what makes phones offer to install it


def connect() -> str:
    """Show how a phone or another computer is connected; open to everybody, like the welcome page."""
    entry = current_entry()
    if entry is None:
        raise _not_here()
    return render_template("connect.html", entry=entry, code=svg_code(entry.address), steps=STEPS)


def authority() -> Response:
    """Hand out the authority's certificate: what a device trusts is public."""
    if current_settings().https_port is None:
        raise _not_here()
    certificate = read_certificates(current_settings().tls_dir).authority
    return Response(certificate.public_bytes(Encoding.PEM), content_type=CERTIFICATE_TYPE)


def current_entry() -> Entry | None:
    """Return the way in for other devices; None where the server has none."""
    settings = current_settings()
    return None if settings.https_port is None else read_entry(settings.tls_dir, settings.https_port)


def _not_here() -> AccessError:
    return AccessError("not-found", "this server has no TLS of its own")
