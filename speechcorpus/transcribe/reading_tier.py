"""The reading of a transcript as a text of its own: which of its rules are broken where."""

from dataclasses import replace

from speechcorpus.domain.transcript import TranscriptProfile, Violation
from speechcorpus.transcribe.check import check
from speechcorpus.transcribe.reading_rules import is_partial
from speechcorpus.transcribe.tables import Tables


def check_reading(reading: str, profile: TranscriptProfile, tables: Tables) -> tuple[Violation, ...]:
    """Return every TL violation of a reading; spans lie in the reading.

    Only the spelling is judged: readings are published with many kinds of marks. A reading that lacks some
    syllables, and one of Mandarin, is not judged at all. Whether it is as long as its text, `check` says of
    the text (TL-ALIGN).

    Raises
    ------
    TranscriptError : as `check`

    Examples
    --------
    >>> tables = Tables(version="", to_traditional={}, to_simplified={}, simplified_exempt={})
    >>> found = check_reading("tai5-uan5 lâng. ", TranscriptProfile(variety="nan-TW"), tables)
    >>> [(v.rule, v.found, v.replacement) for v in found]
    [('TL-NUM', 'tai5-uan5', 'tâi-uân')]
    """
    if is_partial(reading) or profile.variety == "cmn-TW":
        return ()
    tier = reading_profile(profile)
    return tuple(v for v in check(reading, tier, tables) if v.rule.startswith("TL-"))


def reading_profile(profile: TranscriptProfile) -> TranscriptProfile:
    """The profile of the reading beside a text: Tâi-lô, whatever the text is written in.

    Examples
    --------
    >>> reading_profile(TranscriptProfile(variety="nan-TW", reading_tier="required")).orthography
    'tailo'
    """
    return replace(profile, orthography="tailo", reading_tier="none")
