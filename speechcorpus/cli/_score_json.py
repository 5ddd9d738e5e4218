"""Scores as a program reads them: JSON lines."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from speechcorpus.transcribe.alignment import Counts
from speechcorpus.transcribe.error_rates import CorpusScore
from speechcorpus.transcribe.resampling import Estimate

if TYPE_CHECKING:  # two files of lines are compared without what a release needs
    from speechcorpus.transcribe.evaluation import Group, Rate
    from speechcorpus.workflows.release_scores import Asked, Evaluation


def json_records(found: "Evaluation", asked: "Asked") -> Iterator[dict[str, object]]:
    """Yield an object for each clip, each group and metric, and at the end one for the whole."""
    for clip in found.clips:
        record: dict[str, object] = {"utt_id": clip.utt_id, "missing": clip.missing}
        record |= {metric: numbers(score.folded) for metric, score in clip.scores.items()}
        if clip.other:
            record["against"] = {metric: numbers(score.folded) for metric, score in clip.other.items()}
        yield record
    for group in found.groups:
        for rate in group.rates:
            yield _rate_record(group, rate)
    references = found.references
    yield {
        "corpus": references.corpus,
        "version": references.version,
        "split": references.split,
        "content_id": references.content_id,
        "reference": asked.reference,
        "clips": found.groups[0].clips,
        "speakers": found.groups[0].speakers,
        "missing": sum(clip.missing for clip in found.clips),
        "seed": asked.seed,
        "resamples": asked.resamples,
        "warnings": [{"code": each.code, "sentence": each.sentence} for each in found.warnings],
    }


def numbers(counts: Counts) -> dict[str, object]:
    """The counts of a comparison, and the rate that they make."""
    return {
        "value": counts.rate,
        "hits": counts.hits,
        "S": counts.substitutions,
        "D": counts.deletions,
        "I": counts.insertions,
        "N": counts.reference_length,
    }


def _rate_record(group: "Group", rate: "Rate") -> dict[str, object]:
    record: dict[str, object] = {
        "by": group.grouped_by,
        "group": group.name,
        "metric": rate.metric,
        "clips": group.clips,
        "speakers": group.speakers,
        **_corpus_numbers(rate.score, rate.estimate),
    }
    if rate.other is not None and rate.other_estimate is not None:
        record["against"] = _corpus_numbers(rate.other, rate.other_estimate)
    if rate.difference is not None:
        record["difference"] = asdict(rate.difference)
    return record


def _corpus_numbers(score: CorpusScore, estimate: Estimate) -> dict[str, object]:
    return {
        **numbers(score.folded),
        "low": estimate.low,
        "high": estimate.high,
        "raw": numbers(score.raw),
        "empty_references": score.empty_references,
        "insertions_without_reference": score.insertions_without_reference,
    }
