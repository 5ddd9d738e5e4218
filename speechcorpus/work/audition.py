"""What an audition comes to: two who listened blind, a third where they differ, and three criteria."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from speechcorpus.transcribe.error_rates import cer, corpus_score
from speechcorpus.transcribe.scoring_fold import Fold

AuditionResult = Literal["suitable", "recording-only", "not_suitable"]
Criterion = Literal["variety", "machine", "transcription"]
CRITERIA: Final[tuple[Criterion, ...]] = ("variety", "machine", "transcription")

PROMPTS: Final = 5
FREE_S: Final = 60
SENTENCES: Final = 3
APART: Final = timedelta(days=30)
MOST_CER_PCT: Final = Decimal(10)
OPINIONS: Final = 2  # a third is asked where these leave it open
GOLD_RIGHT, GOLD_OF = 36, 40  # of a qualifying gold set, fair-work.md §10


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one listener found, in numbers: nothing else can be said of a person."""

    items: int  # sentences and pieces of free speech that were heard
    other_variety: int  # of them in another variety than the declared one
    held: int  # of the items, those that the machine holds for their sound
    confirms_held: bool  # the listener hears that too
    cer_pct: (
        Decimal | None
    )  # of the person's transcripts against the listener's own; None: nothing to compare

    def fails(self, criterion: Criterion) -> bool:
        """Say whether this criterion is missed: in more than half of the items, or by more than 10 % CER.

        Examples
        --------
        >>> heard = Heard(items=8, other_variety=4, held=5, confirms_held=True, cer_pct=Decimal("10.0"))
        >>> [criterion for criterion in CRITERIA if heard.fails(criterion)]
        ['machine']
        """
        if criterion == "variety":
            return 2 * self.other_variety > self.items
        if criterion == "machine":
            return self.confirms_held and 2 * self.held > self.items
        return self.cer_pct is not None and self.cer_pct > MOST_CER_PCT


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionVerdict:
    """What the audition came to; `criterion` is None when nothing was missed."""

    result: AuditionResult
    criterion: Criterion | None


def settle_audition(opinions: Sequence[Heard]) -> AuditionVerdict | None:
    """Return what listeners agree on, None while another one could change it.

    A criterion counts when two listeners missed it, each by numbers of their own.

    Examples
    --------
    >>> def heard(other_variety, cer_pct):
    ...     numbers = {"items": 8, "held": 0, "confirms_held": False, "cer_pct": Decimal(cer_pct)}
    ...     return Heard(other_variety=other_variety, **numbers)
    >>> settle_audition([heard(0, 3), heard(1, 4)])
    AuditionVerdict(result='suitable', criterion=None)
    >>> settle_audition([heard(6, 3), heard(0, 4)]) is None
    True
    >>> settle_audition([heard(6, 3), heard(0, 14), heard(2, 12)])
    AuditionVerdict(result='recording-only', criterion='transcription')
    """
    votes = {each: sum(heard.fails(each) for heard in opinions) for each in CRITERIA}
    if len(opinions) < OPINIONS:
        return None
    if len(opinions) == OPINIONS:
        third = {each: count + 1 for each, count in votes.items()}
        if _verdict(votes).result != _verdict(third).result:
            return None
    return _verdict(votes)


def _verdict(votes: Mapping[Criterion, int]) -> AuditionVerdict:
    missed = next((each for each in CRITERIA if votes[each] >= OPINIONS), None)
    if missed is None:
        return AuditionVerdict(result="suitable", criterion=None)
    result: AuditionResult = "recording-only" if missed == "transcription" else "not_suitable"
    return AuditionVerdict(result=result, criterion=missed)


def transcription_cer_pct(pairs: Iterable[tuple[str, str]], fold: Fold) -> Decimal | None:
    """Return the character errors of transcripts against a listener's own, all sentences together.

    Parameters
    ----------
    pairs : (the listener's text, the person's text), both after the linter

    Returns
    -------
    cer_pct : with one digit after the point; None if the listener heard no character

    Examples
    --------
    >>> transcription_cer_pct([("今仔日天氣真好", "今仔日天氣好"), ("好", "好")], str)
    Decimal('12.5')
    """
    counts = corpus_score("cer", [cer(reference, said, fold) for reference, said in pairs]).folded
    if not counts.reference_length:
        return None
    share = Decimal(100) * counts.errors / counts.reference_length
    return share.quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)


def next_try(handed_in: Sequence[datetime], *, tries: int) -> datetime | None:
    """Return from when on a person may audition once more; None if no try is left.

    Parameters
    ----------
    handed_in : when each audition so far was handed in

    Examples
    --------
    >>> from datetime import UTC
    >>> first = datetime(2026, 1, 1, tzinfo=UTC)
    >>> next_try([first], tries=2).isoformat(), next_try([first, first], tries=2)
    ('2026-01-31T00:00:00+00:00', None)
    """
    if len(handed_in) >= tries:
        return None
    return max(handed_in) + APART if handed_in else datetime.min.replace(tzinfo=UTC)


def passes_gold(right: int, of: int) -> bool:
    """Say whether answers on a qualifying gold set make a reviewer: at least 36 of 40.

    Examples
    --------
    >>> passes_gold(36, 40), passes_gold(35, 40), passes_gold(36, 39)
    (True, False, False)
    """
    return of >= GOLD_OF and right * GOLD_OF >= GOLD_RIGHT * of
