"""Read a terms file (TOML): all of it is valid, or the first fault is named by key and line."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from speechcorpus.domain.errors import SpeechCorpusError, TermsError
from speechcorpus.domain.plain import PlainFault, from_plain
from speechcorpus.domain.terms import Terms
from speechcorpus.work.terms_rules import WHY, faults

Path = tuple[str, ...]

_TOML_NAMES = {"low": "from", "high": "to"}  # of a band; `from` is a word of Python
_OPTIONAL = ("limits", "clauses")


def parse_terms(toml_text: str) -> Terms:
    """Return the terms that a TOML file promises.

    Raises
    ------
    TermsError : `terms.syntax`, `terms.value` (a key that is unknown, missing or of the wrong kind) or
        `terms.rule` (a promise that may not be made), with the facts `key` and `line`, and for a sentence
        in another language `rule` and the numbers in it
    """
    lines = _line_numbers(toml_text)
    try:
        terms = from_plain(Terms, _normal(_load(toml_text)))
    except PlainFault as fault:
        raise _error("terms.value", fault.path, fault.why, lines, fault.rule, fault.facts) from fault
    for path, rule, facts in faults(terms):
        raise _error("terms.rule", path, WHY[rule].format(**facts), lines, rule, facts)
    return terms


def _load(toml_text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(toml_text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else toml_text.count("\n") + 1
        why = f"line {line}: {error}"
        raise TermsError("terms.syntax", why, key="", line=line, rule="syntax") from error


def _normal(loaded: dict[str, Any]) -> dict[str, Any]:
    """Return the shape of `Terms`: bands as an ordered list with their names, empty tables where left out."""
    document = {**{key: {} for key in _OPTIONAL}, **loaded}
    bands = loaded.get("bands", {})
    if not isinstance(bands, Mapping):
        raise PlainFault(("bands",), "no table", "no-table")
    document["bands"] = [_band(name, band) for name, band in bands.items()]
    return document


def _band(name: str, band: object) -> dict[str, object]:
    if not isinstance(band, Mapping):
        raise PlainFault(("bands", name), "no table", "no-table")
    for key in band:
        if key not in ("from", "to", "min_snr_db", "severity"):
            raise PlainFault(("bands", name, key), "unknown key", "unknown-key")
    if "min_snr_db" not in band:
        raise PlainFault(("bands", name, "min_snr_db"), "missing", "missing")
    return {
        "name": name,
        "low": band.get("from"),
        "high": band.get("to"),
        "min_snr_db": band["min_snr_db"],
        "severity": band.get("severity", {}),
    }


def _error(
    code: str, path: Path, why: str, lines: Mapping[Path, int], rule: str, facts: Mapping[str, str]
) -> SpeechCorpusError:
    shown = _as_written(path, lines)
    line = next((lines[shown[:n]] for n in range(len(shown), -1, -1) if shown[:n] in lines), 1)
    key = ".".join(f'"{part}"' if "." in part else part for part in shown)
    return TermsError(code, f"{key} (line {line}): {why}", key=key, line=line, rule=rule, **facts)


def _as_written(path: Path, lines: Mapping[Path, int]) -> Path:
    """Return the path as the file writes it: `bands.1.low` is `bands.medium.from`."""
    if len(path) < 2 or path[0] != "bands":
        return path
    names = [p[1] for p in lines if len(p) == 2 and p[0] == "bands"]
    name = names[int(path[1])] if path[1].isdigit() and int(path[1]) < len(names) else path[1]
    return ("bands", name, *(_TOML_NAMES.get(part, part) for part in path[2:3]), *path[3:])


def _line_numbers(toml_text: str) -> dict[Path, int]:
    """Return the line of every table header and of every key that begins a line."""
    found: dict[Path, int] = {(): 1}
    table: Path = ()
    for number, line in enumerate(toml_text.splitlines(), start=1):
        if line.lstrip().startswith("["):
            table = _path_of(line) or table
            found.setdefault(table, number)
            continue
        for path in _prefixes(_path_of(line.partition("=")[0] + "= 0")):
            found.setdefault((*table, *path), number)
    return found


def _prefixes(path: Path) -> Iterator[Path]:
    return (path[:n] for n in range(1, len(path) + 1))


def _path_of(line: str) -> Path:
    """Return the path that a header, or a key with a value, makes; () if the line makes none."""
    try:
        inner: object = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(inner, dict) and inner:
        key, inner = next(iter(inner.items()))
        path.append(key)
    return tuple(path)
