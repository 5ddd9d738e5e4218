"""Classes of characters that the rules speak of, as sets and as pieces of `regex` patterns."""

# ruff: noqa: RUF001 - this file names marks and figures that look alike

from collections.abc import Mapping

import regex

# Blanks of any kind, with line and paragraph ends: SPC-ANY judges them all.
BLANK_SET = "\t\n\v\f\r\u0085\u00a0 \u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

BLANKS = frozenset(BLANK_SET.replace("-", "")) | {chr(code) for code in range(0x2000, 0x200B)}

# UTF-8 read as Windows-1252 or Latin-1: a lead letter and as many continuation bytes as it asks for. Those
# that are marks of their own (’ … —) do not count alone: `ê……` may be a word and two marks.
_BYTE = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_RARE_BYTE = "[\u0080-\u00bf€ƒ†‡ˆ‰Š‹ŒŽ˜™š›œžŸ]"
MOJIBAKE = (
    rf"(?:[\u00c2\u00c3\u00c5\u00cc\u00cd]{_RARE_BYTE}"
    rf"|[\u00e0-\u00ef](?:{_RARE_BYTE}{_BYTE}|{_BYTE}{_RARE_BYTE})|\u00f0{_BYTE}{{3}})"
)

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

# Any script but Han, Latin and what all scripts share; the length mark and its kin belong to kana.
FOREIGN_SET = (
    rf"[[^\p{{Han}}\p{{Latin}}\p{{Common}}\p{{Inherited}}\p{{Unknown}}\p{{N}}\p{{P}}\p{{S}}{BLANK_SET}]"
    r"[\u3031-\u3035\u309b\u309c\u30fc\uff70\uff9e\uff9f]]"
)
DRAWN_PAUSES = "～~─━"  # signs by category, marks by use: PUN-SET
# Signs that are read aloud as a word: NUM-SYM. Every other sign is UNI-SYMBOL.
NUMBER_SIGNS = "%％‰℃℉°$＄€￡£¥￥+＋−±×÷=＝&＆@＠/／#＃"

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


def beside(text: str, index: int) -> tuple[str, str]:
    """What stands on each side of a character, blanks aside; empty at an edge.

    Examples
    --------
    >>> beside("我 A,", 2)
    ('我', ',')
    """
    before = index - 1
    while before >= 0 and text[before] in BLANKS:
        before -= 1
    after = index + 1
    while after < len(text) and text[after] in BLANKS:
        after += 1
    return text[before] if before >= 0 else "", text[after : after + 1]
