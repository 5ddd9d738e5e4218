"""Which syllable of a reading belongs to which character of its text."""

import unicodedata
from functools import lru_cache
from itertools import groupby

import regex

from speechcorpus.transcribe.scoring_tokens import syllables

LATIN_SYLLABLE = r"\p{Latin}[\p{Latin}\p{M}]*+[0-9]?"
_TOKEN = regex.compile(rf"\p{{Han}}|{LATIN_SYLLABLE}|[^\p{{Han}}\p{{Latin}}\s]")
_SPOKEN = regex.compile(rf"\p{{Han}}|{LATIN_SYLLABLE}")
_HAN = regex.compile(r"\p{Han}")


def aligned(text: str, reading: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return the characters of a text with their syllables, in runs that no mark interrupts.

    A character that the reading leaves as it is, and a word in Latin letters, end a run as well. Where the
    counts differ, or a word of the text is not in its place in the reading, nothing is sure: no run at all.

    Examples
    --------
    >>> aligned("食飽，未？", "Tsia̍h-pá, buē?")
    ((('食', 'tsia̍h'), ('飽', 'pá')), (('未', 'buē'),))
    >>> aligned("天光矣", "天 kng 矣"), aligned("毋知", "m̄-tsai-iánn")
    (((('光', 'kng'),),), ())
    """
    tokens = _TOKEN.findall(unicodedata.normalize("NFC", text))
    said = _SPOKEN.findall(unicodedata.normalize("NFC", reading))
    spoken = [token for token in tokens if _SPOKEN.fullmatch(token)]
    if len(said) != len(spoken) or not all(map(_may_stand_for, said, spoken)):
        return ()
    voices = iter(said)
    pairs = [_pair(token, next(voices)) if _SPOKEN.fullmatch(token) else None for token in tokens]
    return tuple(
        tuple(pair for pair in run if pair is not None)
        for is_pair, run in groupby(pairs, key=lambda pair: pair is not None)
        if is_pair
    )


@lru_cache(maxsize=10_000)
def tailo_of(syllable: str) -> str:
    """Return one written syllable in Tâi-lô with its tone mark, small letters.

    Examples
    --------
    >>> tailo_of("Oân"), tailo_of("gi2")
    ('uân', 'gí')
    """
    return syllables(unicodedata.normalize("NFC", syllable))[0]


def _may_stand_for(said: str, token: str) -> bool:
    """Whether a piece of a reading can be what is read for a piece of a text."""
    if _HAN.fullmatch(token):
        return said == token or not _HAN.fullmatch(said)
    return said.casefold() == token.casefold()


def _pair(token: str, said: str) -> tuple[str, str] | None:
    return None if _HAN.fullmatch(said) or not _HAN.fullmatch(token) else (token, tailo_of(said))
