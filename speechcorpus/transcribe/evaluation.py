"""Error rates of a recogniser over a set of clips: as a whole and by group, with counts and intervals."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from speechcorpus.transcribe.error_rates import CorpusScore, Metric, Score, corpus_score
from speechcorpus.transcribe.resampling import Estimate
from speechcorpus.transcribe.speaker_bootstrap import (
    RESAMPLES,
    SEED,
    error_intervals,
)

WHOLE = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredClip:
    """One clip as one or two recognisers heard it.

    `groups` names the group it is in for each grouping, None where it is in none; `other` are the scores of
    the second recogniser against the same reference, empty without one.
    """

    utt_id: str
    speaker: str
    groups: Mapping[str, str | None]
    scores: Mapping[Metric, Score]
    other: Mapping[Metric, Score]
    missing: bool = False  # the first recogniser gave no text: all of the reference counts as deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One metric over one group; `difference` is the second recogniser's rate minus the first one's."""

    metric: Metric
    score: CorpusScore
    estimate: Estimate
    other: CorpusScore | None
    other_estimate: Estimate | None
    difference: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All clips of one group; those without the text that a metric needs are not in its rate."""

    grouped_by: str
    name: str
    clips: int
    speakers: int
    rates: tuple[Rate, ...]


Order = Callable[[str, str], Any]  # whatever can be sorted


def evaluate(
    clips: Iterable[ScoredClip],
    by: Sequence[str],
    *,
    order: Order = lambda _, name: name,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> tuple[Group, ...]:
    """Return the rates of the whole, then of each group of each grouping in `by`.

    The order of the clips changes nothing.

    Parameters
    ----------
    order : gives what the groups of a grouping are sorted by

    Examples
    --------
    >>> from speechcorpus.transcribe.error_rates import cer
    >>> heard = cer("我是人", "我人", str)
    >>> clip = ScoredClip(utt_id="a", speaker="s", groups={"band": "low"}, scores={"cer": heard}, other={})
    >>> found = evaluate([clip], ["band"])
    >>> [(group.grouped_by, group.name, group.rates[0].estimate.value) for group in found]
    [('all', 'all', 0.3333333333333333), ('band', 'low', 0.3333333333333333)]
    """
    listed = sorted(clips, key=lambda clip: clip.utt_id)
    found = [_group(WHOLE, WHOLE, listed, seed, resamples)]
    for grouping in by:
        members: dict[str, list[ScoredClip]] = defaultdict(list)
        for clip in listed:
            name = clip.groups[grouping]
            if name is not None:
                members[name].append(clip)
        names = sorted(members, key=partial(order, grouping))
        found += [_group(grouping, name, members[name], seed, resamples) for name in names]
    return tuple(found)


def _group(grouping: str, name: str, clips: Sequence[ScoredClip], seed: int, resamples: int) -> Group:
    metrics = sorted({metric for clip in clips for metric in clip.scores})
    return Group(
        grouped_by=grouping,
        name=name,
        clips=len(clips),
        speakers=len({clip.speaker for clip in clips}),
        rates=tuple(_rate(metric, clips, seed, resamples) for metric in metrics),
    )


def _rate(metric: Metric, clips: Sequence[ScoredClip], seed: int, resamples: int) -> Rate:
    with_text = [clip for clip in clips if metric in clip.scores]
    first = [clip.scores[metric] for clip in with_text]
    second = [clip.other[metric] for clip in with_text if metric in clip.other]
    sums = _Sums.of(with_text, metric)
    # the same speakers are drawn for both: what is hard for one recogniser is hard for the other
    asked = [sums.errors, *((sums.other, sums.difference) if second else ())]
    estimate, *compared = error_intervals(asked, sums.tokens, seed=seed, resamples=resamples)
    return Rate(
        metric=metric,
        score=corpus_score(metric, first),
        estimate=estimate,
        other=corpus_score(metric, second) if second else None,
        other_estimate=compared[0] if second else None,
        difference=compared[1] if second else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """Errors of both recognisers and tokens of the references, a number for each speaker."""

    errors: Sequence[int]
    other: Sequence[int]
    tokens: Sequence[int]

    @classmethod
    def of(cls, clips: Iterable[ScoredClip], metric: Metric) -> "_Sums":
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for clip in clips:
            counts = clip.scores[metric].folded
            if counts.reference_length:  # without a reference there is no rate, only insertions
                numbers = found[clip.speaker]
                numbers[0] += counts.errors
                numbers[1] += clip.other[metric].folded.errors if clip.other else 0
                numbers[2] += counts.reference_length
        columns = list(zip(*(found[speaker] for speaker in sorted(found)), strict=True)) or [(), (), ()]
        return cls(errors=columns[0], other=columns[1], tokens=columns[2])

    @property
    def difference(self) -> list[int]:
        return [second - first for first, second in zip(self.errors, self.other, strict=True)]
