"""UNI-INVIS, UNI-COMPAT, UNI-NFC: what a code point may be."""

import unicodedata
from collections.abc import Iterator, Sequence

import regex

from speechcorpus.transcribe.characters import COMPAT_SET, codepoints
from speechcorpus.transcribe.page import INVISIBLE, Hit, Page

_COMPAT = regex.compile(COMPAT_SET, regex.V1)
# Pieces that composition never crosses: a character with its marks; Hangul, Kirat Rai join letters.
_PIECE = regex.compile(r"[\u1100-\u11ff\uac00-\ud7a3\U00016d63-\U00016d6a]++\p{M}*+|\P{M}\p{M}*+|\p{M}++")


def invisible_characters(page: Page) -> Iterator[Hit]:
    """UNI-INVIS: controls, zero-width and bidirectional characters, variation selectors."""
    for found in INVISIBLE.finditer(page.text):
        name = codepoints(found.group())[0]
        yield Hit(
            rule="UNI-INVIS",
            start=found.start(),
            end=found.end(),
            fix="safe",
            candidates=("",),
            facts={"found": name},
            in_text=True,
        )


def compatibility_ideographs(page: Page) -> Iterator[Hit]:
    """UNI-COMPAT: copies of a character that NFC folds into the character itself."""
    for found in _COMPAT.finditer(page.solid):
        char = found.group()
        written = unicodedata.normalize("NFC", char)
        known = written != char  # unassigned places of the two blocks fold to nothing
        yield Hit(
            rule="UNI-COMPAT",
            start=found.start(),
            end=found.end(),
            fix="safe" if known else "none",
            candidates=(written,) if known else (),
            facts={"found": codepoints(char)[0], "written": written},
        )


def composed_letters(page: Page) -> Iterator[Hit]:
    """UNI-NFC: letters stored in parts, or in an order, that NFC writes otherwise."""
    solid = page.solid
    if unicodedata.is_normalized("NFC", solid):
        return
    for piece in _PIECE.finditer(solid):
        found, start = piece.group(), piece.start()
        if _COMPAT.match(found):  # the copy itself is UNI-COMPAT; its marks may still be out of order
            found, start = found[1:], start + 1
        written = unicodedata.normalize("NFC", found)
        if written != found:
            yield _nfc_hit(found, start, written)


def _nfc_hit(found: str, start: int, written: str) -> Hit:
    facts = {"found": " ".join(codepoints(found)), "written": " ".join(codepoints(written))}
    return Hit(
        rule="UNI-NFC", start=start, end=start + len(found), fix="safe", candidates=(written,), facts=facts
    )


def composed(text: str) -> tuple[str, Sequence[int]]:
    """The text in NFC, and for each place of it, and its end, the place in the text as given.

    Examples
    --------
    >>> composed("xa\\u0302")
    ('xâ', [0, 1, 3])
    """
    if unicodedata.is_normalized("NFC", text):
        return text, range(len(text) + 1)
    pieces, origin = [], []
    for piece in _PIECE.finditer(text):
        pieces.append(unicodedata.normalize("NFC", piece.group()))
        origin += [piece.start()] * len(pieces[-1])
    return "".join(pieces), [*origin, len(text)]
