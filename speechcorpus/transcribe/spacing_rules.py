"""SPC-ANY: blanks stand between Latin words only."""

from collections.abc import Iterator

import regex

from speechcorpus.transcribe.characters import BLANK_SET, codepoints, is_han
from speechcorpus.transcribe.page import Hit, Page

_BLANKS = regex.compile(f"[{BLANK_SET}]++")


def blanks(page: Page) -> Iterator[Hit]:
    """SPC-ANY: a blank at an edge, beside Han or a mark, doubled, or of another kind than U+0020."""
    face, marks = page.face, page.profile.marks
    for found in _BLANKS.finditer(face):
        before, after = face[found.start() - 1 : found.start()], face[found.end() : found.end() + 1]
        if found.start() == 0 or not after or _joins(before, marks) or _joins(after, marks):
            written = ""
        else:
            written = " "
        if found.group() != written:
            yield Hit(
                rule="SPC-ANY",
                start=found.start(),
                end=found.end(),
                fix="safe",
                candidates=(written,),
                facts={"found": " ".join(codepoints(found.group())), "written": written},
            )


def _joins(char: str, marks: str) -> bool:
    return char in marks or is_han(char)
