"""An evaluation on a release as a person reads it in a terminal."""

from collections.abc import Iterator, Sequence

from speechcorpus.cli._columns import in_columns
from speechcorpus.cli._view import side_by_side, visible
from speechcorpus.transcribe.alignment import Counts
from speechcorpus.transcribe.error_rates import CorpusScore, Metric
from speechcorpus.transcribe.evaluation import WHOLE, Group, Rate, ScoredClip
from speechcorpus.transcribe.resampling import Estimate
from speechcorpus.workflows.release_scores import Evaluation

HEAD = ("by", "group", "", "rate", "95 % interval", "S", "D", "I", "N", "clips", "speakers")
_TEXTS = 3
_NAMES = {"ser_toneless": "ser, toneless"}


def terminal_view(found: Evaluation, metric: Metric, worst: int) -> Iterator[str]:
    """Lines for a terminal: the worst clips side by side, the whole by every metric, each group by one."""
    references, whole = found.references, found.groups[0]
    for clip in worst_clips(found.clips, metric)[:worst]:
        yield from _clip_view(clip, metric)
    size = f"{whole.clips} clips, {whole.speakers} speakers, content id {references.content_id}"
    yield visible(f"{references.corpus} {references.version}, {references.split}: {size}")
    for rate in whole.rates:
        yield from _whole_view(rate)
    yield ""
    yield from in_columns(HEAD, list(table_rows(found.groups, metric)), texts=_TEXTS)


def table_rows(groups: Sequence[Group], metric: Metric) -> Iterator[tuple[str, ...]]:
    """Yield a row for each group; with a second recogniser one for each and one for the difference."""
    for group in groups:
        for rate in group.rates:
            if rate.metric == metric:
                yield from _group_rows(group, rate)


def worst_clips(clips: Sequence[ScoredClip], metric: Metric) -> list[ScoredClip]:
    """Return the clips with errors, most errors first."""
    wrong = [clip for clip in clips if metric in clip.scores and clip.scores[metric].folded.errors]
    return sorted(wrong, key=lambda clip: (-clip.scores[metric].folded.errors, clip.utt_id))


def _clip_view(clip: ScoredClip, metric: Metric) -> Iterator[str]:
    score = clip.scores[metric]
    counts = score.folded
    said = f"{counts.errors} errors in {counts.reference_length}"
    yield f"{visible(clip.utt_id)}: {said}{', no hypothesis' if clip.missing else ''}"
    yield from (f"  {row}" for row in side_by_side(score.columns))


def _whole_view(rate: Rate) -> Iterator[str]:
    name = _NAMES.get(rate.metric, rate.metric)
    systems = [("", rate.score, rate.estimate)]
    if rate.other is not None and rate.other_estimate is not None and rate.difference is not None:
        systems = [("A ", rate.score, rate.estimate), ("B ", rate.other, rate.other_estimate)]
    for system, score, estimate in systems:
        yield (
            f"{system}{name}: {_percent(estimate.value)}{_within(estimate)} ({_counts(score.folded)}); "
            f"raw {_percent(score.raw.rate)}{_silent(score)}"
        )
    if rate.difference is not None:
        yield f"B - A {name}: {_signed(rate.difference)}"


def _counts(counts: Counts) -> str:
    return (
        f"S {counts.substitutions}, D {counts.deletions}, I {counts.insertions}, N {counts.reference_length}"
    )


def _silent(score: CorpusScore) -> str:
    if not score.empty_references:
        return ""
    return (
        f"; {score.empty_references} clips without a reference and {score.insertions_without_reference} "
        "insertions in them are in none of the rates"
    )


def _group_rows(group: Group, rate: Rate) -> Iterator[tuple[str, ...]]:
    by = "" if group.grouped_by == WHOLE else group.grouped_by
    size = (str(group.clips), str(group.speakers))
    first, second = (by, group.name), ("", "")
    if rate.other is None or rate.other_estimate is None or rate.difference is None:
        yield (*first, "", *_figures(rate.score.folded, rate.estimate), *size)
        return
    yield (*first, "A", *_figures(rate.score.folded, rate.estimate), *size)
    yield (*second, "B", *_figures(rate.other.folded, rate.other_estimate), "", "")
    value, low, high = (_points(each) for each in _ends(rate.difference))
    yield (*second, "B - A", value, f"{low} to {high}" if low else "", *([""] * 6))


def _figures(counts: Counts, estimate: Estimate) -> tuple[str, ...]:
    return (
        _percent(estimate.value),
        _interval(estimate),
        str(counts.substitutions),
        str(counts.deletions),
        str(counts.insertions),
        str(counts.reference_length),
    )


def _ends(estimate: Estimate) -> tuple[float | None, float | None, float | None]:
    return estimate.value, estimate.low, estimate.high


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{100 * estimate.low:.2f} to {100 * estimate.high:.2f}"


def _within(estimate: Estimate) -> str:
    return f", 95 % interval {_interval(estimate)}" if estimate.low is not None else ""


def _percent(rate: float | None) -> str:
    return "undefined" if rate is None else f"{100 * rate:.2f} %"


def _points(difference: float | None) -> str:
    return "" if difference is None else f"{100 * difference:+.2f}"


def _signed(difference: Estimate) -> str:
    value, low, high = (_points(each) for each in _ends(difference))
    return f"{value or 'undefined'} points" + (f", 95 % interval {low} to {high}" if low else "")
