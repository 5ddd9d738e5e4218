"""NUM-DIGIT: figures, which a listener must turn into the words that were spoken."""

# ruff: noqa: RUF001 - this file names marks and figures that look alike

from collections.abc import Iterator, Mapping
from functools import lru_cache

import regex

from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.spoken_numbers import spoken_numbers

CONTEXT = 4  # characters on each side that decide how a number is read

_DIGIT = "[0-9０-９]"
# One figure behind a syllable is its tone; several, or one with a mark on it or behind it, are a number.
TONE_FIGURE = rf"{_DIGIT}(?![0-9０-９\p{{M}}\u02c8\u02ca\u02cb]|['\u2019]\p{{Latin}})"
_FIGURE = r"[[\p{Nd}\p{Nl}\p{No}]--\p{Han}]"  # 〇 is a Han character
# 3.5  1,000  3:30  1/2  2026/3/5  50%  +886: one token, since it is read as one.
_TOKEN = rf"(?:[+＋](?={_DIGIT}))?{_DIGIT}++(?:[.．,，:：/／](?={_DIGIT}){_DIGIT}++)*+[%％]?|{_FIGURE}"


def digit_tokens(page: Page) -> Iterator[tuple[int, int]]:
    """Spans of everything written in figures, in `Page.solid`."""
    for found in _tokens(page.profile.orthography).finditer(page.solid):
        yield found.span()


def figures(page: Page) -> Iterator[Hit]:
    """NUM-DIGIT: ASCII, full-width, circled and Roman-numeral figures."""
    for start, end in digit_tokens(page):
        token = page.solid[start:end]
        yield Hit(
            rule="NUM-DIGIT",
            start=start,
            end=end,
            fix="ask",
            candidates=_spoken(page, start, end),
            facts={"token": token},
        )


def _spoken(page: Page, start: int, end: int) -> tuple[str, ...]:
    left = page.solid[max(start - CONTEXT, 0) : start].rstrip()
    right = page.solid[end : end + CONTEXT].lstrip()
    if page.profile.script == "Hant":
        found = spoken_numbers(page.solid[start:end], left, right, page.profile)
        return tuple(candidate.text for candidate in found)
    left, right = (_mapped(text, page.tables.to_traditional) for text in (left, right))
    found = spoken_numbers(page.solid[start:end], left, right, page.profile)
    return tuple(in_script(candidate.text, page) for candidate in found)


def in_script(words: str, page: Page) -> str:
    """Words that we propose, which are traditional, in the script of the page."""
    return words if page.profile.script == "Hant" else _mapped(words, page.tables.to_simplified)


def _mapped(text: str, forms: Mapping[str, tuple[str, ...]]) -> str:
    return "".join(forms.get(char, (char,))[0] for char in text)


@lru_cache(maxsize=8)
def _tokens(orthography: str) -> "regex.Pattern[str]":
    if orthography == "hanji":
        return regex.compile(_TOKEN, regex.V1)
    # In Latin letters one figure at the end of a syllable is its tone, which is not a number.
    return regex.compile(rf"(?<=\p{{Latin}}\p{{M}}*+){TONE_FIGURE}(*SKIP)(*FAIL)|{_TOKEN}", regex.V1)
