"""MRK-HTML, TAG-INLINE, ANN-MASK, ANN-SPK, ANN-PAREN: what stands in a text and was never spoken."""

# ruff: noqa: RUF001 - this file names marks and figures that look alike

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

import regex

from speechcorpus.transcribe.characters import BLANK_SET, BLANKS, INVISIBLE_SET
from speechcorpus.transcribe.event_words import EVENT_OF
from speechcorpus.transcribe.page import Hit, Page

_ELEMENTS = """
    a abbr b big blockquote body br button center cite code dd del dfn div dl dt em font form h1 h2
    h3 h4 h5 h6 head hr html i iframe img input ins kbd label li link meta ol option p pre q rb rp
    rt ruby s samp script section select small span strike strong style sub sup svg table tbody td
    textarea th thead title tr tt u ul var video audio
"""
_TAG = (
    rf"[<＜]/?+(?:{'|'.join(_ELEMENTS.split())})(?![\p{{L}}\p{{M}}\p{{N}}])[^<>＜＞]*+[>＞](?!\p{{M}})"
    r"|[<＜](?:!|/|\?)[^<>＜＞]*+[>＞](?!\p{M})|[<＜][A-Za-z][^<>＜＞]*+/[>＞](?!\p{M})"
)
_ENTITY = r"&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_MARKUP_ENDS = regex.compile("[<＜&]")
_HIDDEN = regex.compile(rf"[{BLANK_SET}]|{INVISIBLE_SET}", regex.V1)

_OPEN, _CLOSE = "(（[［{｛<＜【〔〖﹙﹛﹝⦅｟", ")）]］}｝>＞】〕〗﹚﹜﹞⦆｠"
# With U+0338 on it, < is another sign: ≮.
_BRACKETED = regex.compile(
    rf"[{regex.escape(_OPEN)}](?!\p{{M}})(?P<inside>[^{regex.escape(_OPEN + _CLOSE)}]*+)"
    rf"[{regex.escape(_CLOSE)}](?!\p{{M}})"
    r"|(?<![*＊])[*＊](?P<starred>[^*＊]++)[*＊](?![*＊])"
)
_NOTE_ENDS = regex.compile(rf"[{regex.escape(_OPEN)}*＊]")
_PADDING = "".join(BLANKS) + "，。？！、；：,.?!…~～—-_／/ "
_ANGLE = "<＜"
_WORD = regex.compile(r"[A-Za-z][A-Za-z_-]*+")
_HAN = regex.compile(r"\p{Han}")
_MASK = regex.compile(
    r"(?<![\p{Latin}\p{M}\p{Nd}])(?:X{2,}+|x{2,}+)(?![\p{Latin}\p{M}\p{Nd}])"
    r"|[○◯●◎□■△▲◇◆☐_＿×✕✖╳]{2,}+|[*＊]{2,}+|[#＃]{2,}+"
)
_LABEL_SIGN = regex.compile(r"[：:﹕︰∶]")
_LEADING = regex.compile(rf"[{BLANK_SET}，。？！、；：,.?!｡﹐﹖﹗．]*+")
_DIGIT = "[0-9０-９]"
_COLON = "[：:﹕︰∶]"
_TIME = rf"(?:{_DIGIT}{{1,2}}{_COLON}){{1,2}}{_DIGIT}{{2}}(?:[.,．]{_DIGIT}{{1,3}})?(?!{_DIGIT})"
_TO = rf"[{BLANK_SET}]*+(?:-->|[-–—~～至到])[{BLANK_SET}]*+"
_STAMP = (
    rf"[{regex.escape(_OPEN)}][{BLANK_SET}]*+{_TIME}(?:{_TO}{_TIME})?[{BLANK_SET}]*+[{regex.escape(_CLOSE)}]"
    rf"|{_TIME}{_TO}{_TIME}|(?=[0０]|(?:{_DIGIT}++{_COLON}){{2}}){_TIME}"
)
_WHO = (
    "[甲乙丙丁戊己庚辛]|男声?|女声?|男生|女生|主持人?|来宾|记者|访员|访谈者|采访者|受访者|受访人|发言人|发言者|讲者|讲者|"
    "说话人|说话者|录音员|旁白|问|答|[Ss]peaker|[Ss]pk|[Ss]pkr|[A-Za-z]"
)
_LABEL = rf"(?:{_WHO})[ _-]?(?:{_DIGIT}{{1,3}}|[一二三四五六七八九十]|[A-Za-z](?![A-Za-z]))?"


