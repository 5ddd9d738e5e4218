"""The form in which two texts are compared; never written to the corpus."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import regex

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import USUAL_MARKS, Script
from speechcorpus.transcribe.characters import BLANK_SET, EMOJI_JOINER, HALF_SET, INVISIBLE_SET
from speechcorpus.transcribe.table_rows import rows_of
from speechcorpus.transcribe.tables import TRADITIONAL, VARIANTS

FOLD_TABLE_NAMES = (VARIANTS, TRADITIONAL)

Fold = Callable[[str], str]

_INVISIBLE = regex.compile(f"{EMOJI_JOINER}(*SKIP)(*FAIL)|{INVISIBLE_SET}", regex.V1)
_NARROW = {
    code: code - 0xFEE0
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for code in range(first, last + 1)
}
_MARKS_AND_BLANKS = regex.compile(f"[{USUAL_MARKS}{HALF_SET}{BLANK_SET}]++", regex.V1)
_BLANK_BESIDE_HAN = regex.compile(r"^ | $|(?<=\p{Han}) | (?=\p{Han})")
_LATIN = regex.compile(r"\p{Latin}++")
_ONE_FORM = str.maketrans("臺〇", "台零")  # both are right, so neither is an error


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldTables:
    """What the fold looks up."""

    to_taiwan: Fold  # OpenCC `t2tw`: it opens its own files, therefore it arrives as an argument
    variants: Mapping[int, str]  # further glyph variants → Taiwan form, ready for `str.translate`
    kept: frozenset[str]  # forms that are right although `to_taiwan` would change them
    to_simplified: Mapping[int, str]  # used for script Hans only


def parse_fold_tables(texts: Mapping[str, str], to_taiwan: Fold) -> FoldTables:
    """Return the tables of the fold.

    Parameters
    ----------
    texts : file name → whole text, of `FOLD_TABLE_NAMES`

    Raises
    ------
    TranscriptError : `transcript.tables`, if a column is missing
    """
    variants = list(rows_of(texts, VARIANTS, "char", "taiwan", "action"))
    listed = rows_of(texts, TRADITIONAL, "char", "simplified")
    simplified = {char: forms.split(" ")[0] for char, forms in listed}
    return FoldTables(
        to_taiwan=to_taiwan,
        variants={ord(char): taiwan for char, taiwan, action in variants if action == "map"},
        kept=frozenset(char for char, _, action in variants if action == "keep"),
        to_simplified={ord(char): _end_of_chain(char, simplified) for char in simplified},
    )


def scoring_fold(text: str, tables: FoldTables, *, script: Script = "Hant") -> str:
    """Return `text` without what is no difference between two transcripts.

    NFC; no invisible characters; full-width letters and figures as ASCII; neither marks nor blanks, but for
    one blank between two Latin words; Taiwan's glyph forms (for script Hans the simplified ones); 台 for 臺
    and 零 for 〇; Latin letters without case.

    Raises
    ------
    TranscriptError : `transcript.surrogate`, for half of a character

    Examples
    --------
    >>> tables = FoldTables(to_taiwan=str, variants={}, kept=frozenset(), to_simplified={})
    >>> scoring_fold("臺灣 的，Ａ, bye!", tables)
    '台灣的a bye'
    """
    text = _composed(_INVISIBLE.sub("", _composed(_readable(text))))
    text = _composed(_LATIN.sub(lambda word: word.group().casefold(), text.translate(_NARROW)))
    text = _BLANK_BESIDE_HAN.sub("", _MARKS_AND_BLANKS.sub(" ", text))
    text = _taiwan_forms(text, tables)
    if script == "Hans":
        text = text.translate(tables.to_simplified)
    return text.translate(_ONE_FORM)


def _readable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise TranscriptError(
            "transcript.surrogate", f"half of a character stands at {error.start}", position=error.start
        ) from None
    return text


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _taiwan_forms(text: str, tables: FoldTables) -> str:
    folded = tables.to_taiwan(text)
    if len(folded) == len(text) and not tables.kept.isdisjoint(text):
        folded = "".join(
            own if own in tables.kept else taiwan for own, taiwan in zip(text, folded, strict=True)
        )
    return folded.translate(tables.variants)


def _end_of_chain(char: str, forms: Mapping[str, str]) -> str:
    # 薴 → 苧 → 苎: folding what is folded already must change nothing.
    seen = {char}
    while (following := forms.get(char, char)) not in seen:
        seen.add(char := following)
    return char
