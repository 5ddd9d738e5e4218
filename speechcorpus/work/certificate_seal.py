"""The seal of a certificate's PDF: a last line that signs every byte before it.

The document inside proves what is true; the seal proves that nothing else was printed around it.
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.work.certificate import SCHEMA, CertificateCheck, verify_certificate
from speechcorpus.work.keys import key_id, to_base64url
from speechcorpus.work.signed import is_signed

MARK = b"%speechcorpus-certificate-pdf/1 "  # a comment: readers of PDF pass over it
SAID = b"speechcorpus-certificate-pdf/1\n"
PDF = b"%PDF-"
_DOCUMENT = f'"schema":"{SCHEMA}"'.encode()


def sealed(pdf: bytes, private_key: Ed25519PrivateKey) -> bytes:
    """Return the file with its seal."""
    signature = to_base64url(private_key.sign(SAID + pdf))
    return pdf + MARK + f"{key_id(private_key.public_key())} {signature}\n".encode()


def verify_sealed(file: bytes, public_keys: Sequence[Ed25519PublicKey]) -> CertificateCheck:
    """Return whether a PDF is a certificate as it was issued, byte for byte, and true.

    Raises
    ------
    SpeechCorpusError : `certificate.unreadable` for a PDF without a seal or without the document inside
    """
    pdf, mark, seal = file.rpartition(MARK)
    words = seal.decode("ascii", "replace").removesuffix("\n").split(" ")
    if not mark or len(words) != 2:
        raise SpeechCorpusError("certificate.unreadable", "this PDF carries no seal of a certificate")
    check = verify_certificate(_attached(pdf), public_keys)
    if not check.valid:
        return check
    key = next((key for key in public_keys if key_id(key) == words[0]), None)
    whole = key is not None and seal.endswith(b"\n") and is_signed(SAID + pdf, words[1], key)
    if not whole or check.certificate is None or check.certificate.key_id != words[0]:
        why = "the document inside is true, but the file around it was changed"
        return CertificateCheck(certificate=check.certificate, fault="signature", why=why)
    return check


def _attached(pdf: bytes) -> bytes:
    """Return the document that lies in the file as it is: a canonical line between `stream` and its end."""
    at = pdf.find(_DOCUMENT)
    start, end = pdf.rfind(b"\n", 0, at) + 1, pdf.find(b"\n", at)
    if at < 0 or end < 0:
        raise SpeechCorpusError("certificate.unreadable", "this PDF holds no certificate")
    return pdf[start:end]
