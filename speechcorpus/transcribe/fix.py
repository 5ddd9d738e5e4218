"""Every repair that needs no ear, in the order in which one makes room for the next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import CheckContext, Edit, Fixed, TranscriptProfile, Violation
from speechcorpus.transcribe.check import (
    FINDERS,
    REPAIRERS,
    Finder,
    hits_on,
    refuse_unreadable,
    violations_on,
)
from speechcorpus.transcribe.digits import figures
from speechcorpus.transcribe.filler_rules import misspelt_fillers
from speechcorpus.transcribe.glyph_rules import full_width_letters, garbled_text, private_characters, radicals
from speechcorpus.transcribe.latin_rules import foreign_words, romanised_words
from speechcorpus.transcribe.lookalike_rules import look_alike_characters, other_scripts, symbols
from speechcorpus.transcribe.markup_rules import bracketed_notes, event_tags, markup, masks, speaker_labels
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.precedence import settled
from speechcorpus.transcribe.punctuation_rules import half_width_marks, leading_marks, repeated_marks
from speechcorpus.transcribe.romanisation_rules import hyphens, romanisation
from speechcorpus.transcribe.rule_scope import rules_of
from speechcorpus.transcribe.script_rules import (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Rules that are repaired together, and what has to be asked for that: who finds them, who goes first."""

    rules: frozenset[str]
    finders: tuple[Finder, ...]


def _step(*rules: str, by: tuple[Finder, ...]) -> Step:
    return Step(rules=frozenset(rules), finders=tuple(find for find in FINDERS if find in by))


# Whoever claims a place before the rule at hand, in the order of `precedence`.
_NOTES: tuple[Finder, ...] = (
    garbled_text,
    markup,
    event_tags,
    masks,
    speaker_labels,
    bracketed_notes,
)
_TO_COMPAT = (*_NOTES, private_characters, compatibility_ideographs)
_TO_CONFUS = (*_TO_COMPAT, radicals, misspelt_fillers, look_alike_characters)
_TO_HYPHENS = (*_TO_CONFUS, other_scripts, hyphens)
_TO_ROMANISATION = (*_TO_HYPHENS, romanisation)
_TO_HALF = (
    *_TO_ROMANISATION,
    romanised_words,
    foreign_words,
    symbols,
    figures,
    signs,
    half_width_marks,
)

# Invisible characters hide neighbours; look-alikes need true ones; simplified characters come before
# variants, since 着 and 裏 may result; half-width marks come before runs (`,，` is a run), blanks as well
# (`？ ？`); a run is shortened before the edge is looked at; NFC has the last word.
ORDER: tuple[Step, ...] = (
    _step("UNI-INVIS", by=(invisible_characters,)),
    _step("UNI-PUA", by=(*_NOTES, private_characters)),
    _step("UNI-COMPAT", "UNI-NFC", by=(*_TO_COMPAT, composed_letters)),
    _step("UNI-RADICAL", by=(*_TO_COMPAT, radicals)),
    _step("UNI-FULLW", by=(*_NOTES, full_width_letters)),
    _step("UNI-CONFUS", by=_TO_CONFUS),
    _step("TL-HYPH", by=_TO_HYPHENS),
    _step("TL-MARK", by=_TO_ROMANISATION),
    _step("TL-NUM", by=_TO_ROMANISATION),
    _step("TL-POJ", by=_TO_ROMANISATION),
    _step("HAN-SIMP", "HAN-TRAD", by=(simplified_characters, traditional_characters)),
    _step("HAN-VAR", by=(variant_characters,)),
    _step("PUN-HALF", by=_TO_HALF),
    _step("SPC-ANY", by=(*_NOTES, blanks)),
    _step("PUN-RUN", by=(*_NOTES, repeated_marks)),
    _step("PUN-EDGE", by=(*_NOTES, leading_marks)),
    _step("UNI-NFC", by=(composed_letters,)),
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
    page = Page(text=text, profile=profile, tables=tables, context=CheckContext())
    return _repaired(page, hits_on(page, REPAIRERS))


def check_and_fix(
    text: str, profile: TranscriptProfile, tables: Tables, context: CheckContext | None = None
) -> tuple[tuple[Violation, ...], Fixed]:
    """Return what `check` and `safe_fix` return, for less than both cost: the text as given is read once.

    Raises
    ------
    TranscriptError : as `safe_fix`

    Examples
    --------
    >>> tables = Tables(version="", to_traditional={}, to_simplified={}, simplified_exempt={})
    >>> violations, fixed = check_and_fix("好,", TranscriptProfile(variety="nan-TW"), tables)
    >>> [violation.rule for violation in violations], fixed.text
    (['PUN-HALF'], '好，')
    """
    refuse_unreadable(text)
    page = Page(text=text, profile=profile, tables=tables, context=context or CheckContext())
    hits = hits_on(page)
    return violations_on(page, hits), _repaired(page, hits)


def _repaired(page: Page, hits: Iterable[Hit]) -> Fixed:
    edits: list[Edit] = []
    mending = _safe(hits)
    for _ in range(_MOST_ROUNDS + 1):
        before = page.text
        if mending:
            page, mending = _round(page, mending, edits)
        if page.text == before:
            return Fixed(text=page.text, edits=tuple(edits))
    raise TranscriptError("transcript.unstable", "the safe fixes of this text do not come to rest")


def _round(page: Page, mending: Sequence[Hit], edits: list[Edit]) -> tuple[Page, list[Hit]]:
    """Return the page after every step once, and what is left to mend on it."""
    asked: Asked | None = None  # nothing has to be asked before the first change
    for step in ORDER:
        found = mending if asked is None else asked.safe(step.finders)
        if chosen := [hit for hit in found if hit.rule in step.rules]:
            page = replace(page, text=_apply(page, chosen, edits), context=CheckContext())
            asked = Asked(page)
    return page, list(mending) if asked is None else asked.safe(REPAIRERS)


class Asked:
    """A page and what its finders said: each is asked once, and only when a step needs to know."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: dict[Finder, list[Hit]] = {}

    def safe(self, finders: Sequence[Finder]) -> list[Hit]:
        """What can be mended among what these find, one rule a place."""
        return _safe(settled(self.page, [hit for find in finders for hit in self._by(find)]))

    def _by(self, find: Finder) -> list[Hit]:
        if find not in self.found:
            rules = rules_of(self.page.profile)
            self.found[find] = [hit for hit in find(self.page) if hit.rule in rules]
        return self.found[find]


def _safe(hits: Iterable[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit.fix == "safe"]


def _apply(page: Page, hits: Iterable[Hit], edits: list[Edit]) -> str:
    pieces, done, shift = [], 0, 0
    for start, end, hit in sorted(((*page.place(hit), hit) for hit in hits), key=lambda placed: placed[:2]):
        if start < done:
            continue  # two repairs of one place: the second has its turn in the next round
        found, replacement = page.text[start:end], hit.candidates[0]
        edits.append(
            Edit(rule=hit.rule, start=start + shift, end=end + shift, found=found, replacement=replacement)
        )
        shift += len(replacement) - len(found)
        pieces += [page.text[done:start], replacement]
        done = end
    return "".join([*pieces, page.text[done:]])
