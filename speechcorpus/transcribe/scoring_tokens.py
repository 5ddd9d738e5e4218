"""What the metrics count: characters, Tâi-lô syllables, words of a mixed text."""

import unicodedata
from functools import lru_cache

import regex

from speechcorpus.transcribe.characters import BLANK_SET
from speechcorpus.transcribe.romanisation import LONGEST, meant_syllable

_CHARACTER = regex.compile(rf"\p{{Han}}|[^{BLANK_SET}]\p{{M}}*+", regex.V1)
_WORD = regex.compile(rf"\p{{Han}}|[^\p{{Han}}{BLANK_SET}]++", regex.V1)
_SIGNS = "\u02c8\u02ca\u02cb'\u2019"  # typed for a tone mark
# U+2010 to U+2015 and U+FF0D are typed for a hyphen; none of them belongs to a syllable.
_OTHER = rf"[^\-\u2010-\u2015\uff0d{BLANK_SET}]\p{{M}}*+"
_SYLLABLE = regex.compile(rf"\p{{Han}}|\p{{Latin}}[\p{{Latin}}\p{{M}}]*+[0-9]?|{_OTHER}", regex.V1)
# An apostrophe behind a syllable is a quotation mark.
_SIGNED = regex.compile(
    r"\p{Han}|\p{Latin}(?:[\p{Latin}\p{M}\u02c8\u02ca\u02cb]|['\u2019](?=\p{Latin}))*+[0-9]?"
    rf"|{_OTHER}",
    regex.V1,
)
_SIGN = regex.compile(f"[{_SIGNS}]")
_TONE = regex.compile(rf"[\u0300-\u0302\u0304\u0306\u030b-\u030d]|(?<=[\p{{Latin}}\p{{M}}])[{_SIGNS}]|[0-9]$")


def characters(text: str) -> tuple[str, ...]:
    """Each Han code point, and elsewhere each letter with its marks; no blanks.

    Examples
    --------
    >>> characters("𪜶 OK，o̍")
    ('𪜶', 'O', 'K', '，', 'o̍')
    """
    return tuple(_CHARACTER.findall(text))


def words(text: str) -> tuple[str, ...]:
    """Each Han code point, and each run of other characters between blanks.

    Examples
    --------
    >>> words("我用facebook live")
    ('我', '用', 'facebook', 'live')
    """
    return tuple(_WORD.findall(text))


def written_syllables(text: str) -> tuple[str, ...]:
    """Each syllable of a romanised text as it is written; a Han character is one syllable.

    A sign that was typed for a tone mark belongs to its syllable, if with that mark it is one.

    Examples
    --------
    >>> written_syllables("Tâi-uân--ê lâng"), written_syllables("tsi't don't")
    (('Tâi', 'uân', 'ê', 'lâng'), ("tsi't", 'don', "'", 't'))
    """
    return tuple(syllable for piece in _SIGNED.findall(text) for syllable in _without_signs(piece))


def syllables(text: str) -> tuple[str, ...]:
    """Each syllable in Tâi-lô with its tone mark, from Tâi-lô or POJ, marks or tone digits; lower case.

    Examples
    --------
    >>> syllables("Góa sī Tâi-oân-lâng") == syllables("gua2 si7 tai5-uan5-lang5")
    True
    """
    return tuple(_tailo(syllable) for syllable in written_syllables(text.casefold()))


def toneless(syllable: str) -> str:
    """A syllable without its tone mark or digit, or the sign that was typed for the mark.

    Examples
    --------
    >>> toneless("tsi̍t"), toneless("gua2"), toneless("ho͘"), toneless("tsi't")
    ('tsit', 'gua', 'ho͘', 'tsit')
    """
    bare = _TONE.sub("", unicodedata.normalize("NFD", syllable))
    return unicodedata.normalize("NFC", bare)


def _without_signs(piece: str) -> tuple[str, ...]:
    if not _SIGN.search(piece) or meant_syllable(piece):
        return (piece,)
    return tuple(_SYLLABLE.findall(piece))


@lru_cache(maxsize=10_000)  # 2,210 toned syllables occur in running Taigi
def _tailo(syllable: str) -> str:
    if len(syllable) > LONGEST or not regex.match(r"\p{Latin}", syllable):
        return syllable
    if _SIGN.search(syllable) and (meant := meant_syllable(syllable)):
        return unicodedata.normalize("NFC", meant.tailo)
    from kesi import Ku  # only romanised text needs it

    return unicodedata.normalize("NFC", Ku(syllable).TL().hanlo)
