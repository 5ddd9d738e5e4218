"""LAT-TL, LAT-FORM: words in Latin letters among Han characters."""

# ruff: noqa: RUF001 - this file names marks that look alike

from collections.abc import Iterator

import regex

from speechcorpus.transcribe.characters import beside, is_han
from speechcorpus.transcribe.digits import in_script
from speechcorpus.transcribe.latin_words import DASHES, Word, latin_words
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.unicode_rules import composed

BARE_WORDS = {"beh": ("欲",), "kap": ("佮",), "koh": ("閣",), "tshit": ("七", "拭")}
"""Romanised words that stand in published texts without any mark, and their characters."""

IN_HAN = "in Han characters"  # what a project that forbids Latin letters wants

_INITIALISMS = """
    AI ATM BBQ BBS BMI BMW CCTV CD CEO CIA CNN CPR CPU CT DIY DJ DNA DVD ECFA EMBA EQ ESG FBI FB GDP GPS HBO
    HIV IBM IC IG IP IQ KFC KPI KTV LCD LED MBA MLB MRI MRT MSN MTV MV NBA NBC NCC NFT OK PC PCR PDF PK PPT
    PTT PVC QR RNA SMS SOP SUV TV TVBS UFO USA USB VCD VIP VPN VR WC WTO WWW
"""
_LISTED = {word.lower(): word for word in _INITIALISMS.split()}
_JOINED = r"\p{Latin}\p{M}\p{Nd}"
_SPELT_OUT = regex.compile(
    rf"(?<![{_JOINED}\-])(?<![{_JOINED}][.．])[A-Za-z]"
    rf"(?:(?:[.．][A-Za-z](?![{_JOINED}]))++|(?:-[A-Za-z](?![{_JOINED}])){{2,}}+)(?P<tail>[.．])?",
    regex.V1,
)
_LETTER = regex.compile(r"\p{Latin}")
_DASHES = regex.compile(f"[{DASHES}]")
_NO_DASHES = regex.compile(f"[^{DASHES}]+")


def romanised_words(page: Page) -> Iterator[Hit]:
    """LAT-TL: a possible word of Taigi that a tone or a hyphen, or a short list, shows to be one."""
    if page.profile.orthography != "hanji" or page.profile.latin == "forbid":
        return  # where no Latin letter may stand, LAT-FORM speaks of every word
    for word in latin_words(page):
        bare = () if word.text.isupper() else BARE_WORDS.get(word.text.lower(), ())
        if bare or _is_romanised(word):
            yield Hit(
                rule="LAT-TL",
                start=word.start,
                end=word.end,
                fix="ask",
                candidates=tuple(in_script(words, page) for words in bare),
                facts={"word": page.plain[word.start : word.end]},
            )


def foreign_words(page: Page) -> Iterator[Hit]:
    """LAT-FORM: an initialism in another form than ATM; every foreign word where none may stand."""
    if not page.profile.has_han or not page.is_odd or not _LETTER.search(page.plain):
        return
    forbidden, done = page.profile.latin == "forbid", 0
    for start, end, written in sorted([*_spelt_out(page), *_words(page)], key=_outermost_first):
        if start < done:
            continue
        done = end
        if forbidden:
            yield from (_form(page, *piece, "") for piece in _between_dashes(page, start, end))
        else:
            yield _form(page, start, end, written)


def _is_romanised(word: Word) -> bool:
    if word.text.isupper() and not word.text.isascii():
        return word.is_possible
    return not word.text.isupper() and (len(word.parts) > 1 or word.shows_a_tone) and word.is_possible


def _between_dashes(page: Page, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The pieces of a word: of a dash typed for its hyphen TL-HYPH speaks, and it may not hide the word."""
    for piece in _NO_DASHES.finditer(page.plain, start, end):
        yield piece.span()


def _spelt_out(page: Page) -> Iterator[tuple[int, int, str]]:
    """Initialisms with stops or hyphens between their letters."""
    text, origin = composed(page.plain)
    if page.profile.latin == "forbid" and page.profile.orthography == "hanlo":
        text = _DASHES.sub("-", text)
    for found in _SPELT_OUT.finditer(text):
        end = found.end()
        if found["tail"] and not _goes_on(text, end - 1):
            end -= 1  # the end of a sentence, perhaps
        letters = [char for char in text[found.start() : end] if char.isalpha()]
        if page.profile.orthography == "hanji" or not all(map(_is_vowel, letters)):
            yield origin[found.start()], origin[end], "".join(letters).upper()


def _goes_on(text: str, stop: int) -> bool:
    _, after = beside(text, stop)
    return is_han(after) or _LETTER.match(after) is not None


def _is_vowel(letter: str) -> bool:
    return letter in "aeioum"


def _words(page: Page) -> Iterator[tuple[int, int, str]]:
    """Listed initialisms in lower case; every word that is not Taigi where none may stand."""
    mixed = page.profile.orthography == "hanlo"
    for word in latin_words(page):
        if mixed and (word.shows_a_tone or word.is_possible):
            continue  # Taigi, well spelt or not
        if page.profile.latin == "forbid":
            yield word.start, word.end, ""
        elif (listed := _LISTED.get(word.text.lower(), word.text)) != word.text:
            yield word.start, word.end, listed


def _outermost_first(form: tuple[int, int, str]) -> tuple[int, int]:
    start, end, _ = form
    return start, -end


def _form(page: Page, start: int, end: int, written: str) -> Hit:
    return Hit(
        rule="LAT-FORM",
        start=start,
        end=end,
        fix="ask",
        candidates=(written,) if written else (),
        facts={"word": page.plain[start:end], "written": written or IN_HAN},
    )
