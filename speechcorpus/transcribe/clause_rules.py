"""LEN-EMPTY, LEN-MAX, PUN-TAIL, PUN-SPARSE, PUN-DENSE, DUP-RUN: what stands between the marks."""

# ruff: noqa: RUF001 - this file names marks and figures that look alike

from collections.abc import Iterator
from itertools import groupby

import regex

from speechcorpus.transcribe.characters import BLANK_SET, FINAL_MARKS, TWINS
from speechcorpus.transcribe.page import Hit, Page

LONGEST_CLAUSE = 40  # 99.9 % of clauses of published sentences have at most 24 Han, the longest 38
MANY_SHORT_CLAUSES = 3
LONGEST_SEGMENT, LONGEST_SEGMENT_S = 200, 30.0
LONGEST_RUN = 6  # 哈哈哈哈哈哈: the longest row of one character in published sentences

_WORD = regex.compile(r"[[\p{L}\p{N}\p{Co}]--\p{Default_Ignorable_Code_Point}]", regex.V1)
_CLAUSE = regex.compile(r"\P{P}++")
_HAN = regex.compile(r"\p{Han}")
_SAME = regex.compile(rf"(?P<char>[\p{{L}}\p{{Han}}])(?P=char){{{LONGEST_RUN},}}+")
_CLOSERS = regex.compile(rf"[{BLANK_SET}\p{{Pe}}\p{{Pf}}\"'＂＇]")


def empty_text(page: Page) -> Iterator[Hit]:
    """LEN-EMPTY: nothing that can be spoken."""
    if not _WORD.search(page.solid):
        yield Hit(rule="LEN-EMPTY", start=0, end=len(page.text), fix="none", in_text=True)


def long_segment(page: Page) -> Iterator[Hit]:
    """LEN-MAX: more than 200 Han characters or 30 s; `split_at` is the place after the middlemost mark."""
    seconds = page.context.duration_s
    too_long_s = seconds is not None and seconds > LONGEST_SEGMENT_S
    if len(page.text) <= LONGEST_SEGMENT and not too_long_s:
        return
    han = len(_HAN.findall(page.plain))
    if han > LONGEST_SEGMENT:
        facts = {"measured": f"{han} characters", "limit": str(LONGEST_SEGMENT)}
    elif too_long_s:
        facts = {"measured": f"{seconds:.1f} s", "limit": f"{LONGEST_SEGMENT_S:g} s"}
    else:
        return
    marks = [index + 1 for index, char in enumerate(page.text[:-1]) if char in page.profile.marks]
    if marks:
        facts["split_at"] = str(min(marks, key=lambda place: abs(2 * place - len(page.text))))
    yield Hit(rule="LEN-MAX", start=0, end=len(page.text), fix="ask", facts=facts, in_text=True)


def open_end(page: Page) -> Iterator[Hit]:
    """PUN-TAIL: no 。？！ at the end, where a whole sentence was asked for or spoken freely."""
    wanted = page.profile.kind == "spontaneous" or page.context.sentence_prompt
    if not wanted or not _WORD.search(page.solid):
        return
    end = len(page.face)
    while _CLOSERS.match(page.face, end - 1):
        end -= 1
    last = TWINS.get(page.face[end - 1], page.face[end - 1])
    if last not in FINAL_MARKS:
        start = end - 1 if last in page.profile.marks else end
        yield Hit(rule="PUN-TAIL", start=start, end=end, fix="ask", candidates=tuple(FINAL_MARKS))


def long_clauses(page: Page) -> Iterator[Hit]:
    """PUN-SPARSE: a clause longer than any in published text."""
    if len(page.face) <= LONGEST_CLAUSE:
        return
    for clause in _CLAUSE.finditer(page.face):
        han = [found.start() for found in _HAN.finditer(page.face, *clause.span())]
        if len(han) > LONGEST_CLAUSE:
            facts = {"count": str(len(han)), "limit": str(LONGEST_CLAUSE)}
            yield Hit(rule="PUN-SPARSE", start=han[0], end=han[-1] + 1, fix="none", facts=facts)


def short_clauses(page: Page) -> Iterator[Hit]:
    """PUN-DENSE: three or more clauses of one Han character in a row."""
    clauses = [clause for clause in _CLAUSE.finditer(page.face) if clause.group().strip()]
    for short, group in groupby(clauses, key=lambda clause: bool(_HAN.fullmatch(clause.group().strip()))):
        row = list(group)
        if short and len(row) >= MANY_SHORT_CLAUSES:
            facts = {"count": str(len(row))}
            yield Hit(rule="PUN-DENSE", start=row[0].start(), end=row[-1].end(), fix="none", facts=facts)


def long_runs(page: Page) -> Iterator[Hit]:
    """DUP-RUN: one character seven times or more in a row."""
    for found in _SAME.finditer(page.plain):
        facts = {"char": found["char"], "count": str(len(found.group()))}
        yield Hit(rule="DUP-RUN", start=found.start(), end=found.end(), fix="none", facts=facts)
