"""PUN-SET, PUN-HALF, PUN-RUN, PUN-EDGE: which marks may stand, and where."""

# ruff: noqa: RUF001 - this file names marks and figures that look alike

from collections.abc import Iterator
from functools import lru_cache

import regex

from speechcorpus.domain.transcript import COMMA, TranscriptProfile
from speechcorpus.transcribe.characters import BLANK_SET, TWINS
from speechcorpus.transcribe.digits import digit_tokens
from speechcorpus.transcribe.page import Hit, Page

_LIKE_COMMA = "、；：､;:﹑﹔﹕︰"
_LIKE_PAUSE = "…—–―─━⋯‥～~〜"  # a pause that was drawn: a comma or nothing
_TWIN_OF = {"︒": "。", "﹒": "。", "︑": COMMA, "︐": COMMA, "︕": "！", "︖": "？"}
_BRACKETS = regex.compile(r"[()（）\[\]［］{}｛｝<>＜＞【】〔〕〖〗﹙﹚﹝﹞]")
_QUOTES = regex.compile(r"[\p{Pi}\p{Pf}\"'＂＇「」『』﹁﹂﹃﹄《》〈〉︽︾︿﹀〝〞〟·・･‧•⁃]")
_LETTER = r"[\p{Latin}\p{M}]"


def marks_outside_the_set(page: Page) -> Iterator[Hit]:
    """PUN-SET: punctuation that the profile does not permit; one hit for a run of the same mark."""
    pattern = _foreign(page.profile.marks)
    if not pattern.search(page.face):
        return
    kept = [*digit_tokens(page), *_hyphens(page)]
    inside = {index for start, end in kept for index in range(start, end)}
    for found in pattern.finditer(page.face):
        if found.start() not in inside:
            yield Hit(
                rule="PUN-SET",
                start=found.start(),
                end=found.end(),
                fix="ask",
                candidates=_proposals(page, found.start(), found.end()),
                facts={"mark": found.group(), "marks": page.profile.marks},
            )


def _proposals(page: Page, start: int, end: int) -> tuple[str, ...]:
    mark = page.face[start]
    marks = page.profile.marks
    before, after = page.face[start - 1 : start], page.face[end : end + 1]
    alone = bool(before and after) and before not in marks and after not in marks
    if mark in TWINS or mark in _TWIN_OF:
        written = TWINS.get(mark) or _TWIN_OF[mark]
        return ("", written) if mark == "." and after.isalpha() else (written, "")
    if mark in _LIKE_COMMA:
        return (COMMA,) if alone else ("",)
    if mark in _LIKE_PAUSE:
        return (COMMA, "") if alone else ("",)
    if _BRACKETS.match(mark) or (page.profile.orthography != "hanji" and before in ("o", "O")):
        return ()  # what stands in brackets may not have been spoken; o· is a vowel of its own
    return ("",) if _QUOTES.match(mark) else ()


def _hyphens(page: Page) -> Iterator[tuple[int, int]]:
    for found in _hyphen(page.profile).finditer(page.solid):
        yield found.span()


def half_width_marks(page: Page) -> Iterator[Hit]:
    """PUN-HALF: `, . ? !` and their narrow twins in Chinese text."""
    if page.face is page.plain:
        return
    for index, (mark, written) in enumerate(zip(page.plain, page.face, strict=True)):
        if mark != written:
            facts = {"mark": mark, "written": written}
            yield Hit(
                rule="PUN-HALF", start=index, end=index + 1, fix="safe", candidates=(written,), facts=facts
            )


def repeated_marks(page: Page) -> Iterator[Hit]:
    """PUN-RUN: more than one mark where one may stand; a run at the start belongs to PUN-EDGE."""
    for found in _runs(page.profile.marks).finditer(page.face):
        if not page.face[: found.start()].strip():
            continue
        marks = [char for char in found.group() if char in page.profile.marks]
        kinds = tuple(dict.fromkeys(marks))
        yield Hit(
            rule="PUN-RUN",
            start=found.start(),
            end=found.end(),
            fix="safe" if len(kinds) == 1 else "ask",
            candidates=kinds,
            facts={"marks": "".join(marks), "count": str(len(marks))},
        )


def leading_marks(page: Page) -> Iterator[Hit]:
    """PUN-EDGE: marks before the first word."""
    found = _leading(page.profile.marks).match(page.face)
    if found:
        start, end = found.span("marks")
        facts = {"marks": page.face[start:end]}
        yield Hit(rule="PUN-EDGE", start=start, end=end, fix="safe", candidates=("",), facts=facts)


@lru_cache(maxsize=64)
def _foreign(marks: str) -> "regex.Pattern[str]":
    return regex.compile(rf"(?P<mark>[[\p{{P}}～~─━]--[{marks}]])(?P=mark)*+", regex.V1)


@lru_cache(maxsize=64)
def _runs(marks: str) -> "regex.Pattern[str]":
    return regex.compile(f"[{marks}](?:[{BLANK_SET}]*+[{marks}])++", regex.V1)


@lru_cache(maxsize=64)
def _leading(marks: str) -> "regex.Pattern[str]":
    return regex.compile(f"[{BLANK_SET}]*+(?P<marks>[{marks}](?:[{BLANK_SET}]*+[{marks}])*+)", regex.V1)


@lru_cache(maxsize=64)
def _hyphen(profile: TranscriptProfile) -> "regex.Pattern[str]":
    if profile.orthography == "hanji":
        return regex.compile(rf"(?<={_LETTER})-(?={_LETTER})")
    return regex.compile(r"--?(?=\p{Latin})")  # Latin tiers: what a hyphen may join is not a mark's question
