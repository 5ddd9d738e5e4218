"""What taking back a consent means: for which items, until when, and what it never touches."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

Scope = Literal["all", "purpose", "item"]
Effect = Literal["sound", "review", "release"]

EVERYTHING: frozenset[Effect] = frozenset(("sound", "review", "release"))
EFFECTS: Mapping[str, frozenset[Effect]] = MappingProxyType(
    {
        "record": EVERYTHING,
        "human_review": frozenset(("review",)),
        "release": frozenset(("release",)),
        "voice_synthesis": frozenset(),
        "contact": frozenset(),
    }
)
SERVED_NO_MORE = timedelta(seconds=60)
OUT_OF_RELEASES = timedelta(hours=72)
ERASED_AFTER = timedelta(days=30)
BLEED_DB = -20.0  # a partner heard below this in the other track is not in it


def effects_of(scope: Scope, purpose: str | None = None) -> frozenset[Effect]:
    """Return what may no longer be done with the items of a withdrawal.

    Examples
    --------
    >>> sorted(effects_of("all")), sorted(effects_of("purpose", "release")), effects_of("purpose", "contact")
    (['release', 'review', 'sound'], ['release'], frozenset())
    """
    return EFFECTS[purpose or ""] if scope == "purpose" else EVERYTHING


def erased_at(scope: Scope, purpose: str | None, withdrawn_at: datetime) -> datetime | None:
    """Return when the sound is erased; None where only its use ends.

    Examples
    --------
    >>> erased_at("item", None, datetime(2026, 3, 1)), erased_at("purpose", "release", datetime(2026, 3, 1))
    (datetime.datetime(2026, 3, 31, 0, 0), None)
    """
    return withdrawn_at + ERASED_AFTER if "sound" in effects_of(scope, purpose) else None


def goes_with_the_other(*, mixed: bool, bleed_db: float | None) -> bool:
    """Say whether a partner's item of a dialogue goes when the other person withdraws.

    Every mixed track does; a track of the partner's own stays where the other is heard in it at -20 dB or
    less beside the partner. What was not measured goes.

    Parameters
    ----------
    mixed : one device, one track for both
    bleed_db : level of the other voice re the own one

    Examples
    --------
    >>> goes_with_the_other(mixed=True, bleed_db=None), goes_with_the_other(mixed=False, bleed_db=-24.0)
    (True, False)
    >>> goes_with_the_other(mixed=False, bleed_db=-12.0), goes_with_the_other(mixed=False, bleed_db=None)
    (True, True)
    """
    return mixed or bleed_db is None or bleed_db > BLEED_DB
