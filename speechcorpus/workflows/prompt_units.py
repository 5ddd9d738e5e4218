"""What is spoken in a prompt: Tâi-lô syllables with their tone, or for Mandarin the Han characters."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from unicodedata import normalize

import regex

from speechcorpus.domain.errors import StoreError
from speechcorpus.transcribe.romanisation import meant_syllable
from speechcorpus.transcribe.scoring_tokens import written_syllables

Estimate = Callable[[str], str]
HAN = regex.compile(r"\p{Han}")


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
    """Return the Tâi-lô syllables of a reading, in small letters, the tone as a mark; other words are none.

    The reading may be Tâi-lô or POJ, with marks or digits; the metrics count the same form.

    Examples
    --------
    >>> syllables("Tâi-uân ê ATM, tai5-oan5.")
    ('tâi', 'uân', 'ê', 'tâi', 'uân')
    """
    found = map(meant_syllable, written_syllables(reading))
    return tuple(normalize("NFC", syllable.tailo) for syllable in found if syllable)


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
