"""WRD-CMN and WRD-NAN: the wording of one language in a transcript of the other.

A lexicon recognises a translated transcript over a sitting and only weakly in one sentence: a sentence gives
a warning, ten sentences of one person a decision.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from speechcorpus.domain.transcript import CheckContext, TranscriptProfile
from speechcorpus.transcribe.digits import in_script
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.table_rows import WordingRow
from speechcorpus.transcribe.tables import Tables

BLOCK_SENTENCES = 10
FEWEST_SENTENCES = 5  # of a last block; fewer decide nothing
TRANSLATED_SCORE = 3

# Mandarin names and idioms that hold a character of Taigi.
MANDARIN_WORDS = ("聯袂", "分袂", "偌大", "大大咧咧", "咧嘴", "而已矣")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One piece of Mandarin wording in a text: a span of `Page.solid`, and its row of the table."""

    start: int
    end: int
    row: WordingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDecision:
    """What some sentences in a row of one person and task say about how they were written.

    `evidence` holds, for each sentence with wording that counts, its number in the block and its pieces.
    The decision sends the block to a second listener; it refuses nothing, and no decision proves nothing.
    """

    start: int  # sentences [start, end) of those given
    end: int
    score: int
    translated: bool
    evidence: tuple[tuple[int, tuple[str, ...]], ...]


def mandarin_wording(page: Page) -> Iterator[Hit]:
    """WRD-CMN: wording of tier A, and of tier B beside other wording; what is marked as another language
    is left out. The same word twice (那 … 那) is not other wording."""
    if page.profile.variety == "cmn-TW" or not page.profile.has_han:
        return
    found = wording_on(page)
    if not _has_tier_a(found) and len({piece.row.mandarin for piece in found}) < 2:
        return
    for piece in found:
        yield Hit(
            rule="WRD-CMN",
            start=piece.start,
            end=piece.end,
            fix="ask",
            candidates=piece.row.taigi,
            facts={"word": page.solid[piece.start : piece.end], "written": " / ".join(piece.row.taigi)},
        )


def taigi_characters(page: Page) -> Iterator[Hit]:
    """WRD-NAN: a character that Taiwan's Mandarin does not use, outside the names and idioms that hold it."""
    known = page.tables.not_mandarin
    if page.profile.variety != "cmn-TW" or known.keys().isdisjoint(page.plain):
        return
    text = page.plain.translate(page.tables.one_simplified)
    for index, char in enumerate(page.plain):
        if char not in known or _is_marked(page, index, index + 1) or _in_mandarin(page.tables, text, index):
            continue
        written = tuple(in_script(words, page) for words in known[char])
        if char in written:
            continue  # 个 is how simplified Mandarin writes 個
        yield Hit(
            rule="WRD-NAN",
            start=index,
            end=index + 1,
            fix="ask",
            candidates=written,
            facts={"char": page.solid[index], "written": " / ".join(written) or "…"},
        )


def wording_on(page: Page) -> tuple[Wording, ...]:
    """Every piece of Mandarin wording, longest first at each place, that is not part of a right word."""
    script = page.profile.script
    lexicon, rows = page.tables.wording_lexicon(script)
    text = page.plain.translate(page.tables.one_simplified) if script == "Hans" else page.plain
    return tuple(
        Wording(start=start, end=end, row=rows[text[start:end]])
        for start, end in lexicon.places(text)
        if not _is_inside(text, start, rows[text[start:end]]) and not _is_marked(page, start, end)
    )


def blocks(count: int) -> tuple[tuple[int, int], ...]:
    """Return the blocks `[start, end)` of so many sentences in a row.

    Examples
    --------
    >>> blocks(26), blocks(24)
    (((0, 10), (10, 20), (20, 26)), ((0, 10), (10, 20)))
    """
    edges = [(start, min(start + BLOCK_SENTENCES, count)) for start in range(0, count, BLOCK_SENTENCES)]
    return tuple((start, end) for start, end in edges if end - start >= FEWEST_SENTENCES)


def block_decisions(
    sentences: Sequence[str],
    profile: TranscriptProfile,
    tables: Tables,
    contexts: Sequence[CheckContext] | None = None,
) -> tuple[BlockDecision, ...]:
    """Decide, block by block, whether sentences read as Mandarin put into another script.

    Parameters
    ----------
    sentences : texts of one contributor and task in the order of recording
    contexts : one for each; what they mark as another language is left out

    Examples
    --------
    >>> from speechcorpus.transcribe.table_rows import WordingRow
    >>> very = WordingRow(tier="A", mandarin="很", taigi=("真",), skip_inside=())
    >>> no_forms = {"to_traditional": {}, "to_simplified": {}, "simplified_exempt": {}}
    >>> tables = Tables(version="", wording=(very,), **no_forms)
    >>> profile = TranscriptProfile(variety="nan-TW")
    >>> [(block.score, block.translated) for block in block_decisions(["伊很好。"] * 5, profile, tables)]
    [(5, True)]
    """
    known = contexts or [CheckContext()] * len(sentences)
    found = [
        wording_on(Page(text=text, profile=profile, tables=tables, context=context))
        for text, context in zip(sentences, known, strict=True)
    ]
    return tuple(_decision(start, end, found[start:end]) for start, end in blocks(len(sentences)))


def _decision(start: int, end: int, found: Sequence[tuple[Wording, ...]]) -> BlockDecision:
    counted = [(number, pieces) for number, pieces in enumerate(found) if _has_tier_a(pieces)]
    score = sum(len(pieces) for _, pieces in counted)
    return BlockDecision(
        start=start,
        end=end,
        score=score,
        translated=score >= TRANSLATED_SCORE,
        evidence=tuple(
            (start + number, tuple(piece.row.mandarin for piece in pieces)) for number, pieces in counted
        ),
    )


def _has_tier_a(pieces: Sequence[Wording]) -> bool:
    return any(piece.row.tier == "A" for piece in pieces)


def _is_inside(text: str, start: int, row: WordingRow) -> bool:
    """Whether the piece that begins here is part of a longer word in which it is right."""
    for word in row.skip_inside:
        at = word.find(row.mandarin)
        while at >= 0:
            if text.startswith(word, start - at) and start >= at:
                return True
            at = word.find(row.mandarin, at + 1)
    return False


def _in_mandarin(tables: Tables, text: str, index: int) -> bool:
    """Whether the character of this simplified text stands in a Mandarin word that holds it."""
    for word in MANDARIN_WORDS:
        simple = word.translate(tables.one_simplified)
        for at, char in enumerate(simple):
            if char == text[index] and index >= at and text.startswith(simple, index - at):
                return True
    return False


def _is_marked(page: Page, start: int, end: int) -> bool:
    """Whether a span of `solid` touches a stretch that is marked as another language."""
    if not page.context.code_switches:
        return False
    first, last = page.place(Hit(rule="WRD-CMN", start=start, end=end, fix="none"))
    return any(first < switch.end and switch.start < last for switch in page.context.code_switches)
