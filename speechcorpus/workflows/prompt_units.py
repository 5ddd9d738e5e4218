"""What is spoken in a prompt: Tâi-lô syllables with their tone, or for Mandarin the Han characters."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from unicodedata import normalize

import regex

from speechcorpus.domain.errors import StoreError

Estimate = Callable[[str], str]
HAN = regex.compile(r"\p{Han}")
CHUNK = regex.compile(r"[\p{Latin}\p{M}\d]++")
TONED = regex.compile(r"(?P<letters>\D+)(?P<tone>[1-9])")
TONE_MARKS = {2: "\u0301", 3: "\u0300", 5: "\u0302", 6: "\u030c", 7: "\u0304", 8: "\u030d", 9: "\u030b"}
MARKS = regex.compile(f"[{''.join(TONE_MARKS.values())}]")
SHAPE = regex.compile(
    r"(?:ph|p|b|m|tsh|ts|th|t|n|l|kh|k|ng|g|h|s|j)?(?:[aeiou]{1,3}(?:nnh|nn|ng|n|m|p|t|k|h)?|mh?|ngh?)"
)
# where the mark stands: at the first of these that is there
MARKED = ("a", "oo", "e", "o", "iu", "ui", "i", "u", "ng", "m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The units of a prompt, in order; `estimated` if a program guessed them."""

    units: tuple[str, ...]
    estimated: bool = False


def spoken_units(
    variety: str, text: str, reading: str | None, estimate: Estimate | None = None
) -> Spoken | None:
    """Return the units of a prompt, or None if nobody says how it is read.

    A reading with Han characters in it says only part of the sentence: it counts as none.

    Parameters
    ----------
    estimate : returns Tâi-lô for a text; asked only where a Taigi prompt has no whole reading

    Examples
    --------
    >>> spoken_units("nan-TW", "食飽未？", "Tsia̍h-pá--buē？").units
    ('tsia̍h', 'pá', 'buē')
    >>> spoken_units("cmn-TW", "早安，您好。", None).units
    ('早', '安', '您', '好')
    >>> spoken_units("nan-TW", "食飽未？", None) is None
    True
    """
    if variety == "cmn-TW":
        units = tuple(HAN.findall(text))
        return Spoken(units=units) if units else None
    if reading is not None and not HAN.search(reading):
        units = syllables(reading)
        return Spoken(units=units) if units else None
    units = () if estimate is None else syllables(estimate(text))
    return Spoken(units=units, estimated=True) if units else None


def syllables(reading: str) -> tuple[str, ...]:
    """Return the syllables of a Tâi-lô reading, in small letters, the tone as a mark; other words are none.

    Examples
    --------
    >>> syllables("Tâi-uân ê ATM, tai5-uan5.")
    ('tâi', 'uân', 'ê', 'tâi', 'uân')
    """
    found = []
    for chunk in CHUNK.findall(normalize("NFC", reading).casefold()):
        syllable = _with_mark(chunk)
        if SHAPE.fullmatch(MARKS.sub("", normalize("NFD", syllable))):
            found.append(syllable)
    return tuple(found)


def _with_mark(chunk: str) -> str:
    """Write a tone that is given as a digit as a mark; tones 1 and 4 have none."""
    toned = TONED.fullmatch(chunk)
    if toned is None:
        return chunk
    letters, mark = toned["letters"], TONE_MARKS.get(int(toned["tone"]), "")
    nucleus = next((part for part in MARKED if part in letters), None)
    if nucleus is None:
        return chunk
    place = letters.index(nucleus) + (2 if nucleus in ("iu", "ui") else 1)
    return normalize("NFC", letters[:place] + mark + letters[place:])


@cache
def taibun_estimate() -> Estimate:
    """Return the estimate of taibun, an optional package: of its syllables 6.8 % are wrong.

    Raises
    ------
    StoreError : `prompts.missing` without the package
    """
    if importlib.util.find_spec("taibun") is None:
        raise StoreError(
            "prompts.missing",
            "readings are estimated with taibun: pip install 'speechcorpus[prompts]'",
            packages="taibun",
        )
    from taibun import Converter

    converter = Converter(system="Tailo", dialect="south", format="mark", sandhi="none")
    return lambda text: str(converter.get(text))
