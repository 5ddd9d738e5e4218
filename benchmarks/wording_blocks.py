"""The decision that a block of a Taigi transcript is translated Mandarin, on published sentence pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from speechcorpus.domain.transcript import CheckContext, TranscriptProfile
from speechcorpus.transcribe.characters import FINAL_MARKS
from speechcorpus.transcribe.page import Page
from speechcorpus.transcribe.tables import Tables
from speechcorpus.transcribe.wording import BLOCK_SENTENCES, block_decisions, wording_on

FEWEST_MANDARIN = 5  # a word is admitted if so many Mandarin sentences hold it
MOST_TAIGI_SHARE = 0.02  # and at most this share of that number in Taigi

PROFILE = TranscriptProfile(variety="nan-TW")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Whole blocks of ten sentences, and how many of them were called translated."""

    mandarin: int
    found: int
    taigi: int
    false_alarms: int


def block_decision(nan: Sequence[str], cmn: Sequence[str], tables: Tables) -> Mapping[str, Blocks]:
    """Return the decision with all words, and with words admitted on one half and tested on the other."""
    nan, cmn = whole_sentences(nan), whole_sentences(cmn)
    (nan_first, nan_second), (cmn_first, cmn_second) = _halves(nan), _halves(cmn)
    return {
        "all words": _tested(nan, cmn, tables),
        "words of the first half on the second": _tested(
            nan_second, cmn_second, admitted(nan_first, cmn_first, tables)
        ),
        "words of the second half on the first": _tested(
            nan_first, cmn_first, admitted(nan_second, cmn_second, tables)
        ),
    }


def whole_sentences(texts: Sequence[str]) -> list[str]:
    """The texts that end as a sentence does; the others are bare phrases."""
    return [text for text in texts if text.endswith(tuple(FINAL_MARKS))]


def admitted(nan: Sequence[str], cmn: Sequence[str], tables: Tables) -> Tables:
    """The tables with the words alone that these sentences would have let in."""
    in_nan, in_cmn = _sentences_with(nan, tables), _sentences_with(cmn, tables)
    return replace(
        tables,
        wording=tuple(
            row
            for row in tables.wording
            if in_cmn.get(row.mandarin, 0) >= FEWEST_MANDARIN
            and in_nan.get(row.mandarin, 0) <= MOST_TAIGI_SHARE * in_cmn[row.mandarin]
        ),
    )


def _sentences_with(texts: Sequence[str], tables: Tables) -> dict[str, int]:
    counts: dict[str, int] = {}
    for text in texts:
        page = Page(text=text, profile=PROFILE, tables=tables, context=CheckContext())
        for word in {piece.row.mandarin for piece in wording_on(page)}:
            counts[word] = counts.get(word, 0) + 1
    return counts


def _halves(texts: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    middle = len(texts) // 2
    return texts[:middle], texts[middle:]


def _tested(nan: Sequence[str], cmn: Sequence[str], tables: Tables) -> Blocks:
    of_nan, of_cmn = _called_translated(nan, tables), _called_translated(cmn, tables)
    return Blocks(mandarin=len(of_cmn), found=sum(of_cmn), taigi=len(of_nan), false_alarms=sum(of_nan))


def _called_translated(texts: Sequence[str], tables: Tables) -> list[bool]:
    decisions = block_decisions(texts, PROFILE, tables)
    return [one.translated for one in decisions if one.end - one.start == BLOCK_SENTENCES]
