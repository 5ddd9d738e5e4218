"""Version numbers of a corpus and which number may follow which."""

import re
from dataclasses import dataclass

from speechcorpus.domain.errors import ReleaseError

FORM = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Version:
    """MAJOR: splits drawn anew; MINOR: clips, speakers or columns added; PATCH: corrected or withdrawn."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def parse_version(text: str) -> Version:
    """Return the version a text names.

    Raises
    ------
    ReleaseError : `release.version` when it is not MAJOR.MINOR.PATCH

    Examples
    --------
    >>> parse_version("1.10.0") > parse_version("1.9.3")
    True
    """
    match = FORM.fullmatch(text)
    if match is None:
        raise ReleaseError("release.version", f"a version is MAJOR.MINOR.PATCH, not {text!r}", version=text)
    major, minor, patch = map(int, match.groups())
    return Version(major=major, minor=minor, patch=patch)


def check_follows(version: Version, last: Version | None, *, adds: bool) -> None:
    """Raise unless `version` may follow `last` with what it changes.

    Parameters
    ----------
    adds : whether clips, speakers or columns are added, which a PATCH may not do

    Raises
    ------
    ReleaseError : `release.version`, naming the smallest version that is permitted
    """
    if last is None:
        return
    smallest = Version(major=last.major, minor=last.minor, patch=last.patch + 1)
    if adds:
        smallest = Version(major=last.major, minor=last.minor + 1, patch=0)
    if version < smallest:
        rule = "clips, speakers or columns are added" if adds else f"{last} is already there"
        raise ReleaseError(
            "release.version",
            f"{version} cannot follow {last}: {rule}; the smallest permitted version is {smallest}",
            smallest=str(smallest),
        )
