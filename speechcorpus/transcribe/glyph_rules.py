"""UNI-PUA, UNI-RADICAL, UNI-FULLW, UNI-MOJI: code points that stand for a character without being it."""

from collections.abc import Iterator

import regex

from speechcorpus.transcribe.characters import MOJIBAKE, codepoints
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.unicode_rules import composed

UNKNOWN = "the character that was meant"  # where no table says what a code point stands for

_PRIVATE = regex.compile(r"\p{Co}")
_RADICAL = regex.compile(r"[\u2e80-\u2fdf]")
_FULL_WIDTH = regex.compile(r"[\uff21-\uff3a\uff41-\uff5a]")
_GARBLED = regex.compile(rf"(?:{MOJIBAKE}|\ufffd|[锟錕]斤拷)++")
_ANCHOR = regex.compile("斤拷")


def private_characters(page: Page) -> Iterator[Hit]:
    """UNI-PUA: safe where the Ministry's table of private-use characters knows the character."""
    for found in _PRIVATE.finditer(page.solid) if page.is_odd else ():
        han = page.tables.private_use.get(found.group())
        facts = {"found": codepoints(found.group())[0], "written": han or UNKNOWN}
        yield Hit(
            rule="UNI-PUA",
            start=found.start(),
            end=found.end(),
            fix="safe" if han else "none",
            candidates=(han,) if han else (),
            facts=facts,
        )


def radicals(page: Page) -> Iterator[Hit]:
    """UNI-RADICAL: a radical of a chart typed for a character; safe for the 214 Kangxi radicals."""
    for found in _RADICAL.finditer(page.solid) if page.is_odd else ():
        row = page.tables.radicals.get(found.group())
        written = row.written if row else UNKNOWN
        yield Hit(
            rule="UNI-RADICAL",
            start=found.start(),
            end=found.end(),
            fix="safe" if row and row.safe else "ask",
            candidates=(written,) if row else (),
            facts={"found": codepoints(found.group())[0], "written": written},
        )


def full_width_letters(page: Page) -> Iterator[Hit]:
    """UNI-FULLW: a Latin letter as wide as a Han character."""
    for found in _FULL_WIDTH.finditer(page.solid) if page.is_odd else ():
        char = found.group()
        written = chr(ord(char) - 0xFEE0)
        yield Hit(
            rule="UNI-FULLW",
            start=found.start(),
            end=found.end(),
            fix="safe",
            candidates=(written,),
            facts={"char": char, "written": written},
        )


def garbled_text(page: Page) -> Iterator[Hit]:
    """UNI-MOJI: U+FFFD, UTF-8 that was read as Latin-1 or Windows-1252, and what GBK makes of U+FFFD."""
    if not page.is_odd and not _ANCHOR.search(page.text):
        return
    text, origin = composed(page.unmasked)
    for found in _GARBLED.finditer(text):
        start, end = origin[found.start()], origin[found.end()]
        yield Hit(rule="UNI-MOJI", start=start, end=end, fix="none", facts={"found": found.group()})
