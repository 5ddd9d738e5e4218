"""The published tables behind the rules, parsed from their text."""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import TranscriptProfile

SIMPLIFIED, EXEMPT, TRADITIONAL = "simplified_chars.tsv", "simplified_exempt.tsv", "traditional_chars.tsv"
TABLE_NAMES = (SIMPLIFIED, EXEMPT, TRADITIONAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Everything a rule looks up, and the version of the rule book that it makes."""

    version: str  # SHA-256 over names and bytes of all tables
    to_traditional: Mapping[str, tuple[str, ...]]  # 发 → 發 髮; one form only where the fix is safe
    to_simplified: Mapping[str, tuple[str, ...]]
    simplified_exempt: Mapping[str, frozenset[str]]  # by script and variety, "Hant nan-TW" → 个 床 …

    def traditional_forms(self, char: str, profile: TranscriptProfile) -> tuple[str, ...]:
        """The traditional forms of a simplified character that this profile does not allow, else nothing."""
        forms = self.to_traditional.get(char, ())
        if not forms or char in self.simplified_exempt.get(f"{profile.script} {profile.variety}", ()):
            return ()
        return forms


def parse_tables(texts: Mapping[str, str]) -> Tables:
    """Return the tables of these files.

    Parameters
    ----------
    texts : file name → whole text, one for each of `TABLE_NAMES`

    Raises
    ------
    TranscriptError : `transcript.tables`, for a missing file or column or an unknown kind of row
    """
    for name in TABLE_NAMES:
        if name not in texts:
            raise TranscriptError("transcript.tables", f"table {name} is missing", table=name)
    return Tables(
        version=_version(texts),
        to_traditional=dict(_forms(texts, SIMPLIFIED, "traditional")),
        to_simplified=dict(_forms(texts, TRADITIONAL, "simplified")),
        simplified_exempt=_exempt(texts),
    )


def _version(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name in TABLE_NAMES:
        file_sha256 = hashlib.sha256(texts[name].encode()).hexdigest()
        digest.update(f"{file_sha256}  {name}\n".encode())
    return digest.hexdigest()


def _rows(texts: Mapping[str, str], name: str, *columns: str) -> Iterator[tuple[str, ...]]:
    reader = csv.DictReader(
        texts[name].split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE, strict=True, restval=""
    )
    for row in reader:
        try:
            yield tuple(row[column] for column in columns)
        except KeyError as missing:
            raise TranscriptError(
                "transcript.tables", f"table {name} has no column {missing}", table=name
            ) from None


def _forms(texts: Mapping[str, str], name: str, column: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for char, joined, kind in _rows(texts, name, "char", column, "kind"):
        forms = tuple(joined.split(" "))
        if (
            len(char) != 1
            or not all(len(form) == 1 for form in forms)
            or (len(forms) == 1) != (kind == "1to1")
        ):
            raise TranscriptError(
                "transcript.tables", f"table {name}: row {char!r} is not understood", table=name
            )
        yield char, forms


def _exempt(texts: Mapping[str, str]) -> dict[str, frozenset[str]]:
    chars: dict[str, set[str]] = {}
    for char, applies_to in _rows(texts, EXEMPT, "char", "applies_to"):
        script, _, varieties = applies_to.partition(": ")
        for variety in varieties.split():
            chars.setdefault(f"{script} {variety}", set()).add(char)
    return {scope: frozenset(members) for scope, members in chars.items()}
