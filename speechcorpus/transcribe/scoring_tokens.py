"""What the metrics count: characters, Tâi-lô syllables, words of a mixed text."""

import unicodedata
from functools import lru_cache

import regex

from speechcorpus.transcribe.characters import BLANK_SET
from speechcorpus.transcribe.romanisation import LONGEST

_CHARACTER = regex.compile(rf"\p{{Han}}|[^{BLANK_SET}]\p{{M}}*+", regex.V1)
_WORD = regex.compile(rf"\p{{Han}}|[^\p{{Han}}{BLANK_SET}]++", regex.V1)
# U+2010 to U+2015 and U+FF0D are typed for a hyphen; none of them belongs to a syllable.
_SYLLABLE = regex.compile(
    rf"\p{{Han}}|\p{{Latin}}[\p{{Latin}}\p{{M}}]*+[0-9]?|[^\-\u2010-\u2015\uff0d{BLANK_SET}]\p{{M}}*+",
    regex.V1,
)
_TONE = regex.compile("[\u0300-\u0302\u0304\u0306\u030b-\u030d]|[0-9]$")


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

    Examples
    --------
    >>> written_syllables("Tâi-uân--ê lâng")
    ('Tâi', 'uân', 'ê', 'lâng')
    """
    return tuple(_SYLLABLE.findall(text))


def syllables(text: str) -> tuple[str, ...]:
    """Each syllable in Tâi-lô with its tone mark, from Tâi-lô or POJ, marks or tone digits; lower case.

    Examples
    --------
    >>> syllables("Góa sī Tâi-oân-lâng") == syllables("gua2 si7 tai5-uan5-lang5")
    True
    """
    return tuple(_tailo(syllable) for syllable in written_syllables(text.casefold()))


def toneless(syllable: str) -> str:
    """A syllable without its tone mark or digit.

    Examples
    --------
    >>> toneless("tsi̍t"), toneless("gua2"), toneless("ho͘")
    ('tsit', 'gua', 'ho͘')
    """
    bare = _TONE.sub("", unicodedata.normalize("NFD", syllable))
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=10_000)  # 2,210 toned syllables occur in running Taigi
def _tailo(syllable: str) -> str:
    if len(syllable) > LONGEST or not regex.match(r"\p{Latin}", syllable):
        return syllable
    from kesi import Ku  # only romanised text needs it

    return unicodedata.normalize("NFC", Ku(syllable).TL().hanlo)
