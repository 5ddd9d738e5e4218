"""Characters typed for another one they look like: where they count, and where the repair is certain."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import regex

from speechcorpus.transcribe.characters import FOREIGN_SET, TWINS, beside, is_han
from speechcorpus.transcribe.table_rows import LookAlike

NUMERALS = frozenset("〇零一二三四五六七八九十百千萬億兩廿卅万亿两〸〹〺")
_WORD = regex.compile(rf"[{FOREIGN_SET}\p{{M}}○◯]", regex.V1)  # two circles are a mask
_MARK = regex.compile(r"\p{M}")


class Place(NamedTuple):
    """A look-alike in a text, and whether its neighbours make the repair certain."""

    start: int
    char: str
    row: LookAlike
    is_certain: bool


def look_alike_places(text: str, marks: str, rows: Mapping[str, LookAlike]) -> Iterator[Place]:
    """Each look-alike that counts here; one whose repair is never safe counts between Han and marks only.

    Within a word of its own script it is a letter of that script (ㄅㄧ), beside a circle a mask (○○). A
    blank beside Han or a mark goes away, therefore the neighbour is the next thing that is no blank.
    Numerals of the market (〸) are Han themselves: they come second, beside what the others stand for.
    """
    first = list(_places(text, marks, {char: row for char, row in rows.items() if not is_han(char)}))
    yield from first
    yield from _places(_read(text, first), marks, {char: row for char, row in rows.items() if is_han(char)})


def with_look_alikes_read(text: str, marks: str, rows: Mapping[str, LookAlike]) -> str:
    """The text with every certain look-alike as what it stands for."""
    return _read(text, look_alike_places(text, marks, rows))


def _read(text: str, places: Iterable[Place]) -> str:
    written = {place.start: place.row.written for place in places if place.is_certain}
    return "".join(written.get(index, char) for index, char in enumerate(text)) if written else text


def _places(text: str, marks: str, rows: Mapping[str, LookAlike]) -> Iterator[Place]:
    for found in _among("".join(rows)).finditer(text) if rows else ():
        start, char = found.start(), found.group()
        if not is_han(char) and _is_part_of_a_word(text, start):
            continue
        before, after = beside(text, start)
        row = rows[char]
        numerals = (before in NUMERALS) + (after in NUMERALS)
        in_chinese = _stands_in_chinese(before, after, marks)
        if (row.safe or in_chinese) and (row.neighbours != "numerals" or numerals == 2):
            is_certain = row.safe and in_chinese and (row.neighbours == "han" or numerals > 0)
            yield Place(start, char, row, is_certain)


def _is_part_of_a_word(text: str, index: int) -> bool:
    """Whether a letter of another script, a circle or a mark of its own touches this character."""
    base = index - 1
    while base >= 0 and _MARK.match(text, base):
        base -= 1
    before, after = text[base] if base >= 0 else "", text[index + 1 : index + 2]
    return _WORD.match(before) is not None or _WORD.match(after) is not None


def _stands_in_chinese(before: str, after: str, marks: str) -> bool:
    """Each side Han, a permitted mark (or its half-width twin) or an edge, and at least one of them Han."""
    han = is_han(before), is_han(after)
    return any(han) and all(
        is_one or char in marks or TWINS.get(char, "?!") in marks
        for is_one, char in zip(han, (before, after), strict=True)
    )


@lru_cache(maxsize=8)
def _among(chars: str) -> "regex.Pattern[str]":
    return regex.compile(f"[{regex.escape(chars, special_only=True)}]")
