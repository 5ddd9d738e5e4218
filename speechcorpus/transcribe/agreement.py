"""How well two transcribers agree, by speaker, variety and band, with what chance would give."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import add
from typing import Literal, get_args

import numpy as np

from speechcorpus.transcribe.alignment import Column, align, count
from speechcorpus.transcribe.error_rates import MarkCounts, punctuation
from speechcorpus.transcribe.resampling import (
    Estimate,
    Floats,
    alpha_of_sums,
    estimate,
    finite,
    ratio,
    resampling_weights,
    weighted,
)
from speechcorpus.transcribe.scoring_fold import Fold
from speechcorpus.transcribe.scoring_tokens import characters

RESAMPLES = 1000

GroupedBy = Literal["all", "speaker", "variety", "band"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoTranscripts:
    """One segment as two people heard it."""

    speaker: str
    variety: str
    band: str
    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAgreement:
    """The agreement over all segments of one group."""

    grouped_by: GroupedBy
    group: str
    segments: int
    speakers: int
    cer_symmetric: Estimate
    alpha: Estimate
    punctuation_f1: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """What one speaker adds to each measure."""

    edits: int
    tokens: int
    columns: int
    differing: int
    values: Counter[str | None]
    marks: MarkCounts

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            edits=self.edits + other.edits,
            tokens=self.tokens + other.tokens,
            columns=self.columns + other.columns,
            differing=self.differing + other.differing,
            values=self.values + other.values,
            marks=self.marks + other.marks,
        )


def krippendorff_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Return Krippendorff's alpha for nominal values; None if nothing varies or nothing is paired.

    Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C, by coincidences: any number
    of coders, units with fewer than two values are left out. A gap is a value like any other.

    Parameters
    ----------
    units : for each unit the values that coders gave it

    Examples
    --------
    >>> round(krippendorff_alpha(["aa", "ab", "bb", "bb"]), 3)
    0.533
    """
    differing, values = 0.0, Counter[Hashable]()
    for unit in units:
        if len(unit) > 1:
            counts = Counter(unit)
            values += counts
            pairs = len(unit) ** 2 - sum(n * n for n in counts.values())
            differing += pairs / (len(unit) - 1)
    squares = float(sum(n * n for n in values.values()))
    sums = (np.array([each]) for each in (differing, float(values.total()), squares))
    return finite(alpha_of_sums(*sums)[0])


def agreement_report(
    pairs: Iterable[TwoTranscripts], fold: Fold, *, rng: np.random.Generator, resamples: int = RESAMPLES
) -> tuple[GroupAgreement, ...]:
    """Return the agreement of the whole, then of each speaker, variety and band, names sorted.

    Intervals resample speakers, since the sentences of one speaker are no independent witnesses; a group of
    one speaker has none.

    Parameters
    ----------
    fold : the scoring fold; marks are compared apart
    rng : draws the resampled speakers; the same seed gives the same report

    Examples
    --------
    >>> heard = TwoTranscripts(speaker="s1", variety="nan-TW", band="A", first="我去。", second="我去？")
    >>> whole, *_ = agreement_report([heard], str, rng=np.random.default_rng(1))
    >>> whole.segments, whole.cer_symmetric.value, whole.punctuation_f1.value
    (1, 0.3333333333333333, 0.0)
    """
    listed = [(pair, _sums(pair, fold)) for pair in pairs]
    report = []
    for grouped_by in get_args(GroupedBy):
        for name in sorted({_name(pair, grouped_by) for pair, _ in listed}):
            members = [entry for entry in listed if _name(entry[0], grouped_by) == name]
            report.append(_group(grouped_by, name, members, rng, resamples))
    return tuple(report)


def _name(pair: TwoTranscripts, grouped_by: GroupedBy) -> str:
    names: Mapping[GroupedBy, str] = {
        "all": "all",
        "speaker": pair.speaker,
        "variety": pair.variety,
        "band": pair.band,
    }
    return names[grouped_by]


def _sums(pair: TwoTranscripts, fold: Fold) -> _Sums:
    columns: Sequence[Column] = align(characters(fold(pair.first)), characters(fold(pair.second)))
    counts = count(columns)
    return _Sums(
        edits=counts.errors,
        tokens=counts.reference_length + counts.hypothesis_length,
        columns=len(columns),
        differing=counts.errors,
        values=Counter(chain.from_iterable(columns)),
        marks=punctuation(pair.first, pair.second, fold),
    )


def _group(
    grouped_by: GroupedBy,
    name: str,
    entries: Sequence[tuple[TwoTranscripts, _Sums]],
    rng: np.random.Generator,
    resamples: int,
) -> GroupAgreement:
    speakers = sorted({pair.speaker for pair, _ in entries})
    sums = [reduce(add, (each for pair, each in entries if pair.speaker == speaker)) for speaker in speakers]
    weights = resampling_weights(len(speakers), rng=rng, draws=resamples)
    return GroupAgreement(
        grouped_by=grouped_by,
        group=name,
        segments=len(entries),
        speakers=len(speakers),
        cer_symmetric=estimate(_cer, sums, weights),
        alpha=estimate(_alpha_of, sums, weights),
        punctuation_f1=estimate(_f1, sums, weights),
    )


def _cer(sums: Sequence[_Sums], weights: Floats) -> Floats:
    edits = weighted(weights, [s.edits for s in sums])
    return ratio(2 * edits, weighted(weights, [s.tokens for s in sums]))


def _f1(sums: Sequence[_Sums], weights: Floats) -> Floats:
    marks = [s.marks.first + s.marks.second for s in sums]
    return ratio(2 * weighted(weights, [s.marks.matched for s in sums]), weighted(weights, marks))


def _alpha_of(sums: Sequence[_Sums], weights: Floats) -> Floats:
    differing = 2 * weighted(weights, [s.differing for s in sums])
    values = 2 * weighted(weights, [s.columns for s in sums])
    squares = np.zeros(len(weights))
    for value in sorted(set().union(*(s.values for s in sums)), key=str):  # one at a time: little memory
        squares += weighted(weights, [s.values[value] for s in sums]) ** 2
    return alpha_of_sums(differing, values, squares)
