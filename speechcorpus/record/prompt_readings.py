"""Readings that stand in brackets after their characters, taken out into a tier of their own."""

from unicodedata import normalize

import regex

from speechcorpus.domain.errors import SittingError

BRACKET = regex.compile(r"[（(]([^（）()]*+)[）)]")
ANY_BRACKET = regex.compile(r"[（）()]")
SYLLABLE = regex.compile(r"[\p{Latin}\p{M}\d·]++")  # · stands below the o of some old spellings
READING = regex.compile(rf"{SYLLABLE.pattern}(?:[ \-]++{SYLLABLE.pattern})*+")
SPOKEN = regex.compile(rf"\p{{Han}}|{SYLLABLE.pattern}")
HAN_AT_END = regex.compile(r"\p{Han}++\Z")


def split_readings(text: str) -> tuple[str, str | None]:
    """Return a sentence without its brackets, and its reading tier: None if there was no bracket.

    A bracket reads as many characters before it as it has syllables. In the tier each syllable stands in
    the place of its character; characters that nobody read aloud stand for themselves, so that the tier
    stays as long as the text and shows what it lacks.

    Raises
    ------
    SittingError : `prompt.form`, for a bracket that holds no reading or stands after too few characters

    Examples
    --------
    >>> split_readings("𪜶（in）兜（tau）")
    ('𪜶兜', 'in tau')
    >>> split_readings("天光（kng）矣。")
    ('天光矣。', '天 kng 矣')
    """
    bare, tier, place = "", list[str](), 0
    for bracket in BRACKET.finditer(text):
        before = text[place : bracket.start()]
        bare += before
        tier += SPOKEN.findall(before)
        _read_aloud(tier, bracket[1], before)
        place = bracket.end()
    rest = text[place:]
    if ANY_BRACKET.search(bare + rest):
        raise SittingError("prompt.form", "has a bracket that is not closed or not opened")
    return bare + rest, " ".join(tier + SPOKEN.findall(rest)) if place else None


def _read_aloud(tier: list[str], inside: str, before: str) -> None:
    """Put the syllables of one bracket in the places of their characters."""
    said = normalize("NFC", inside.strip())
    if not READING.fullmatch(said):
        raise SittingError("prompt.form", f"has a bracket without a reading in Latin letters: {inside!r}")
    syllables = SYLLABLE.findall(said)
    run = HAN_AT_END.search(before)
    if run is None or len(run[0]) < len(syllables):
        why = f"has {len(syllables)} syllables in a bracket after fewer characters: {inside!r}"
        raise SittingError("prompt.form", why)
    tier[len(tier) - len(syllables) :] = syllables
