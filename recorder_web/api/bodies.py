"""What a request says: JSON of the restricted kind, and the headers of a chunk."""

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import cast

from flask import request

from recorder_web.settings import CHUNK_CAP_BYTES
from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.errors import SittingError, SpeechCorpusError
from speechcorpus.domain.marks import has_stacked_marks

SHA256_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):\s*(?:,|$)")  # RFC 9530, section 2
STACKED = "too many marks stand on one letter"
WHOLE = re.compile(r"[0-9]{1,15}\Z")


def json_body() -> Mapping[str, object]:
    """Return the JSON object of this request, its text NFC.

    Raises
    ------
    SittingError : `request.wrong-type`, `request.json`, `request.field`
    SpeechCorpusError : `canonical.*` for a float, a key that stands twice and the like
    """
    document = _document(lambda text: parse_json(unicodedata.normalize("NFC", text)))
    if not isinstance(document, Mapping):
        raise SittingError("request.field", "the body is no object", field="body")
    return cast(Mapping[str, object], document)


def written_body() -> Mapping[str, object]:
    """Return the JSON object of this request, its text exactly as it was written.

    For the words of a person, which are checked as given: NFC, halves of characters and the like are then
    for the rules of transcripts to find, not for the form of a request.

    Raises
    ------
    SittingError : `request.wrong-type`, `request.json`, `request.field`
    """
    document = _document(_read_as_written)
    if not isinstance(document, Mapping):
        raise SittingError("request.field", "the body is no object", field="body")
    return cast(Mapping[str, object], document)


def _read_as_written(text: str) -> object:
    return json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_number)


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    if any(isinstance(value, str) and has_stacked_marks(value) for _, value in pairs):
        raise ValueError(STACKED)
    return dict(pairs)


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _document(read: Callable[[str], object]) -> object:
    if request.mimetype != "application/json":
        raise SittingError("request.wrong-type", "the body is JSON", type=request.mimetype[:60])
    try:
        text = request.get_data().decode()
        if has_stacked_marks(text):
            raise ValueError(STACKED)
        return read(text)
    except UnicodeDecodeError as error:
        raise SittingError("request.json", "the body is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise SittingError("request.json", str(error)) from error
    except SpeechCorpusError as error:
        if error.code != "canonical.unreadable":
            raise
        raise SittingError("request.json", str(error)) from error


def chunk_length() -> int:
    """Return the announced length of a raw body.

    Raises
    ------
    SittingError : `request.wrong-type` (415), `request.length-required` (411), `request.too-large` (413)
    """
    if request.mimetype != "application/octet-stream":
        raise SittingError("request.wrong-type", "a chunk is raw PCM", type=request.mimetype[:60])
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise SittingError("request.wrong-type", "a chunk is sent as it is", encoding=True)
    length = request.content_length
    if length is None or not request.headers.get("Content-Length"):
        raise SittingError("request.length-required", "a chunk says how long it is")
    if length > CHUNK_CAP_BYTES:
        raise SittingError(
            "request.too-large", "a chunk has up to 4 MiB", bytes=length, limit=CHUNK_CAP_BYTES
        )
    return length


def raw_body(length: int) -> bytes:
    """Return what came of the body, up to the announced length; the workflow counts it."""
    # not request.stream: it answers a cut body with an error of its own, before anybody has counted
    return cast(bytes, request.environ["wsgi.input"].read(length))


def content_digest() -> str:
    """Return the SHA-256 of `Content-Digest` in hexadecimal digits.

    Raises
    ------
    SittingError : `chunk.hash` if there is none, or none that can be read
    """
    found = SHA256_DIGEST.search(request.headers.get("Content-Digest", ""))
    try:
        digest = base64.b64decode(found.group(1), validate=True) if found else b""
    except binascii.Error:
        digest = b""
    if len(digest) != 32:
        raise SittingError("chunk.hash", "a chunk carries its SHA-256 in Content-Digest", header=False)
    return digest.hex()


def header_count(name: str) -> int:
    """Return a header that is a whole number.

    Raises
    ------
    SittingError : `chunk.length` if it is missing or no whole number
    """
    value = request.headers.get(name, "")
    if not WHOLE.match(value):
        raise SittingError("chunk.length", f"{name} is a whole number", header=name)
    return int(value)
