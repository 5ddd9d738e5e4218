"""A text as the rules read it: without what cannot be seen, and with its marks recognised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import accumulate

import regex

from speechcorpus.domain.transcript import CheckContext, FixClass, TranscriptProfile
from speechcorpus.transcribe.characters import (
    BLANK_SET,
    EMOJI_JOINER,
    HALF_SET,
    INVISIBLE_SET,
    TWINS,
    is_han,
)
from speechcorpus.transcribe.tables import Tables

INVISIBLE = regex.compile(f"{EMOJI_JOINER}(*SKIP)(*FAIL)|{INVISIBLE_SET}", regex.V1)
_HALF = regex.compile(f"[{HALF_SET}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What a rule found, as a span of `Page.solid`, or of `Page.text` where it says so."""

    rule: str
    start: int
    end: int
    fix: FixClass
    candidates: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    in_text: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """One text under one profile; a rule is a function from a page to its hits."""

    text: str
    profile: TranscriptProfile
    tables: Tables
    context: CheckContext

    @cached_property
    def solid(self) -> str:
        """The text without invisible characters, so that none of them hides neighbours from each other."""
        return INVISIBLE.sub("", self.text)

    @cached_property
    def face(self) -> str:
        """`solid` with every half-width mark that stands in Chinese text shown as the mark it means.

        A run of marks and blanks stands in Chinese text when it touches a Han character or holds a
        permitted mark. Full stops of `a.t.m` and `3.5` stay as they are.
        """
        if not _HALF.search(self.solid):
            return self.solid
        pieces, done = [], 0
        for run in marks_and_blanks(self.profile.marks).finditer(self.solid):
            if self._is_chinese(run.group(), run.start(), run.end()):
                pieces += [self.solid[done : run.start()], run.group().translate(_TO_FULL)]
                done = run.end()
        return "".join([*pieces, self.solid[done:]])

    def _is_chinese(self, run: str, start: int, end: int) -> bool:
        return (
            is_han(self.solid[start - 1 : start] if start else "")
            or is_han(self.solid[end : end + 1])
            or not set(self.profile.marks).isdisjoint(run)
        )

    @cached_property
    def _origin(self) -> Sequence[int]:
        if len(self.solid) == len(self.text):
            return range(len(self.text))
        hidden = {found.start() for found in INVISIBLE.finditer(self.text)}
        return [index for index in range(len(self.text)) if index not in hidden]

    @cached_property
    def utf16(self) -> Sequence[int]:
        """For each place in the text as given, the same place counted in UTF-16 units."""
        if self.text.isascii() or max(self.text) <= "\uffff":
            return range(len(self.text) + 1)
        return [0, *accumulate(2 if char > "\uffff" else 1 for char in self.text)]

    def place(self, hit: Hit) -> tuple[int, int]:
        """Where a hit lies in the text as given."""
        if hit.in_text:
            return hit.start, hit.end
        origin = self._origin
        if hit.start == hit.end:
            start = origin[hit.start] if hit.start < len(origin) else len(self.text)
            return start, start
        return origin[hit.start], origin[hit.end - 1] + 1


_TO_FULL = str.maketrans(dict(TWINS))


@lru_cache(maxsize=64)
def marks_and_blanks(marks: str) -> "regex.Pattern[str]":
    """Runs of permitted marks, half-width marks and blanks."""
    return regex.compile(f"[{marks}{HALF_SET}{BLANK_SET}]++", regex.V1)
