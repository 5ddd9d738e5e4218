"""NUM-DIGIT: figures, which a listener must turn into the words that were spoken."""

# ruff: noqa: RUF001 - this file names marks and figures that look alike

from collections.abc import Iterator
from functools import lru_cache

import regex

from speechcorpus.transcribe.page import Hit, Page

_DIGIT = "[0-9０-９]"
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
        yield Hit(rule="NUM-DIGIT", start=start, end=end, fix="ask", facts={"token": page.solid[start:end]})


@lru_cache(maxsize=8)
def _tokens(orthography: str) -> "regex.Pattern[str]":
    if orthography == "hanji":
        return regex.compile(_TOKEN, regex.V1)
    # In Latin letters a figure at the end of a syllable is its tone, which is not a number.
    return regex.compile(rf"(?<=[\p{{Latin}}\p{{M}}]){_FIGURE}(*SKIP)(*FAIL)|{_TOKEN}", regex.V1)
