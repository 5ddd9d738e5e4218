"""All violations of one text, at once, on the text as given."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

import regex

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import CheckContext, TranscriptProfile, Violation
from speechcorpus.transcribe.characters import codepoints
from speechcorpus.transcribe.clause_rules import (
    empty_text,
    long_clauses,
    long_runs,
    long_segment,
    open_end,
    short_clauses,
)
from speechcorpus.transcribe.digits import figures
from speechcorpus.transcribe.filler_rules import misspelt_fillers
from speechcorpus.transcribe.glyph_rules import full_width_letters, garbled_text, private_characters, radicals
from speechcorpus.transcribe.latin_rules import foreign_words, romanised_words
from speechcorpus.transcribe.lookalike_rules import look_alike_characters, other_scripts, symbols
from speechcorpus.transcribe.markup_rules import bracketed_notes, event_tags, markup, masks, speaker_labels
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.precedence import settled, severity
from speechcorpus.transcribe.punctuation_rules import (
    half_width_marks,
    leading_marks,
    marks_outside_the_set,
    repeated_marks,
)
from speechcorpus.transcribe.reading_rules import unaligned_reading
from speechcorpus.transcribe.romanisation_rules import hyphens, romanisation
from speechcorpus.transcribe.rule_scope import rules_of
from speechcorpus.transcribe.rulebook import RULES
from speechcorpus.transcribe.script_rules import (
    folk_spellings,
    simplified_characters,
    traditional_characters,
    variant_characters,
)
from speechcorpus.transcribe.spacing_rules import blanks
from speechcorpus.transcribe.symbol_rules import signs
from speechcorpus.transcribe.tables import Tables
from speechcorpus.transcribe.unicode_rules import (
    compatibility_ideographs,
    composed_letters,
    invisible_characters,
)
from speechcorpus.transcribe.verbatim import copied_text, speaking_rate, tidied_speech
from speechcorpus.transcribe.wording import mandarin_wording, taigi_characters

LONGEST_TEXT = 20_000

Finder: TypeAlias = Callable[[Page], Iterator[Hit]]
FINDERS: tuple[Finder, ...] = (
    empty_text,
    long_segment,
    marks_outside_the_set,
    half_width_marks,
    repeated_marks,
    leading_marks,
    open_end,
    long_clauses,
    short_clauses,
    blanks,
    composed_letters,
    compatibility_ideographs,
    radicals,
    invisible_characters,
    private_characters,
    full_width_letters,
    look_alike_characters,
    other_scripts,
    symbols,
    garbled_text,
    markup,
    figures,
    signs,
    romanised_words,
    foreign_words,
    hyphens,
    romanisation,
    unaligned_reading,
    simplified_characters,
    traditional_characters,
    variant_characters,
    folk_spellings,
    event_tags,
    bracketed_notes,
    masks,
    speaker_labels,
    long_runs,
    misspelt_fillers,
    mandarin_wording,
    taigi_characters,
    speaking_rate,
    tidied_speech,
    copied_text,
)

# Their rules repair nothing by themselves and claim no place that another rule would have.
_ONLY_REMARKS: frozenset[Finder] = frozenset(
    {
        empty_text,
        long_segment,
        open_end,
        long_clauses,
        short_clauses,
        unaligned_reading,
        folk_spellings,
        long_runs,
        mandarin_wording,
        taigi_characters,
        speaking_rate,
        tidied_speech,
        copied_text,
    }
)
REPAIRERS = tuple(find for find in FINDERS if find not in _ONLY_REMARKS)
"""What a repair has to ask: who mends a place, and who claims it before."""

_SURROGATE = regex.compile(r"[\ud800-\udfff]")


def check(
    text: str, profile: TranscriptProfile, tables: Tables, context: CheckContext | None = None
) -> tuple[Violation, ...]:
    """Return every violation of `text`, ordered by start, then severity, then rule.

    Raises
    ------
    TranscriptError : `transcript.surrogate` or `transcript.too-long` (more than 20,000 characters)

    Examples
    --------
    >>> tables = Tables(version="", to_traditional={}, to_simplified={}, simplified_exempt={})
    >>> [(v.rule, v.found, v.replacement) for v in check("好,", TranscriptProfile(variety="nan-TW"), tables)]
    [('PUN-HALF', ',', '，')]
    """
    refuse_unreadable(text)
    page = Page(text=text, profile=profile, tables=tables, context=context or CheckContext())
    return violations_on(page, hits_on(page))


def hits_on(page: Page, finders: Sequence[Finder] = FINDERS) -> tuple[Hit, ...]:
    """Everything that the rules of the page's profile say about it, one rule a place."""
    rules = rules_of(page.profile)
    return settled(page, [hit for find in finders for hit in find(page) if hit.rule in rules])


def violations_on(page: Page, hits: Iterable[Hit]) -> tuple[Violation, ...]:
    """What these hits mean for the text as given, in the order of `check`."""
    violations = [_violation(page, hit) for hit in hits]
    return tuple(sorted(violations, key=lambda v: (v.start, v.severity, v.rule, v.end)))


def refuse_unreadable(text: str) -> None:
    """Raise a TranscriptError for lone surrogates or more text than one segment can hold."""
    if len(text) > LONGEST_TEXT:
        raise TranscriptError(
            "transcript.too-long",
            f"{len(text)} characters are more than one transcript can hold ({LONGEST_TEXT})",
            length=len(text),
            limit=LONGEST_TEXT,
        )
    if found := _SURROGATE.search(text):
        raise TranscriptError(
            "transcript.surrogate", f"half of a character stands at {found.start()}", position=found.start()
        )


def _violation(page: Page, hit: Hit) -> Violation:
    rule = RULES[hit.rule]
    start, end = page.place(hit)
    found = page.text[start:end]
    return Violation(
        rule=rule.id,
        severity=severity(page, hit),
        start=start,
        end=end,
        start_utf16=page.utf16[start],
        end_utf16=page.utf16[end],
        found=found,
        codepoints=codepoints(found),
        reason=rule.reason.format_map(hit.facts),
        fix=hit.fix,
        replacement=hit.candidates[0] if hit.candidates else None,
        candidates=hit.candidates,
        facts=hit.facts,
    )
