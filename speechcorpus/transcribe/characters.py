"""Classes of characters that the rules speak of, as sets and as pieces of `regex` patterns."""

# ruff: noqa: RUF001 - this file names marks and figures that look alike

from collections.abc import Mapping

import regex

# Blanks of any kind, with line and paragraph ends: SPC-ANY judges them all.
BLANK_SET = "\t\n\v\f\r\u0085\u00a0 \u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

# Controls, zero-width and bidirectional marks, soft hyphen, byte order mark, variation selectors.
INVISIBLE_SET = rf"[[\p{{Cc}}\p{{Default_Ignorable_Code_Point}}\ufff9-\ufffb]--[{BLANK_SET}]]"

# U+200D between two pictographs is part of one emoji, which is a visible thing.
EMOJI_JOINER = (
    r"(?<=\p{Extended_Pictographic}[\ufe0f\U0001f3fb-\U0001f3ff]?+)\u200d(?=\p{Extended_Pictographic})"
)

TWINS: Mapping[str, str] = {
    ",": "，", "﹐": "，",
    ".": "。", "｡": "。", "．": "。",
    "?": "？", "﹖": "？",
    "!": "！", "﹗": "！",
}  # fmt: skip
HALF_SET = "".join(regex.escape(mark) for mark in TWINS)
FINAL_MARKS = "。？！"

# U+FA0E … are unified ideographs that only live in the compatibility block.
COMPAT_SET = (
    r"[[\uf900-\ufaff\U0002f800-\U0002fa1f]--"
    r"[\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27-\ufa29]]"
)

_HAN = regex.compile(r"\p{Han}")


def is_han(char: str) -> bool:
    """Whether this is one Han character, of any block.

    Examples
    --------
    >>> [is_han(char) for char in ("𪜶", "〇", "，", "の", "")]
    [True, True, False, False, False]
    """
    return _HAN.fullmatch(char) is not None


def codepoints(text: str) -> tuple[str, ...]:
    """Each code point's usual name: `U+002C`."""
    return tuple(f"U+{ord(char):04X}" for char in text)
