"""A syllable of romanised Taigi: whether it can exist, and how each of the two spellings writes it.

KeSi knows the initials and finals and converts between the spellings. It passes what it does not know through
and accepts impossible pairs of tone and final, therefore everything is validated here first.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import regex

Spelling = Literal["tailo", "poj"]

LONGEST = 12  # tshiaunnh with its tone in parts

MARK_OF_FIGURE = {
    "1": "", "2": "\u0301", "3": "\u0300", "4": "", "5": "\u0302", "6": "\u030c", "7": "\u0304",
    "8": "\u030d", "9": "\u030b",
}  # fmt: skip
# Signs typed for a tone mark. The apostrophe and the vertical line look like the mark of tone 8.
TONE_SIGNS = {
    "\u02c8": "\u030d", "\u02ca": "\u0301", "\u02cb": "\u0300", "'": "\u030d", "\u2019": "\u030d",
}  # fmt: skip
_SIGN = regex.compile(f"[{''.join(TONE_SIGNS)}]")
_TONE_9 = {"tailo": "\u030b", "poj": "\u0306"}
_TONE_8 = "\u030d"
_MARKS = "\u0300-\u0302\u0304\u0306\u030b-\u030d"
_MARK = regex.compile(f"[{_MARKS}]")
_PARTS = regex.compile(rf"(?P<letters>[A-Za-z][A-Za-zⁿ\u0358{_MARKS}]*+)(?P<figure>[0-9]?)")
_OF_OTHER = {
    "tailo": regex.compile("ch|o[ae]|o\u0358|ⁿ"),
    "poj": regex.compile("ts|u[ae]|oo|(?<=[aeiou])nn|ing$|ik$"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Syllable:
    """A possible syllable as it was written."""

    letters: str  # without its tone, decomposed, in the case given
    mark: str  # the combining mark of its tone, empty for tones 1 and 4
    figure: str  # the tone digit it was written with, if it was
    tailo: str  # in lower case, decomposed
    poj: str

    def is_of_other(self, spelling: Spelling) -> bool:
        """Whether its letters belong to the other spelling."""
        return _OF_OTHER[spelling].search(self.letters.lower()) is not None

    def written(self, spelling: Spelling) -> str:
        """The syllable in one spelling, its mark in place, in the case given.

        Examples
        --------
        >>> [syllable("Choa5").written(spelling) for spelling in ("tailo", "poj")]
        ['Tsuâ', 'Chôa']
        """
        right = self.tailo if spelling == "tailo" else self.poj
        if _MARK.sub("", right) == self.letters.lower():
            place = _MARK.search(right)
            marked = _marked(self.letters, place.group(), place.start() - 1) if place else self.letters
        elif self.is_of_other(spelling):
            marked = _in_case_of(self.letters, right)
        else:  # letters that neither spelling converts: `eng` in Tâi-lô is a vowel of its own
            mark = _TONE_9[spelling] if self.mark in _TONE_9.values() else self.mark
            marked = _marked(self.letters, mark, _first_vowel(self.letters.lower()))
        return unicodedata.normalize("NFC", marked)


def syllable(written: str) -> Syllable | None:
    """Return what a syllable of Tâi-lô or POJ consists of; None if no syllable is written so.

    Finals p t k h take tones 4 and 8 only, and no other final takes those.

    Examples
    --------
    >>> syllable("uan5").written("tailo")
    'uân'
    >>> [syllable(written) for written in ("tît", "kap5", "tai8", "xin")]
    [None, None, None, None]
    """
    return _known(written) if len(written) <= LONGEST else None


def meant_syllable(written: str) -> Syllable | None:
    """Return the syllable that was meant: a sign that was typed for its tone mark is read as that mark.

    Examples
    --------
    >>> [meant_syllable(written).written("tailo") for written in ("tai\u02ca", "tsi't", "uan5")]
    ['tái', 'tsi̍t', 'uân']
    >>> meant_syllable("don't") is None
    True
    """
    sign = _SIGN.search(written)
    if sign is None:
        return syllable(written)
    return syllable(written[: sign.start()] + TONE_SIGNS[sign.group()] + written[sign.end() :])


@lru_cache(maxsize=10_000)  # 2,210 toned syllables occur in running Taigi
def _known(written: str) -> Syllable | None:
    parts = _PARTS.fullmatch(unicodedata.normalize("NFD", written))
    if parts is None:
        return None
    figure, marks = parts["figure"], _MARK.findall(parts["letters"])
    if len(marks) + len(figure) > 1 or figure == "0":
        return None
    letters = _MARK.sub("", parts["letters"])
    mark = MARK_OF_FIGURE[figure] if figure else "".join(marks)
    spelt = _spellings(letters.lower(), mark)
    if spelt is None or not _is_possible(spelt[0], mark, figure):
        return None
    return Syllable(letters=letters, mark=mark, figure=figure, tailo=spelt[0], poj=spelt[1])


def _spellings(letters: str, mark: str) -> tuple[str, str] | None:
    from kesi import Ku, kam_haphuat  # only romanised text needs it

    known = letters.replace("hⁿ", "ⁿh")  # some write the sign of a nasal after its h
    if not kam_haphuat(known):
        return None
    ku = Ku(unicodedata.normalize("NFC", _marked(known, mark, _first_vowel(known))))
    tailo, poj = (unicodedata.normalize("NFD", spelt.hanlo) for spelt in (ku.TL(), ku.POJ()))
    return tailo, poj


def _is_possible(tailo: str, mark: str, figure: str) -> bool:
    """Whether this final takes this tone; without a mark tone 1 and tone 4 look the same."""
    if _MARK.sub("", tailo)[-1] in "ptkh":
        return mark in ("", _TONE_8) and figure != "1"
    return mark != _TONE_8 and figure != "4"


def _first_vowel(letters: str) -> int:
    return next((letters.index(vowel) for vowel in "aoeiunm" if vowel in letters), 0)


def _marked(letters: str, mark: str, place: int) -> str:
    return letters[: place + 1] + mark + letters[place + 1 :]


def _in_case_of(letters: str, lower: str) -> str:
    if letters.isupper() and sum(map(str.isalpha, letters)) > 1:  # O͘ at the head of a word is Oo
        return lower.upper()
    return lower[0].upper() + lower[1:] if letters[0].isupper() else lower
