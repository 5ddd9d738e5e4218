"""Every repair that needs no ear, in the order in which one makes room for the next."""

from collections.abc import Callable, Iterator

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import CheckContext, Edit, Fixed, TranscriptProfile
from speechcorpus.transcribe.check import refuse_unreadable
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.punctuation_rules import half_width_marks, leading_marks, repeated_marks
from speechcorpus.transcribe.script_rules import simplified_characters
from speechcorpus.transcribe.spacing_rules import blanks
from speechcorpus.transcribe.tables import Tables
from speechcorpus.transcribe.unicode_rules import (
    compatibility_ideographs,
    composed_letters,
    invisible_characters,
)

# Invisible characters hide neighbours; half-width marks come before runs (`,，` is a run), blanks as
# well (`？ ？`); a run is shortened before the edge is looked at; NFC has the last word.
_PASSES: tuple[Callable[[Page], Iterator[Hit]], ...] = (
    invisible_characters,
    compatibility_ideographs,
    composed_letters,
    simplified_characters,
    half_width_marks,
    blanks,
    repeated_marks,
    leading_marks,
    composed_letters,
)
_MOST_ROUNDS = 3


def safe_fix(text: str, profile: TranscriptProfile, tables: Tables) -> Fixed:
    """Return `text` with all its safe violations repaired; nothing that was spoken changes.

    Raises
    ------
    TranscriptError : as `check`; `transcript.unstable` if three rounds do not settle the text (a bug)

    Examples
    --------
    >>> tables = Tables(version="", to_traditional={}, to_simplified={}, simplified_exempt={})
    >>> safe_fix(" 好,，", TranscriptProfile(variety="nan-TW"), tables).text
    '好，'
    """
    refuse_unreadable(text)
    edits: list[Edit] = []
    for _ in range(_MOST_ROUNDS + 1):
        before = text
        for find in _PASSES:
            page = Page(text=text, profile=profile, tables=tables, context=CheckContext())
            text = _apply(page, find(page), edits)
        if text == before:
            return Fixed(text=text, edits=tuple(edits))
    raise TranscriptError("transcript.unstable", "the safe fixes of this text do not come to rest")


def _apply(page: Page, hits: Iterator[Hit], edits: list[Edit]) -> str:
    pieces, done, shift = [], 0, 0
    for hit in hits:
        if hit.fix != "safe":
            continue
        start, end = page.place(hit)
        found, replacement = page.text[start:end], hit.candidates[0]
        edits.append(
            Edit(rule=hit.rule, start=start + shift, end=end + shift, found=found, replacement=replacement)
        )
        shift += len(replacement) - len(found)
        pieces += [page.text[done:start], replacement]
        done = end
    return "".join([*pieces, page.text[done:]])
