"""Rows of the rule tables as values, and the reading of a table's text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import Script

Neighbours = Literal["han", "numeral", "numerals"]
Tier = Literal["A", "B"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """What a character is typed for, and what must stand beside it.

    `neighbours` is `han` where each side must be Han, a permitted mark or an edge, one of them Han; `numeral`
    where one side must be a Han numeral as well; `numerals` where it counts between two of them only.
    """

    written: str
    safe: bool
    neighbours: Neighbours


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The form that Taiwan writes, and whether the repair needs no ear."""

    written: str
    safe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filler:
    """How a misspelt filler is written; it counts `alone` between marks, else wherever a clause starts."""

    written: str
    alone: bool
    script: Script | None  # None: in both


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingRow:
    """One piece of Mandarin wording, what Taigi says for it, and the longer words in which it is right."""

    tier: Tier
    mandarin: str
    taigi: tuple[str, ...]
    skip_inside: tuple[str, ...]

    def folded(self, one_form: Mapping[int, str]) -> "WordingRow":
        """The row in another script, character by character, without a way out that is the word itself."""
        mandarin = self.mandarin.translate(one_form)
        taigi, skip = (
            tuple(word.translate(one_form) for word in words) for words in (self.taigi, self.skip_inside)
        )
        others = tuple(word for word in taigi if word != mandarin)
        return WordingRow(tier=self.tier, mandarin=mandarin, taigi=others, skip_inside=skip)


def rows_of(texts: Mapping[str, str], name: str, *columns: str) -> Iterator[tuple[str, ...]]:
    """These columns of every row of one table.

    Raises
    ------
    TranscriptError : `transcript.tables`, for a column that is not there
    """
    header, *lines = [line.split("\t") for line in texts[name].split("\n") if line] or [list(columns)]
    for column in columns:
        if column not in header:
            raise TranscriptError("transcript.tables", f"table {name} has no column {column!r}", table=name)
    places = [header.index(column) for column in columns]
    for line in lines:
        yield tuple(line[place] if place < len(line) else "" for place in places)


def not_understood(name: str, row: str) -> TranscriptError:
    """The error for a row that means nothing to us."""
    return TranscriptError("transcript.tables", f"table {name}: row {row!r} is not understood", table=name)


def forms(texts: Mapping[str, str], name: str, column: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Characters with the forms they stand for, the likeliest first."""
    for char, joined, kind in rows_of(texts, name, "char", column, "kind"):
        written = tuple(joined.split(" "))
        if (
            len(char) != 1
            or {len(form) for form in written} != {1}
            or (len(written) == 1) != (kind == "1to1")
        ):
            raise not_understood(name, char)
        yield char, written


def exempt_characters(texts: Mapping[str, str], name: str) -> dict[str, frozenset[str]]:
    """Characters that a script and variety write correctly, by `Hant nan-TW` and the like."""
    chars: dict[str, set[str]] = {}
    for char, applies_to in rows_of(texts, name, "char", "applies_to"):
        script, _, varieties = applies_to.partition(": ")
        for variety in varieties.split():
            chars.setdefault(f"{script} {variety}", set()).add(char)
    return {scope: frozenset(members) for scope, members in chars.items()}


_NEIGHBOURS: Mapping[str, Neighbours] = {
    "between Han": "han",
    "safe beside a Han numeral": "numeral",
    "between two Han numerals only": "numerals",
}


def look_alikes(texts: Mapping[str, str], name: str) -> Iterator[tuple[str, LookAlike]]:
    """Characters typed for another one."""
    for char, target, fix, context in rows_of(texts, name, "char", "target", "fix", "context"):
        kinds = [kind for words, kind in _NEIGHBOURS.items() if context.startswith(words)]
        if len(char) != 1 or len(target) != 1 or fix not in ("safe", "ask") or len(kinds) != 1:
            raise not_understood(name, char)
        yield char, LookAlike(written=target, safe=fix == "safe", neighbours=kinds[0])


def variants(texts: Mapping[str, str], derived: str, by_hand: str) -> Iterator[tuple[str, Variant]]:
    """Forms that Taiwan does not write, those of the derived table and those decided by hand."""
    for char, written in rows_of(texts, derived, "char", "taiwan"):
        if len(char) != 1 or len(written) != 1:
            raise not_understood(derived, char)
        yield char, Variant(written=written, safe=True)
    for char, written, fix, action in rows_of(texts, by_hand, "char", "taiwan", "fix", "action"):
        if action not in ("map", "keep") or (action == "map" and (len(char), len(written)) != (1, 1)):
            raise not_understood(by_hand, char)
        if action == "map":
            yield char, Variant(written=written, safe=fix == "safe")


def fillers(texts: Mapping[str, str], name: str, status: str) -> Iterator[tuple[str, str, Filler]]:
    """Variety, form and right spelling of each filler with this status (`accepted` ones as they are)."""
    columns = ("variety", "status", "form", "replacement", "note")
    for variety, found, form, written, note in rows_of(texts, name, *columns):
        alone, starts = "only when it stands alone" in note, "anywhere a clause starts" in note
        if found not in ("accepted", "misspelling") or (found == "misspelling" and alone == starts):
            raise not_understood(name, form)
        if found == status:
            script: Script | None = "Hans" if note.startswith("script Hans") else None
            yield variety, form, Filler(written=written or form, alone=alone, script=script)


def wording_rows(texts: Mapping[str, str], name: str) -> Iterator[WordingRow]:
    """The Mandarin wording, in the order of the table."""
    for tier, mandarin, taigi, skip in rows_of(texts, name, "tier", "mandarin", "taigi", "skip_inside"):
        if tier not in ("A", "B") or not mandarin or not taigi:
            raise not_understood(name, mandarin)
        skipped = tuple(skip.split("/")) if skip else ()
        yield WordingRow(
            tier="A" if tier == "A" else "B",
            mandarin=mandarin,
            taigi=tuple(taigi.split("/")),
            skip_inside=skipped,
        )
