"""A text as the rules read it: without what cannot be seen, and with its marks recognised."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import accumulate

import regex

from speechcorpus.domain.transcript import CheckContext, FixClass, Severity, TranscriptProfile
from speechcorpus.transcribe.characters import (
    BLANK_SET,
    COMPAT_SET,
    EMOJI_JOINER,
    HALF_SET,
    INVISIBLE_SET,
    MOJIBAKE,
    TWINS,
    is_han,
)
from speechcorpus.transcribe.look_alikes import with_look_alikes_read
from speechcorpus.transcribe.tables import Tables

# The second half of a garbled character may be a control: deleting it would hide what happened.
INVISIBLE = regex.compile(f"(?:{EMOJI_JOINER}|{MOJIBAKE})(*SKIP)(*FAIL)|{INVISIBLE_SET}", regex.V1)
_HALF = regex.compile(f"[{HALF_SET}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What a rule found, as a span of `Page.solid`, or of `Page.text` where it says so.

    `severity` None is the rule's own; a rule that is milder or harder by its value says so here.
    """

    rule: str
    start: int
    end: int
    fix: FixClass
    candidates: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    in_text: bool = False
    severity: Severity | None = None


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
    def is_odd(self) -> bool:
        """Whether it holds anything but Han characters and permitted marks, or a look-alike among those."""
        return _usual(self.profile.marks).fullmatch(self.text) is None

    @cached_property
    def plain(self) -> str:
        """`solid`, as long as it, with every character in the form that the one-to-one repairs give it.

        Rules that look at neighbours or words read this, so that no repair uncovers what was hidden before.
        """
        if not self.is_odd:
            return self.solid
        return with_look_alikes_read(self.unmasked, self.profile.marks, self.tables.look_alikes)

    @cached_property
    def unmasked(self) -> str:
        """`solid` with letters, radicals, copies and private-use characters as what they stand for."""
        known = self.solid.translate(self.tables.glyphs)
        return _COMPAT.sub(lambda found: _one(found.group()), known)

    @cached_property
    def folded(self) -> str:
        """`plain` in one script and one form of each character, for words that are the same in all."""
        return self.plain.translate(self.tables.one_form)

    @cached_property
    def face(self) -> str:
        """`plain` with every half-width mark that stands in Chinese text shown as the mark it means.

        A run of marks and blanks stands in Chinese text when it touches a Han character or holds a
        permitted mark. Full stops of `a.t.m` and `3.5` stay as they are.
        """
        if not _HALF.search(self.plain):
            return self.plain
        pieces, done = [], 0
        for run in marks_and_blanks(self.profile.marks).finditer(self.plain):
            if self._is_chinese(run.group(), run.start(), run.end()):
                pieces += [self.plain[done : run.start()], run.group().translate(_TO_FULL)]
                done = run.end()
        return "".join([*pieces, self.plain[done:]])

    def _is_chinese(self, run: str, start: int, end: int) -> bool:
        return (
            is_han(self.plain[start - 1 : start] if start else "")
            or is_han(self.plain[end : end + 1])
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
_COMPAT = regex.compile(COMPAT_SET, regex.V1)


def _one(char: str) -> str:
    return unicodedata.normalize("NFC", char)


@lru_cache(maxsize=64)
def _usual(marks: str) -> "regex.Pattern[str]":
    return regex.compile(rf"[[\p{{Han}}{marks}]--{COMPAT_SET}--[\u2e80-\u2fdf\u3038-\u303a]]*+", regex.V1)


@lru_cache(maxsize=64)
def marks_and_blanks(marks: str) -> "regex.Pattern[str]":
    """Runs of permitted marks, half-width marks and blanks."""
    return regex.compile(f"[{marks}{HALF_SET}{BLANK_SET}]++", regex.V1)
