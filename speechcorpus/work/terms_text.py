"""Terms as the TOML a manager writes: what was published can be taken up again and changed."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal

from speechcorpus.domain.canonical import decimal_text
from speechcorpus.domain.terms import BandTerms, Terms

BARE = re.compile(r"[A-Za-z0-9_-]+")


def terms_toml(terms: Terms) -> str:
    """Return a terms file that `work.terms_file.parse_terms` reads as these very terms, comments aside."""
    return "\n".join(_file(terms)) + "\n"


def _file(terms: Terms) -> Iterator[str]:
    yield f"schema = {_value(terms.schema)}"
    for field in fields(terms):
        if field.name == "schema":
            continue
        yield ""
        yield f"[{field.name}]"
        yield from _table(getattr(terms, field.name))


def _table(value: object) -> Iterator[str]:
    if isinstance(value, tuple):
        pairs: Mapping[str, object] = {band.name: band for band in value}
    elif isinstance(value, Mapping):
        pairs = value
    else:
        pairs = _pairs(value)
    for name, inner in pairs.items():
        yield f"{_key(name)} = {_value(inner)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # TOML takes JSON's escapes
    if isinstance(value, tuple):
        return f"[{', '.join(_value(inner) for inner in value)}]"
    if isinstance(value, Mapping) or is_dataclass(value):
        pairs = value if isinstance(value, Mapping) else _pairs(value)
        inside = ", ".join(f"{_key(name)} = {_value(inner)}" for name, inner in pairs.items())
        return f"{{ {inside} }}" if inside else "{}"
    return str(value)


def _pairs(value: object) -> Mapping[str, object]:
    """Return the keys of a table as the file names them."""
    if isinstance(value, BandTerms):
        limits = {"from": value.low, "to": value.high, "min_snr_db": value.min_snr_db}
        given = {name: limit for name, limit in limits.items() if limit is not None}
        return {**given, "severity": value.severity} if value.severity else given
    said = {field.name: getattr(value, field.name) for field in fields(value)}  # type: ignore[arg-type]
    return {name: inner for name, inner in said.items() if inner is not None}


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)
