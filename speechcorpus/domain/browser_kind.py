"""The kind of browser somebody comes with, in two words of closed lists; nothing else is kept of it."""

import re
from dataclasses import dataclass
from typing import Final, Literal, Self, cast, get_args

Family = Literal["Chrome", "Edge", "Firefox", "Safari", "other"]
System = Literal["Windows", "macOS", "Linux", "Android", "iOS", "ChromeOS", "other"]
READ: Final = 512  # characters of what a browser says: real ones say less

# the same words, in the same order, as `capture/identity.ts` has them for microphones
_SYSTEMS: Final[tuple[tuple[str, System], ...]] = (  # an Android phone says Linux too, an iPhone Mac OS X
    (r"iPhone|iPad|iPod", "iOS"),
    (r"Android", "Android"),
    (r"CrOS", "ChromeOS"),
    (r"Windows", "Windows"),
    (r"Macintosh", "macOS"),
    (r"Linux|X11", "Linux"),
)
_FAMILIES: Final[tuple[tuple[str, Family], ...]] = (  # nearly all of them say Chrome and Safari as well
    (r"OPR/|OPT/|SamsungBrowser/|Vivaldi/|YaBrowser/|UCBrowser/|DuckDuckGo/", "other"),
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Version/.*Safari/", "Safari"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserKind:
    """A family of browsers on a family of systems; no version, no model, nothing of anybody's own."""

    family: Family
    system: System

    def __post_init__(self) -> None:
        if self.family not in get_args(Family) or self.system not in get_args(System):
            raise ValueError("no such kind of browser")

    @property
    def word(self) -> str:
        """Return it as it is kept.

        >>> BrowserKind(family="Chrome", system="Android").word
        'Chrome/Android'
        """
        return f"{self.family}/{self.system}"

    @classmethod
    def of_word(cls, word: str) -> Self:
        """Read what `word` wrote; ValueError for anything else.

        >>> BrowserKind.of_word("Safari/iOS").system
        'iOS'
        """
        family, _, system = word.partition("/")
        return cls(family=cast(Family, family), system=cast(System, system))


def browser_kind(agent: str) -> BrowserKind:
    """Return the kind of browser that says this of itself in `User-Agent`.

    A browser may say what it likes, so nothing rests on it but what its owner is shown. An iPad that asks for
    desktop pages is taken for a Mac.

    Examples
    --------
    >>> browser_kind("Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0").word
    'Firefox/Android'
    >>> browser_kind("curl/8.14.1").word
    'other/other'
    """
    said = agent[:READ]
    system: System = next((word for pattern, word in _SYSTEMS if re.search(pattern, said)), "other")
    family: Family = next((word for pattern, word in _FAMILIES if re.search(pattern, said)), "other")
    return BrowserKind(family=family, system=system)
