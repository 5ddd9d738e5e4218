"""References that read like Mandarin: Taigi that was recognised perfectly would differ from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from speechcorpus.domain.transcript import Script, TranscriptProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class MandarinBlock:
    """Some references in a row, [start, end) of those given, and the wording that gives them away."""

    start: int
    end: int
    words: tuple[str, ...]


def mandarin_blocks(texts: Sequence[str], script: Script) -> list[MandarinBlock]:
    """Return the blocks of ten that read like Mandarin, of texts that one person said in this order."""
    # Scoring itself needs none of the rules.
    from speechcorpus.transcribe.wording import block_decisions
    from speechcorpus.workflows.rule_tables import rule_tables

    profile = TranscriptProfile(variety="nan-TW", script=script)
    return [
        MandarinBlock(
            start=block.start,
            end=block.end,
            words=tuple(sorted({word for _, words in block.evidence for word in words})),
        )
        for block in block_decisions(texts, profile, rule_tables())
        if block.translated
    ]
