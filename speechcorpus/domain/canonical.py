"""One byte form for one value: what is hashed, signed and compared.

RFC 8785 (JSON Canonicalization Scheme) restricted to what every language prints alike: ASCII keys, NFC
strings, integers below 2^53, booleans, null, lists, objects. A float printed by another language must not
change a hash, so measured values travel as decimal strings (`decimal_text`).
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.domain.marks import has_stacked_marks

LARGEST_INTEGER = 2**53 - 1  # RFC 8785, section 3.2.2.3: beyond it a reader in JavaScript loses digits


def canonical_json(value: object) -> bytes:
    """Return the one UTF-8 byte string that stands for this value.

    Raises
    ------
    SpeechCorpusError : `canonical.float`, `canonical.key`, `canonical.integer`, `canonical.not-nfc`,
        `canonical.marks`, `canonical.surrogate` or `canonical.type`; the fact `at` says where

    Examples
    --------
    >>> canonical_json({"b": [1, None, True], "a": "台語"}).decode()
    '{"a":"台語","b":[1,null,true]}'
    """
    return json.dumps(
        _checked(value, "$"), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sha256_of(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of this value, 64 hex digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def decimal_text(number: Decimal) -> str:
    """Return the shortest decimal string of a number: no exponent, no trailing zero, no minus zero.

    Examples
    --------
    >>> decimal_text(Decimal("40.0")), decimal_text(Decimal("1E+3")), decimal_text(Decimal("-0.00"))
    ('40', '1000', '0')
    """
    if not number.is_finite():
        raise _refused("canonical.not-finite", f"{number} is no number to keep", "$")
    text = format(number, "f")  # not normalize(): it rounds to the context's 28 digits
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if number else "0"


def decimal_of(number: float) -> Decimal:
    """Return the decimal that a float prints as, so 0.1 is 0.1 and never its binary neighbour.

    Examples
    --------
    >>> decimal_of(0.1) + decimal_of(0.2)
    Decimal('0.3')
    """
    return Decimal(repr(float(number)))


def parse_json(text: str | bytes) -> object:
    """Return the value of a JSON document of the restricted kind; duplicate keys are refused.

    Raises
    ------
    SpeechCorpusError : `canonical.unreadable`, `canonical.duplicate-key` or any code of `canonical_json`
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_without_duplicates, parse_float=_no_float, parse_constant=_no_float
        )
    except (ValueError, RecursionError) as error:
        raise SpeechCorpusError("canonical.unreadable", f"this is no JSON: {error}") from error
    return _checked(value, "$")


def _checked(value: object, at: str) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _checked_integer(int(value), at)
    if isinstance(value, str):
        return _checked_string(str(value), at)
    if isinstance(value, Mapping):
        return {_checked_key(k, at): _checked(v, f"{at}.{k}") for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(v, f"{at}[{i}]") for i, v in enumerate(value)]
    if isinstance(value, float):
        raise _refused("canonical.float", f"{value!r} at {at} is a float; keep it as a decimal string", at)
    raise _refused("canonical.type", f"a {type(value).__name__} at {at} has no canonical form", at)


def _checked_integer(value: int, at: str) -> int:
    if abs(value) > LARGEST_INTEGER:
        raise _refused("canonical.integer", f"the integer at {at} is beyond 2^53", at)
    return value


def _checked_string(value: str, at: str) -> str:
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise _refused("canonical.surrogate", f"the text at {at} holds half a character", at)
    if has_stacked_marks(value):
        raise _refused("canonical.marks", f"the text at {at} stacks too many marks on one letter", at)
    if not unicodedata.is_normalized("NFC", value):
        raise _refused("canonical.not-nfc", f"the text at {at} is not NFC", at)
    return value


def _checked_key(key: object, at: str) -> str:
    if not isinstance(key, str) or not key.isascii():
        raise _refused("canonical.key", f"the key {key!r} at {at} is not an ASCII string", at)
    return key


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [k for k, _ in pairs]
        twice = next(k for k in keys if keys.count(k) > 1)
        raise _refused("canonical.duplicate-key", f"the key {twice!r} stands twice", twice)
    return found


def _no_float(text: str) -> NoReturn:
    raise _refused("canonical.float", f"{text} is a float; it belongs into a decimal string", text)


def _refused(code: str, sentence: str, at: str) -> SpeechCorpusError:
    return SpeechCorpusError(code, sentence, at=at)
