"""`speechcorpus score`: how far hypotheses are from references, with counts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, get_args

import click
from click.core import ParameterSource

from speechcorpus.cli._lines import InputFormat, Line, column_option, format_option, json_line, read_input
from speechcorpus.cli._pairs import paired
from speechcorpus.cli._score_json import numbers
from speechcorpus.cli._score_release import ReleaseOptions, release_options, score_release
from speechcorpus.cli._view import side_by_side, visible
from speechcorpus.domain.transcript import Script, Variety
from speechcorpus.transcribe.alignment import Counts
from speechcorpus.transcribe.error_rates import METRICS, CorpusScore, Metric, Score, corpus_score
from speechcorpus.workflows.fold_tables import fold_for
from speechcorpus.workflows.mandarin_references import mandarin_blocks

# A syllable error rate is read together with the one that leaves tones aside.
_MEASURED: Mapping[str, tuple[Metric, ...]] = {
    "cer": ("cer",),
    "ser": ("ser", "ser_toneless"),
    "mixed-er": ("mixed_er",),
}
_OF_FILES = ("script", "variety", "input_format", "column")


@click.command()
@click.argument("files", metavar="REF HYP | HYP", nargs=-1, type=click.File("rb"))
@click.option("--metric", type=click.Choice(tuple(_MEASURED)), help="cer, if not given.")
@click.option("--script", type=click.Choice(get_args(Script)), default="Hant", show_default=True)
@click.option("--variety", type=click.Choice(get_args(Variety)), help="What is spoken, if it is known.")
@format_option
@column_option
@click.option("--json", "as_json", is_flag=True, help="JSON lines: each pair (and group), the sum.")
@release_options
@click.pass_context
def command(
    context: click.Context,
    /,
    files: tuple[IO[bytes], ...],
    metric: str | None,
    script: Script,
    variety: Variety | None,
    input_format: InputFormat | None,
    column: str,
    as_json: bool,
    release: Path | None,
    **options: Any,
) -> None:
    """Compare each text of HYP with that of REF: one a line, or tables (.tsv, .jsonl) paired by `id`.

    With --release, compare each text of HYP (table, JSON lines, Kaldi's text, NeMo's manifest with pred_text)
    with what the clip of its utt_id says, as a whole and by group; intervals draw speakers again.

    Marks, blanks, case, width and glyph variants are no errors; the raw rates count them.

    Exit status: 0 when everything was compared, 2 if the input or the options cannot be used.
    """
    if release is not None:
        _refuse(context, _OF_FILES, "goes without --release: a release says it clip by clip")
        measured = _MEASURED[metric][0] if metric else None
        score_release(release, files, measured, as_json, ReleaseOptions(**options))
        return
    _refuse(context, options, "goes with --release only")
    if len(files) != 2:
        raise click.UsageError("give REF and HYP, or --release and HYP")
    reference, hypothesis = files
    if reference.name == hypothesis.name == "<stdin>":
        raise click.UsageError("REF and HYP cannot both be standard input")
    pairs = paired(read_input(reference, input_format, column), read_input(hypothesis, input_format, column))
    _score_files(pairs, _MEASURED[metric or "cer"], script, variety, as_json)


def _refuse(context: click.Context, names: Iterable[str], why: str) -> None:
    options = {each.name: each.opts[0] for each in context.command.params}
    for name in names:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{options[name]} {why}")


def _score_files(
    pairs: Sequence[tuple[Line, Line]],
    metrics: Sequence[Metric],
    script: Script,
    variety: Variety | None,
    as_json: bool,
) -> None:
    fold = fold_for(script)
    scored = [tuple(METRICS[each](ref.text, hyp.text, fold) for each in metrics) for ref, hyp in pairs]
    for (ref, _), scores in zip(pairs, scored, strict=True):
        if as_json:
            click.echo(json_line(_pair_record(ref, scores)))
        elif scores[0].folded.errors:
            click.echo("\n".join(_pair_view(ref, scores[0])))
    totals = [corpus_score(each, (scores[index] for scores in scored)) for index, each in enumerate(metrics)]
    warnings = [] if variety == "cmn-TW" else _mandarin_references([ref for ref, _ in pairs], script)
    for warning in warnings:
        click.echo(_warning_sentence(warning), err=True)
    click.echo(
        json_line(_corpus_record(totals) | {"warnings": warnings})
        if as_json
        else "\n".join(_corpus_view(totals))
    )


def _mandarin_references(references: Sequence[Line], script: Script) -> list[dict[str, object]]:
    return [
        {
            "code": "score.mandarin-references",
            "first_line": references[block.start].number,
            "last_line": references[block.end - 1].number,
            "words": list(block.words),
        }
        for block in mandarin_blocks([line.text for line in references], script)
    ]


def _warning_sentence(warning: Mapping[str, object]) -> str:
    return (
        f"{warning['code']}: REF lines {warning['first_line']} to {warning['last_line']} read like Mandarin. "
        "If Taigi is spoken, perfect recognition of them is not 0; if Mandarin is, say --variety cmn-TW."
    )


def _both(score: Score | CorpusScore) -> dict[str, object]:
    return {**numbers(score.folded), "raw": numbers(score.raw)}


def _pair_record(line: Line, scores: Sequence[Score]) -> dict[str, object]:
    record: dict[str, object] = {"line": line.number}
    if line.id is not None:
        record["id"] = line.id
    record |= {"metric": scores[0].metric, **_both(scores[0])}
    return record | _second(scores)


def _corpus_record(totals: Sequence[CorpusScore]) -> dict[str, object]:
    total = totals[0]
    record: dict[str, object] = {
        "pairs": total.pairs,
        "metric": total.metric,
        **_both(total),
        "empty_references": total.empty_references,
        "insertions_without_reference": total.insertions_without_reference,
    }
    return record | _second(totals)


def _second(scores: Sequence[Score] | Sequence[CorpusScore]) -> dict[str, object]:
    return {"toneless": _both(scores[1])} if len(scores) > 1 else {}


def _pair_view(line: Line, score: Score) -> Iterator[str]:
    name = f" ({visible(line.id)})" if line.id else ""
    yield f"{line.number}{name}: {_rate(score.metric, score.folded)}"
    yield from (f"  {row}" for row in side_by_side(score.columns))


def _corpus_view(totals: Sequence[CorpusScore]) -> Iterator[str]:
    yield f"Pairs: {totals[0].pairs}"
    for total in totals:
        yield _rate(total.metric, total.folded)
        yield _rate(f"{total.metric}, raw", total.raw)
    if totals[0].empty_references:
        yield (
            f"Without a reference: {totals[0].empty_references} pairs with "
            f"{totals[0].insertions_without_reference} insertions, in none of the rates"
        )


def _rate(name: str, counts: Counts) -> str:
    value = "undefined" if counts.rate is None else f"{100 * counts.rate:.2f} %"
    return (
        f"{name}: {value} (hits {counts.hits}, S {counts.substitutions}, D {counts.deletions}, "
        f"I {counts.insertions}, N {counts.reference_length})"
    )
