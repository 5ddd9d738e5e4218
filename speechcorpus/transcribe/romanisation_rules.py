"""TL-MARK, TL-NUM, TL-POJ, TL-SYL, TL-HYPH: a tier that is spelt in Tâi-lô or in POJ."""

# ruff: noqa: RUF001 - this file names figures that look alike

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import regex

from speechcorpus.domain.transcript import FixClass
from speechcorpus.transcribe.characters import codepoints
from speechcorpus.transcribe.latin_words import DASHES, Part, Word, latin_words
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.romanisation import Spelling, syllable
from speechcorpus.transcribe.unicode_rules import composed

_HYPHENS = regex.compile("-{1,2}")
_LONG = "\u2014\u2015"  # what a program makes of two hyphens
_HAN = regex.compile(r"\p{Han}")
_SYLLABLE = regex.compile(r"[[\p{Latin}\p{M}]--\p{Lu}][\p{Latin}\p{M}]*+[0-9]?", regex.V1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """What is wrong with one part of a word."""

    rule: str
    written: str = ""
    fix: FixClass = "safe"


def romanisation(page: Page) -> Iterator[Hit]:
    """TL-MARK, TL-NUM, TL-POJ, TL-SYL: one hit a syllable, or one for those in a row with the same fault."""
    if page.profile.orthography == "hanji":
        return
    for word in latin_words(page):
        faults = [_fault(word, part, page) for part in word.parts]
        yield from _joined(page, word, faults)


def hyphens(page: Page) -> Iterator[Hit]:
    """TL-HYPH: another dash typed for the hyphen, or for the two before a syllable without a tone."""
    if page.profile.orthography == "hanji" or not page.is_odd or not _dash(True).search(page.plain):
        return
    text, origin = composed(page.plain)
    for found in _dash(page.profile.orthography == "hanlo").finditer(text):
        if _HAN.match(text, found.start() - 1) and not _is_syllable(text, found.end()):
            continue  # a pause before a foreign word
        dashes = found.group()
        facts = {"found": " ".join(codepoints(dashes))}
        yield Hit(
            rule="TL-HYPH",
            start=origin[found.start()],
            end=origin[found.end()],
            fix="safe",
            candidates=("--" if len(dashes) > 1 or dashes in _LONG else "-",),
            facts=facts,
        )


def is_foreign(word: Word, part: Part, page: Page) -> bool:
    """Whether this may be a word of another language, which is no syllable that somebody spelt wrong.

    Nothing in its word shows a tone, and it is an initialism or has a capital as a name does; beside Han
    characters a foreign word needs no capital. Where none may stand, LAT-FORM says so beside Han characters.
    """
    mixed = page.profile.orthography == "hanlo"
    if part.shows_a_tone or (page.profile.latin == "forbid" and not mixed):
        return False
    if part.text.isupper():
        return True
    return not word.shows_a_tone and (mixed or word.text.lower() != word.text)


def _fault(word: Word, part: Part, page: Page) -> _Fault | None:
    spelling: Spelling = "poj" if page.profile.orthography == "poj" else "tailo"
    found = part.syllable
    if found is None:
        return None if is_foreign(word, part, page) else _Fault(rule="TL-SYL", fix="none")
    written = found.written(spelling)
    if part.sign:
        return _Fault(rule="TL-MARK", written=written)
    if found.figure:
        # A5, E1: as likely a name as a syllable
        return _Fault(rule="TL-NUM", written=written, fix="ask" if word.text.isupper() else "safe")
    if found.is_of_other(spelling):
        fix: FixClass = "safe" if word.is_possible else "ask"
        return None if is_foreign(word, part, page) else _Fault(rule="TL-POJ", written=written, fix=fix)
    return _Fault(rule="TL-MARK", written=written) if written != part.text else None


def _joined(page: Page, word: Word, faults: Sequence[_Fault | None]) -> Iterator[Hit]:
    """The hits of one word; neighbours with the same fault and plain hyphens between them are one."""
    open_hit: Hit | None = None
    for part, fault in zip(word.parts, faults, strict=True):
        hit = _hit(page, part, fault) if fault else None
        joined = _join(page, open_hit, hit) if open_hit and hit else None
        if open_hit and not joined:
            yield open_hit
        open_hit = joined or hit
    if open_hit:
        yield open_hit


def _join(page: Page, left: Hit, right: Hit) -> Hit | None:
    between = page.plain[left.end : right.start]
    if (left.rule, left.fix) != (right.rule, right.fix) or not left.candidates:
        return None
    if not _HYPHENS.fullmatch(between):
        return None
    written = left.candidates[0] + between + right.candidates[0]
    facts = {"word": page.plain[left.start : right.end], "written": written}
    return replace(left, end=right.end, candidates=(written,), facts=facts)


def _hit(page: Page, part: Part, fault: _Fault) -> Hit:
    word = page.plain[part.start : part.end]
    return Hit(
        rule=fault.rule,
        start=part.start,
        end=part.end,
        fix=fault.fix,
        candidates=(fault.written,) if fault.written else (),
        facts={"word": word, "written": fault.written} if fault.written else {"word": word},
    )


def _is_syllable(text: str, start: int) -> bool:
    found = _SYLLABLE.match(text, start)
    return found is not None and syllable(found.group()) is not None


@lru_cache(maxsize=2)
def _dash(after_han: bool) -> "regex.Pattern[str]":
    before = r"\p{Latin}\p{M}0-9０-９\u02c8\u02ca\u02cb" + (r"\p{Han}" if after_han else "")
    return regex.compile(rf"(?<=[{before}])(?:-[{DASHES}]|[{DASHES}][-{DASHES}]?+)(?=\p{{Latin}})")
