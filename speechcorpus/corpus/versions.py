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


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a version asks of its number, in words: `breaks` a new MAJOR, `adds` a new MINOR."""

    breaks: str | None = None
    adds: str | None = None


def check_follows(version: Version, last: Version | None, needs: Needs) -> None:
    """Raise unless `version` may follow `last` with what it changes.

    Raises
    ------
    ReleaseError : `release.version`, naming the rule and the smallest version that is permitted

    Examples
    --------
    >>> check_follows(parse_version("1.1.0"), parse_version("1.0.3"), Needs(adds="9 clips are added"))
    """
    if last is None:
        return
    smallest = _smallest(last, needs)
    if version < smallest:
        rule = needs.breaks or needs.adds or f"{last} is already there"
        raise ReleaseError(
            "release.version",
            f"{version} cannot follow {last}: {rule}; the smallest permitted version is {smallest}",
            smallest=str(smallest),
        )


def _smallest(last: Version, needs: Needs) -> Version:
    if needs.breaks is not None:
        return Version(major=last.major + 1, minor=0, patch=0)
    if needs.adds is not None:
        return Version(major=last.major, minor=last.minor + 1, patch=0)
    return Version(major=last.major, minor=last.minor, patch=last.patch + 1)
