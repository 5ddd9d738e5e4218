"""Texts in a terminal: what cannot be seen by its code point, places marked under double-width characters."""

import unicodedata
from collections.abc import Iterator, Sequence

import regex

ROOM = 100  # columns; a longer line is shown around each place
_AROUND = 16  # characters on each side of a place in a long line
_GAP, _CUT = "-", "…"

# Joiners, selectors and skin tones are drawn differently by every terminal; their code points are not.
_HIDDEN = regex.compile(
    r"[[\p{C}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}]--[ ]]", regex.V1
)


def visible(text: str) -> str:
    """The text for a terminal: what cannot be seen, or would move the cursor, by its code point.

    Examples
    --------
    >>> visible("a\\u200bb\\tc\\u3000👍🏽")
    'a<U+200B>b<U+0009>c<U+3000>👍<U+1F3FD>'
    """
    return _HIDDEN.sub(lambda char: f"<U+{ord(char.group()):04X}>", text)


def width(text: str) -> int:
    """Columns that a visible text takes: two for a wide character or emoji, none for a combining mark.

    Examples
    --------
    >>> width("𪜶 a̍"), width("👍")
    (4, 2)
    """
    return sum(
        0 if unicodedata.category(char) in ("Mn", "Me") else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def marked(text: str, start: int, end: int) -> tuple[str, str]:
    """A line, or the part of a long one around a place, and the marks to print under it.

    Examples
    --------
    >>> print(*marked("𪜶来,好", 1, 2), sep="\\n")
    𪜶来,好
      ^^
    """
    before, after = 0, len(text)
    if not fits(text):
        before, after = max(start - _AROUND, 0), min(end, start + _AROUND) + _AROUND
    left, right = _CUT * (before > 0), _CUT * (after < len(text))
    shown = left + visible(text[before:after]) + right
    blanks = " " * width(left + visible(text[before:start]))
    return shown, blanks + "^" * max(width(visible(text[start : min(end, after)])), 1)


def fits(text: str) -> bool:
    """Whether a text can be shown whole in one line."""
    return width(visible(text)) <= ROOM


def side_by_side(columns: Sequence[tuple[str | None, str | None]]) -> Iterator[str]:
    """Two aligned texts, one token below the other, with S, D or I below each difference.

    Examples
    --------
    >>> print(*side_by_side((("我", "我"), ("sī", "食"), ("人", None))), sep="\\n")
    ref  我 sī 人
    hyp  我 食 -
            S  D
    """
    rows = ["ref ", "hyp ", "    "]
    for reference, hypothesis in columns:
        cells = [visible(reference or _GAP), visible(hypothesis or _GAP), _kind(reference, hypothesis)]
        room = max(map(width, cells))
        if width(rows[0]) + room + 1 > ROOM:
            yield from map(str.rstrip, rows)
            rows = ["ref ", "hyp ", "    "]
        rows = [row + " " + cell + " " * (room - width(cell)) for row, cell in zip(rows, cells, strict=True)]
    yield from map(str.rstrip, rows)


def _kind(reference: str | None, hypothesis: str | None) -> str:
    if reference is None:
        return "I"
    if hypothesis is None:
        return "D"
    return "" if reference == hypothesis else "S"
