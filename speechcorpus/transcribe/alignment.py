"""Two sequences of tokens side by side with the fewest differences."""

from collections.abc import Sequence
from dataclasses import dataclass

import jiwer

from speechcorpus.domain.errors import TranscriptError

Column = tuple[str | None, str | None]

# jiwer compares strings and strips blanks; planes 15 and 16 hold none, and nothing else of ours.
_FIRST_CODE = 0xF0000
_MOST_TOKENS = 0x20000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often the aligned tokens agree and differ."""

    hits: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @property
    def errors(self) -> int:
        """All differences."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def reference_length(self) -> int:
        """Tokens of the reference."""
        return self.hits + self.substitutions + self.deletions

    @property
    def hypothesis_length(self) -> int:
        """Tokens of the hypothesis."""
        return self.hits + self.substitutions + self.insertions

    @property
    def rate(self) -> float | None:
        """Errors for each token of the reference; None without a reference, where jiwer says 0 or 1.

        Examples
        --------
        >>> Counts(hits=3, substitutions=1).rate, Counts(insertions=2).rate
        (0.25, None)
        """
        return self.errors / self.reference_length if self.reference_length else None

    def __add__(self, other: "Counts") -> "Counts":
        """The counts of two pairs together: a corpus is never a mean of rates."""
        return Counts(
            hits=self.hits + other.hits,
            substitutions=self.substitutions + other.substitutions,
            deletions=self.deletions + other.deletions,
            insertions=self.insertions + other.insertions,
        )


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[Column, ...]:
    """Return one column for each pair of tokens; None is a gap.

    Raises
    ------
    TranscriptError : `transcript.too-long`, for more than 131,072 different tokens

    Examples
    --------
    >>> align(["我", "是", "人"], ["我", "人"])
    (('我', '我'), ('是', None), ('人', '人'))
    """
    codes = {token: _FIRST_CODE + index for index, token in enumerate({*reference, *hypothesis})}
    if len(codes) > _MOST_TOKENS:
        raise TranscriptError(
            "transcript.too-long", f"{len(codes)} different tokens cannot be aligned", limit=_MOST_TOKENS
        )
    chunks = jiwer.process_characters(_encoded(reference, codes), _encoded(hypothesis, codes)).alignments[0]
    columns: list[Column] = []
    for chunk in chunks:
        left = reference[chunk.ref_start_idx : chunk.ref_end_idx]
        right = hypothesis[chunk.hyp_start_idx : chunk.hyp_end_idx]
        columns += _side_by_side(left, right)
    return tuple(columns)


def count(columns: Sequence[Column]) -> Counts:
    """Return how often the two sides agree and differ.

    Examples
    --------
    >>> count(align("台語", "台羅語"))
    Counts(hits=2, substitutions=0, deletions=0, insertions=1)
    """
    hits = sum(left == right for left, right in columns)
    deletions = sum(right is None for _, right in columns)
    insertions = sum(left is None for left, _ in columns)
    return Counts(
        hits=hits,
        substitutions=len(columns) - hits - deletions - insertions,
        deletions=deletions,
        insertions=insertions,
    )


def _encoded(tokens: Sequence[str], codes: dict[str, int]) -> str:
    return "".join(chr(codes[token]) for token in tokens)


def _side_by_side(left: Sequence[str], right: Sequence[str]) -> list[Column]:
    if not left:
        return [(None, token) for token in right]
    if not right:
        return [(token, None) for token in left]
    return list(zip(left, right, strict=True))
