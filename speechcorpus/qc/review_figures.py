"""What a project publishes about its own reviews, so that people can see how they would be treated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from speechcorpus.qc.code_gate import CodeGate
from speechcorpus.qc.proportions import Share, jeffreys


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFigures:
    """The published figures of one project."""

    refused: Share  # of decided item lines, those that stand refused
    overturned: Share  # of decided appeals, those that went to the contributor, by a judge or by silence
    lapsed: Share  # of items that were to be heard, those nobody heard in time: accepted
    answer: timedelta | None  # half of the answers came faster
    gates: tuple[CodeGate, ...]

    @property
    def barred(self) -> tuple[str, ...]:
        """Codes that cannot refuse here."""
        return tuple(gate.code for gate in self.gates if not gate.may_refuse)


def review_figures(
    *,
    lines: int,
    refused: int,
    appeals: int,
    overturned: int,
    heard: int,
    lapsed: int,
    answers: Iterable[timedelta],
    gates: Sequence[CodeGate],
) -> ReviewFigures:
    """Return the figures from their counts.

    Parameters
    ----------
    lines : accepted and refused ones; void ones are neither
    heard : items whose review ended, the `lapsed` ones among them
    answers : for each item that a person decided, the time from hand-in to the answer

    Examples
    --------
    >>> found = review_figures(lines=200, refused=3, appeals=2, overturned=1, heard=40, lapsed=0,
    ...                        answers=[timedelta(hours=5), timedelta(hours=9)], gates=())
    >>> found.refused.value, found.overturned.value, found.answer
    (0.015, 0.5, datetime.timedelta(seconds=25200))
    """
    return ReviewFigures(
        refused=jeffreys(refused, lines),
        overturned=jeffreys(overturned, appeals),
        lapsed=jeffreys(lapsed, heard),
        answer=_middle(answers),
        gates=tuple(gates),
    )


def _middle(answers: Iterable[timedelta]) -> timedelta | None:
    seconds = [answer.total_seconds() for answer in answers]
    return timedelta(seconds=median(seconds)) if seconds else None