def markup(page: Page) -> Iterator[Hit]:
    """MRK-HTML: tags and entities of web pages."""
    for found in _markup().finditer(page.plain) if _MARKUP_ENDS.search(page.solid) else ():
        text = found.group()
        meant = _unescaped(text) if text.startswith("&") else ""
        candidates = (meant, "") if meant and meant != text and not _HIDDEN.search(meant) else ("",)
        yield _note("MRK-HTML", found, candidates, {"found": text})


def _unescaped(entity: str) -> str:
    from html import unescape  # only text of web pages needs its two thousand names

    return unescape(entity)


def event_tags(page: Page) -> Iterator[Hit]:
    """TAG-INLINE: an event written as a word in brackets; it belongs on the time line."""
    for found in _bracketed(page):
        word = _inside(found).strip(_PADDING).casefold()
        event = EVENT_OF.get(word)
        if event is not None or (found.group()[0] in _ANGLE and _WORD.fullmatch(word)):
            yield _note("TAG-INLINE", found, ("",), {"found": found.group(), "event": event or ""})


def bracketed_notes(page: Page) -> Iterator[Hit]:
    """ANN-PAREN: anything else in a pair of brackets, a reading or a note."""
    for found in _bracketed(page):
        if found["inside"] is None:
            continue
        text, inside = page.plain[slice(*found.span())], page.plain[slice(*found.span("inside"))]
        spoken = inside.strip(_PADDING)
        candidates = ("", spoken) if _HAN.search(spoken) else ("",)  # characters may have been spoken
        yield _note("ANN-PAREN", found, candidates, {"found": text, "inside": inside})


def masks(page: Page) -> Iterator[Hit]:
    """ANN-MASK: XX, ○○, ***, ### for what somebody would not write down."""
    for found in _MASK.finditer(page.plain) if page.is_odd else ():
        hit = _note("ANN-MASK", found, (), {"found": found.group()})
        yield replace(hit, fix="none")


def speaker_labels(page: Page) -> Iterator[Hit]:
    """ANN-SPK: a speaker's name from the closed list, or a time stamp, before the first word."""
    if not _LABEL_SIGN.search(page.solid):
        return
    leading = _LEADING.match(page.solid)
    start = leading.end() if leading else 0
    if found := _speaker().match(page.folded, start):
        yield _note("ANN-SPK", found, ("",), {"found": page.plain[slice(*found.span())]})


def _bracketed(page: Page) -> "Iterator[regex.Match[str]]":
    if page.is_odd and _NOTE_ENDS.search(page.plain):
        yield from _BRACKETED.finditer(page.folded)


def _inside(found: "regex.Match[str]") -> str:
    return found["starred"] if found["inside"] is None else found["inside"]


def _note(rule: str, found: "regex.Match[str]", candidates: tuple[str, ...], facts: Mapping[str, str]) -> Hit:
    return Hit(rule=rule, start=found.start(), end=found.end(), fix="ask", candidates=candidates, facts=facts)


@cache  # large patterns are compiled when a text first needs them: importing the rules stays quick
def _speaker() -> "regex.Pattern[str]":
    return regex.compile(
        rf"(?:{_STAMP})?[{BLANK_SET}]*+"
        rf"(?:{_LABEL}|[{regex.escape(_OPEN)}]{_LABEL}[{regex.escape(_CLOSE)}])[{BLANK_SET}]*+{_COLON}++"
        rf"(?:[{BLANK_SET}]*+(?:{_STAMP}|{_TIME}))?|(?:{_STAMP})",
        regex.V1,
    )


@cache
def _markup() -> "regex.Pattern[str]":
    return regex.compile(f"(?:{_TAG})|(?:{_ENTITY})", regex.IGNORECASE)
