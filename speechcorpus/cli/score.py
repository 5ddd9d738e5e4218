"""`speechcorpus score`: how far hypotheses are from references, with counts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, get_args

import click

from speechcorpus.cli._lines import InputFormat, Line, column_option, format_option, json_line, read_input
from speechcorpus.cli._pairs import paired
from speechcorpus.cli._view import side_by_side, visible
from speechcorpus.domain.transcript import Script, Variety
from speechcorpus.transcribe.alignment import Counts
from speechcorpus.transcribe.error_rates import METRICS, CorpusScore, Metric, Score, corpus_score
from speechcorpus.workflows.fold_tables import fold_for

# A syllable error rate is read together with the one that leaves tones aside.
_MEASURED: Mapping[str, tuple[Metric, ...]] = {
    "cer": ("cer",),
    "ser": ("ser", "ser_toneless"),
    "mixed-er": ("mixed_er",),
}


@click.command()
@click.argument("reference", metavar="REF", type=click.File("rb"))
@click.argument("hypothesis", metavar="HYP", type=click.File("rb"))
@click.option("--metric", type=click.Choice(tuple(_MEASURED)), default="cer", show_default=True)
@click.option("--script", type=click.Choice(get_args(Script)), default="Hant", show_default=True)
@click.option("--variety", type=click.Choice(get_args(Variety)), help="What is spoken, if it is known.")
@format_option
@column_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a pair, and one for the sum.")
def command(
    reference: IO[bytes],
    hypothesis: IO[bytes],
    metric: str,
    script: Script,
    variety: Variety | None,
    input_format: InputFormat | None,
    column: str,
    as_json: bool,
) -> None:
    """Compare each text of HYP with that of REF: one a line, or tables (.tsv, .jsonl) paired by `id`.

    Marks, blanks, case, width and glyph variants are no errors; the raw rates count them.

    Exit status: 0 when everything was compared, 2 if the input or the options cannot be used.
    """
    if reference.name == hypothesis.name == "<stdin>":
        raise click.UsageError("REF and HYP cannot both be standard input")
    pairs = paired(read_input(reference, input_format, column), read_input(hypothesis, input_format, column))
    fold, metrics = fold_for(script), _MEASURED[metric]
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
    """Blocks of references that read like Mandarin: Taigi that was recognised perfectly would differ."""
    # Scoring itself needs none of the rules.
    from speechcorpus.domain.transcript import TranscriptProfile
    from speechcorpus.transcribe.wording import block_decisions
    from speechcorpus.workflows.rule_tables import rule_tables

    profile = TranscriptProfile(variety="nan-TW", script=script)
    decisions = block_decisions([line.text for line in references], profile, rule_tables())
    return [
        {
            "code": "score.mandarin-references",
            "first_line": references[block.start].number,
            "last_line": references[block.end - 1].number,
            "words": sorted({word for _, words in block.evidence for word in words}),
        }
        for block in decisions
        if block.translated
    ]


def _warning_sentence(warning: Mapping[str, object]) -> str:
    return (
        f"{warning['code']}: REF lines {warning['first_line']} to {warning['last_line']} read like Mandarin. "
        "If Taigi is spoken, perfect recognition of them is not 0; if Mandarin is, say --variety cmn-TW."
    )


def _numbers(counts: Counts) -> dict[str, object]:
    return {
        "value": counts.rate,
        "hits": counts.hits,
        "S": counts.substitutions,
        "D": counts.deletions,
        "I": counts.insertions,
        "N": counts.reference_length,
    }


def _both(score: Score | CorpusScore) -> dict[str, object]:
    return {**_numbers(score.folded), "raw": _numbers(score.raw)}


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
