"""UNI-CONFUS, UNI-SCRIPT, UNI-SYMBOL: what looks like a character, or is of another kind."""

from collections.abc import Iterator, Mapping

import regex

from speechcorpus.transcribe.characters import DRAWN_PAUSES, FOREIGN_SET, NUMBER_SIGNS, codepoints
from speechcorpus.transcribe.look_alikes import look_alike_places
from speechcorpus.transcribe.page import Hit, Page

_FOREIGN = regex.compile(rf"(?:[{FOREIGN_SET}]\p{{M}}*+)++", regex.V1)
_SIGN = (
    rf"[[\p{{S}}\p{{Cn}}[\p{{L}}&&\p{{Common}}]]--[{NUMBER_SIGNS}{DRAWN_PAUSES}\u2e80-\u2fdf]--{FOREIGN_SET}]"
)
_PICTURE = r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]"
_SYMBOL = regex.compile(
    rf"(?:{_PICTURE}(?:\u200d|\p{{M}})*+)++|{_SIGN}\p{{M}}*+|[{NUMBER_SIGNS}]\p{{M}}++"
    rf"|(?<![\p{{Latin}}\p{{M}}])\p{{M}}++",
    regex.V1,
)
_READINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "の": {"cmn": ("的",), "nan": ("的", "个")},  # written for the possessive on signs in Taiwan
}


def look_alike_characters(page: Page) -> Iterator[Hit]:
    """UNI-CONFUS: a row of the published table; safe only between Han, marks and edges."""
    rows = page.tables.look_alikes
    if not page.is_odd or rows.keys().isdisjoint(page.unmasked):
        return
    for place in look_alike_places(page.unmasked, page.profile.marks, rows):
        yield Hit(
            rule="UNI-CONFUS",
            start=place.start,
            end=place.start + 1,
            fix="safe" if place.is_certain else "ask",
            candidates=(place.row.written,),
            facts={"char": place.char, "found": codepoints(place.char)[0], "written": place.row.written},
        )


def other_scripts(page: Page) -> Iterator[Hit]:
    """UNI-SCRIPT: bopomofo, kana, Hangul, Cyrillic, Greek and the rest, one hit a word."""
    for found in _FOREIGN.finditer(page.solid) if page.is_odd else ():
        word = found.group()
        yield Hit(
            rule="UNI-SCRIPT",
            start=found.start(),
            end=found.end(),
            fix="ask",
            candidates=_READINGS.get(word, {}).get(page.profile.variety[:3], ()),
            facts={"word": word},
        )


def symbols(page: Page) -> Iterator[Hit]:
    """UNI-SYMBOL: a picture, a sign that is no word, or a combining mark on what is no Latin letter."""
    for found in _SYMBOL.finditer(page.solid) if page.is_odd else ():
        facts = {"symbol": found.group()}
        yield Hit(
            rule="UNI-SYMBOL",
            start=found.start(),
            end=found.end(),
            fix="ask",
            candidates=("",),
            facts=facts,
        )
