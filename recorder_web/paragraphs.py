"""The little of Markdown that consent texts use: headings and paragraphs, nothing to hide behind."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Block:
    """One heading or paragraph."""

    kind: Literal["h2", "h3", "p"]
    text: str


def paragraphs(text: str) -> tuple[Block, ...]:
    """Return the blocks of a text, in order.

    Examples
    --------
    >>> [block.kind for block in paragraphs("# Consent\\n\\nWe record.\\nOr not.\\n\\n## Pay\\nAs shown.")]
    ['h2', 'p', 'h3', 'p']
    """
    blocks: list[Block] = []
    for lines in (part.splitlines() for part in text.split("\n\n")):
        run: list[str] = []
        for line in lines:
            if line.startswith("#"):
                blocks.append(Block("h2" if line.startswith("# ") else "h3", line.lstrip("# ")))
            elif line.strip():
                run.append(line.strip())
        if run:
            blocks.append(Block("p", " ".join(run)))
    return tuple(blocks)
