"""The words in Latin letters on a page: parts joined by hyphens, and which of them are romanised Taigi."""

# ruff: noqa: RUF001 - this file names figures that look alike

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import regex

from speechcorpus.transcribe.characters import MOJIBAKE
from speechcorpus.transcribe.digits import TONE_FIGURE
from speechcorpus.transcribe.page import Page
from speechcorpus.transcribe.romanisation import Syllable, meant_syllable
from speechcorpus.transcribe.unicode_rules import composed

DASHES = "\u2010-\u2015\uff0d"  # typed for a hyphen
_LATIN = regex.compile(r"\p{Latin}")
_FIGURE = "[0-9０-９]"
_LETTERS = (
    r"\p{Latin}(?:[\p{Latin}\p{M}\u02c8\u02ca\u02cb]"
    rf"|['\u2019](?=\p{{Latin}})|{_FIGURE}(?=\p{{Latin}}))*+"
)
_PART = rf"{_LETTERS}(?:{TONE_FIGURE})?+"
_PARTS = regex.compile(_PART)
_WORD = {
    "hanji": regex.compile(rf"{_PART}(?:--?{_PART})*+"),
    "latin": regex.compile(rf"{_PART}(?:[-{DASHES}]{{1,2}}{_PART})*+"),
}
_GARBLED = regex.compile(MOJIBAKE)
_SIGN = regex.compile("[\u02c8\u02ca\u02cb'\u2019]")
_TONED = regex.compile(r"[0-9\p{M}ⁿ]")
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF10, 0xFF1A)}


@dataclass(frozen=True, kw_only=True)
class Part:
    """What stands between two hyphens, as a span of `Page.solid`."""

    start: int
    end: int
    text: str  # composed, letters and figures narrow

    @cached_property
    def sign(self) -> str:
        """The sign that was typed for a tone mark, if one was."""
        found = _SIGN.search(self.text)
        return found.group() if found else ""

    @cached_property
    def syllable(self) -> Syllable | None:
        """The syllable that this is, a sign read as the tone mark that was meant."""
        return meant_syllable(self.text)

    @cached_property
    def shows_a_tone(self) -> bool:
        """Whether it can be told from a word of another language."""
        if self.sign and self.syllable:
            return True
        return _TONED.search(unicodedata.normalize("NFD", self.text)) is not None


@dataclass(frozen=True, kw_only=True)
class Word:
    """Parts joined by hyphens or by dashes typed for them."""

    text: str  # composed
    parts: tuple[Part, ...]

    @property
    def start(self) -> int:
        return self.parts[0].start

    @property
    def end(self) -> int:
        return self.parts[-1].end

    @cached_property
    def is_possible(self) -> bool:
        """Whether every part is a syllable of Taigi."""
        return all(part.syllable is not None for part in self.parts)

    @cached_property
    def shows_a_tone(self) -> bool:
        return any(part.shows_a_tone for part in self.parts)


def latin_words(page: Page) -> Iterator[Word]:
    """Every word in Latin letters, in order."""
    if not page.is_odd or not _LATIN.search(page.plain):
        return
    text, origin = composed(page.plain)
    text = _GARBLED.sub(lambda found: " " * len(found.group()), text)  # no letters, whatever it looks like
    for found in _WORD["hanji" if page.profile.orthography == "hanji" else "latin"].finditer(text):
        parts = tuple(
            Part(start=origin[part.start()], end=origin[part.end()], text=part.group().translate(_NARROW))
            for part in _PARTS.finditer(text, found.start(), found.end())
        )
        yield Word(text=found.group(), parts=parts)
