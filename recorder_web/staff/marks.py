"""Text with its findings marked in place, and a text against its prompt: pieces for a template."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import SEVERITY_RANK


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of characters; `finding` numbers the one it is marked by, from 1."""

    text: str
    severity: str | None = None
    finding: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A run of characters that both texts share, or only one has."""

    kind: Literal["same", "prompt-only", "said-only"]
    text: str


def marked(text: str, findings: Sequence[Finding]) -> tuple[Piece, ...]:
    """Return a text cut where findings begin and end; of overlapping ones the worst shows.

    Examples
    --------
    >>> from decimal import Decimal
    >>> digit = Finding(code="transcript.num-digit", severity="fix", measured=Decimal(1), comparator=">",
    ...                 limit=Decimal(0), unit="1", char_start=1, char_end=2)
    >>> [(piece.text, piece.severity) for piece in marked("買3斤", [digit])]
    [('買', None), ('3', 'fix'), ('斤', None)]
    """
    spans = [
        (number, each, each.char_start, each.char_end)
        for number, each in enumerate(findings, 1)
        if each.char_start is not None and each.char_end is not None and each.char_start < each.char_end
    ]
    edges = sorted({0, len(text), *(min(edge, len(text)) for _, _, *span in spans for edge in span)})
    pieces = []
    for start, end in pairwise(edges):
        over = [(number, each) for number, each, first, last in spans if first <= start and end <= last]
        number, worst = max(over, key=lambda pair: SEVERITY_RANK[pair[1].severity], default=(None, None))
        pieces.append(Piece(text=text[start:end], severity=worst.severity if worst else None, finding=number))
    return tuple(pieces)


def compared(prompt: str, said: str) -> tuple[Change, ...]:
    """Return how what was said differs from the prompt, character by character.

    Examples
    --------
    >>> [(change.kind, change.text) for change in compared("阮欲去", "我欲去")]
    [('prompt-only', '阮'), ('said-only', '我'), ('same', '欲去')]
    """
    changes: list[Change] = []
    matcher = difflib.SequenceMatcher(None, prompt, said, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            changes.append(Change(kind="same", text=prompt[first:last]))
            continue
        if last > first:
            changes.append(Change(kind="prompt-only", text=prompt[first:last]))
        if end > start:
            changes.append(Change(kind="said-only", text=said[start:end]))
    return tuple(changes)
