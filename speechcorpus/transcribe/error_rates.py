"""How far a hypothesis is from a reference: character, syllable and mixed error rate, and marks."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import regex

from speechcorpus.domain.transcript import USUAL_MARKS
from speechcorpus.transcribe.alignment import Column, Counts, align, count
from speechcorpus.transcribe.characters import TWINS
from speechcorpus.transcribe.scoring_fold import Fold
from speechcorpus.transcribe.scoring_tokens import (
    characters,
    syllables,
    toneless,
    words,
    written_syllables,
)

Metric = Literal["cer", "ser", "ser_toneless", "mixed_er"]
Tokens = Callable[[str], Sequence[str]]

# A half-width mark inside a Latin word or a number (`a.t.m`, `3.5`) marks no pause.
_TWIN = regex.compile(
    r"(?<![\p{Latin}\p{M}0-9])[,.?!]|[,.?!](?![\p{Latin}0-9])|[\ufe50\uff61\uff0e\ufe56\ufe57]"
)
_MARK = regex.compile(f"[{USUAL_MARKS}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One pair of texts by one metric: folded as it counts, and raw as it stands."""

    metric: Metric
    folded: Counts
    raw: Counts
    columns: tuple[Column, ...]  # the folded tokens side by side


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusScore:
    """Sums over many pairs; a pair without a reference has no rate and is counted apart."""

    metric: Metric
    pairs: int
    folded: Counts
    raw: Counts
    empty_references: int
    insertions_without_reference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCounts:
    """How many marks of two texts stand at the same place."""

    matched: int
    first: int
    second: int

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None if neither text holds a mark."""
        marks = self.first + self.second
        return 2 * self.matched / marks if marks else None

    def __add__(self, other: "MarkCounts") -> "MarkCounts":
        """The marks of two pairs together."""
        return MarkCounts(
            matched=self.matched + other.matched,
            first=self.first + other.first,
            second=self.second + other.second,
        )


def cer(reference: str, hypothesis: str, fold: Fold) -> Score:
    """Return the character errors; raw is what `jiwer.cer` counts.

    Examples
    --------
    >>> score = cer("我是臺灣人", "我是 台灣", lambda text: text.replace("臺", "台"))
    >>> score.folded, score.folded.rate, score.raw.rate
    (Counts(hits=4, substitutions=0, deletions=1, insertions=0), 0.2, 0.6)
    """
    return _score("cer", reference, hypothesis, fold, characters, _as_it_stands)


def ser(reference: str, hypothesis: str, fold: Fold) -> Score:
    """Return the syllable errors of romanised Taigi; Tâi-lô and POJ, marks and digits are one spelling.

    Examples
    --------
    >>> ser("Guá sī lâng", "Góa si7 lang5", str).folded.rate
    0.0
    """
    return _score("ser", reference, hypothesis, fold, syllables, written_syllables)


def ser_toneless(reference: str, hypothesis: str, fold: Fold) -> Score:
    """Return the syllable errors, tones aside.

    Examples
    --------
    >>> ser("guá sī", "gua si", str).folded.rate, ser_toneless("guá sī", "gua si", str).folded.rate
    (1.0, 0.0)
    """
    tokens, raw_tokens = _toneless(syllables), _toneless(written_syllables)
    return _score("ser_toneless", reference, hypothesis, fold, tokens, raw_tokens)


def mixed_er(reference: str, hypothesis: str, fold: Fold) -> Score:
    """Return the errors over Han characters and Latin words, the word error rate of mixed text.

    Examples
    --------
    >>> mixed_er("我用 facebook", "我用 phone", str).folded
    Counts(hits=2, substitutions=1, deletions=0, insertions=0)
    """
    return _score("mixed_er", reference, hypothesis, fold, words, words)


METRICS = {"cer": cer, "ser": ser, "ser_toneless": ser_toneless, "mixed_er": mixed_er}


def corpus_score(metric: Metric, scores: Iterable[Score]) -> CorpusScore:
    """Return the sums of scores of one metric.

    Examples
    --------
    >>> pairs = [("我們走", "我們走"), ("好", "不"), ("", "喔")]
    >>> total = corpus_score("cer", [cer(first, second, str) for first, second in pairs])
    >>> total.folded.rate, total.empty_references, total.insertions_without_reference
    (0.25, 1, 1)
    """
    listed = list(scores)
    spoken = [score for score in listed if score.folded.reference_length]
    silent = [score for score in listed if not score.folded.reference_length]
    return CorpusScore(
        metric=metric,
        pairs=len(listed),
        folded=sum((score.folded for score in spoken), Counts()),
        raw=sum((score.raw for score in listed if score.raw.reference_length), Counts()),
        empty_references=len(silent),
        insertions_without_reference=sum(score.folded.insertions for score in silent),
    )


def cer_symmetric(first: str, second: str, fold: Fold) -> float | None:
    """Return how far two transcripts are apart, neither being the truth; None if both are empty.

    Examples
    --------
    >>> cer_symmetric("台語", "台羅語", str), cer_symmetric("，", "", lambda text: text.strip("，"))
    (0.4, None)
    """
    counts = count(align(characters(fold(first)), characters(fold(second))))
    return symmetric_rate(counts)


def symmetric_rate(counts: Counts) -> float | None:
    """Return twice the edits for each token of both sides; None without any token."""
    tokens = counts.reference_length + counts.hypothesis_length
    return 2 * counts.errors / tokens if tokens else None


def punctuation_f1(first: str, second: str, fold: Fold) -> float | None:
    """Return how well the marks of two texts agree; None if neither holds any.

    Examples
    --------
    >>> punctuation_f1("好，我去。", "好我去.", str)
    0.6666666666666666
    """
    return punctuation(first, second, fold).f1


def punctuation(first: str, second: str, fold: Fold) -> MarkCounts:
    """Return the marks that agree: the same mark after the same number of aligned tokens.

    A token that only one of them holds moves no mark: "我去了。" and "我去。" agree.
    """
    # Several alignments may be equally short: one order for both, so that F1 is symmetric.
    if first > second:
        counts = punctuation(second, first, fold)
        return MarkCounts(matched=counts.matched, first=counts.second, second=counts.first)
    (left, left_marks), (right, right_marks) = (_marked(text, fold) for text in (first, second))
    columns = align(left, right)
    left_places, right_places = _places(columns, 0), _places(columns, 1)
    ours = Counter((left_places[after], mark) for after, mark in left_marks)
    theirs = Counter((right_places[after], mark) for after, mark in right_marks)
    return MarkCounts(matched=(ours & theirs).total(), first=ours.total(), second=theirs.total())


def _score(
    metric: Metric, reference: str, hypothesis: str, fold: Fold, tokens: Tokens, raw_tokens: Tokens
) -> Score:
    columns = align(tokens(fold(reference)), tokens(fold(hypothesis)))
    raw = count(align(raw_tokens(reference), raw_tokens(hypothesis)))
    return Score(metric=metric, folded=count(columns), raw=raw, columns=columns)


def _as_it_stands(text: str) -> Sequence[str]:
    return text.strip()


def _toneless(tokens: Tokens) -> Tokens:
    return partial(_without_tones, tokens)


def _without_tones(tokens: Tokens, text: str) -> tuple[str, ...]:
    return tuple(toneless(syllable) for syllable in tokens(text))


def _marked(text: str, fold: Fold) -> tuple[list[str], list[tuple[int, str]]]:
    """The tokens of a text, and each mark with the number of tokens before it."""
    text = _TWIN.sub(lambda mark: TWINS[mark.group()], text)
    tokens: list[str] = []
    marks: list[tuple[int, str]] = []
    done = 0
    for mark in _MARK.finditer(text):
        tokens += characters(fold(text[done : mark.start()]))
        marks.append((len(tokens), mark.group()))
        done = mark.end()
    return tokens + list(characters(fold(text[done:]))), marks


def _places(columns: Sequence[Column], side: Literal[0, 1]) -> list[int]:
    """For each number of own tokens, how many columns with a token on both sides lie before."""
    places, shared = [0], 0
    for column in columns:
        shared += None not in column
        if column[side] is not None:
            places.append(shared)
    return places
