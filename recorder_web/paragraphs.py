"""The little of Markdown that consent texts use: headings, paragraphs, bold; nothing to hide behind."""

import re
from dataclasses import dataclass
from typing import Literal

BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters, bold or not."""

    text: str
    bold: bool


@dataclass(frozen=True, slots=True)
class Block:
    """One heading or paragraph."""

    kind: Literal["h2", "h3", "p"]
    pieces: tuple[Piece, ...]


def paragraphs(text: str) -> tuple[Block, ...]:
    """Return the blocks of a text, in order.

    Examples
    --------
    >>> blocks = paragraphs("# Consent\\n\\n**Who.** We record\\nyou.\\n\\n## Pay\\nAs shown.")
    >>> [block.kind for block in blocks]
    ['h2', 'p', 'h3', 'p']
    >>> [(piece.text, piece.bold) for piece in blocks[1].pieces]
    [('Who.', True), (' We record you.', False)]
    """
    blocks: list[Block] = []
    for part in text.split("\n\n"):
        run: list[str] = []
        for line in part.splitlines():
            if line.startswith("#"):
                blocks.append(Block("h2" if line.startswith("# ") else "h3", _pieces(line.lstrip("# "))))
            elif line.strip():
                run.append(line.strip())
        if run:
            blocks.append(Block("p", _pieces(" ".join(run))))
    return tuple(blocks)


def _pieces(text: str) -> tuple[Piece, ...]:
    return tuple(Piece(run, number % 2 == 1) for number, run in enumerate(BOLD.split(text)) if run)
