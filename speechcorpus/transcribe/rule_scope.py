"""Which rules have anything to say about texts of a profile: by variety, script and orthography."""

from collections.abc import Mapping
from functools import lru_cache

from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe.rulebook import RULES

PROFILES = ("nan-TW Hant", "nan-TW Hans", "nan-CN Hant", "nan-CN Hans", "cmn-TW Hant", "cmn-TW Hans")
# Which variety and script a rule speaks of, in the order of PROFILES; a rule without a row speaks of all.
MATRIX: Mapping[str, str] = {
    "HAN-SIMP": "x-x-x-",
    "HAN-TRAD": "-x-x-x",
    "HAN-VAR": "x---x-",
    "HAN-MOE": "xx----",
    "WRD-CMN": "xxxx--",
    "WRD-NAN": "----xx",
    "TL-NUM": "xxxx--",
    "TL-POJ": "xxxx--",
    "TL-SYL": "xxxx--",
    "TL-MARK": "xxxx--",
    "TL-HYPH": "xxxx--",
    "TL-ALIGN": "xxxx--",
}
_OF_HAN = ("HAN-", "WRD-", "LAT-")  # a tier in Latin letters has neither characters nor foreign words in them
_OF_LATIN = "TL-"  # only where a tier is spelt in Tâi-lô or POJ


def applies(rule: str, profile: TranscriptProfile) -> bool:
    """Whether a rule has anything to say about texts of this profile.

    Examples
    --------
    >>> applies("HAN-SIMP", TranscriptProfile(variety="nan-TW", script="Hans"))
    False
    """
    return rule in rules_of(profile)


@lru_cache(maxsize=64)
def rules_of(profile: TranscriptProfile) -> frozenset[str]:
    """All rules that apply to a profile."""
    column = PROFILES.index(f"{profile.variety} {profile.script}")
    return frozenset(
        rule
        for rule in RULES
        if MATRIX.get(rule, "x" * len(PROFILES))[column] == "x" and _has_tier(rule, profile)
    )


def _has_tier(rule: str, profile: TranscriptProfile) -> bool:
    if rule.startswith(_OF_HAN):
        return profile.has_han and not (rule == "LAT-TL" and profile.orthography == "hanlo")
    if rule.startswith(_OF_LATIN):
        return profile.orthography != "hanji" or profile.reading_tier != "none"
    return True
