"""One place, one rule: of two rules that claim the same characters the more specific one speaks."""

from collections.abc import Sequence
from dataclasses import replace

from speechcorpus.domain.transcript import Severity
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.rulebook import severity_of

# Text that is garbled or that nobody spoke is looked at as a whole, hence these come first.
NOTES = ("UNI-MOJI", "MRK-HTML", "TAG-INLINE", "ANN-MASK", "ANN-SPK", "ANN-PAREN")
PRECEDENCE = (
    *NOTES,
    "UNI-PUA",
    "UNI-COMPAT",
    "UNI-RADICAL",
    "VRB-FILL",
    "UNI-CONFUS",
    "UNI-SCRIPT",
    "TL-HYPH",
    "TL-MARK",
    "TL-NUM",
    "TL-POJ",
    "LAT-TL",
    "LAT-FORM",
    "UNI-SYMBOL",
    "NUM-DIGIT",
    "NUM-SYM",
    "PUN-HALF",
    "PUN-SET",
)
# Rules of no rank that have nothing to say within a note; how characters are stored matters there as well.
SILENT_IN_NOTES = frozenset(
    {
        "SPC-ANY", "PUN-RUN", "PUN-EDGE", "PUN-DENSE", "PUN-SPARSE", "UNI-FULLW", "DUP-RUN", "HAN-MOE",
        "WRD-CMN", "WRD-NAN", "TL-SYL",
    }
)  # fmt: skip
_RANK = {rule: rank for rank, rule in enumerate(PRECEDENCE)}
_NO_RANK = len(PRECEDENCE)


def settled(page: Page, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the hits that speak, in the order given.

    A warning that takes the place of an error is as serious as the error: it may not hide it.
    """
    if len(hits) < 2 or all(hit.rule not in _RANK for hit in hits):
        return tuple(hits)
    owner: dict[int, int] = {}  # place in the text as given → the hit that speaks there
    lost: set[int] = set()
    raised: set[int] = set()
    for index in sorted(range(len(hits)), key=lambda index: _RANK.get(hits[index].rule, _NO_RANK)):
        start, end = page.place(hits[index])
        winners = {owner[place] for place in range(start, end) if place in owner}
        if _gives_way(hits[index], [hits[winner] for winner in winners]):
            lost.add(index)
            raised |= winners if severity(page, hits[index]) == "error" else set()
        elif hits[index].rule in _RANK:
            owner.update(dict.fromkeys(range(start, end), index))
    return tuple(
        replace(hit, severity="error") if index in raised else hit
        for index, hit in enumerate(hits)
        if index not in lost
    )


def severity(page: Page, hit: Hit) -> Severity:
    """How serious a hit is: its own word, else that of its rule."""
    return hit.severity or severity_of(hit.rule, page.profile)


def _gives_way(hit: Hit, winners: Sequence[Hit]) -> bool:
    if hit.rule in _RANK:
        return bool(winners)
    if hit.rule.startswith("HAN-") and any(winner.rule == "UNI-MOJI" for winner in winners):
        return True  # 锟斤拷 in other characters would only hide what happened
    return hit.rule in SILENT_IN_NOTES and any(winner.rule in NOTES for winner in winners)
