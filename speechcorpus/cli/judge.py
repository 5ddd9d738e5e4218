"""`speechcorpus judge`: the server's verdict, computed again from the clip."""

import sys
from pathlib import Path

import click

from speechcorpus.domain.canonical import decimal_text
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.verdict import Verdict
from speechcorpus.workflows.judge_clip import facts_without_file, judge_clip, read_facts, read_transcript
from speechcorpus.workflows.terms_files import read_terms

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("clip", type=FILE)
@click.option("--terms", "terms_file", type=FILE, required=True, help="Terms as TOML or published JSON.")
@click.option(
    "--facts",
    "facts_file",
    type=FILE,
    help="Facts downloaded beside the clip; without them: first style and band of the terms, uncalibrated.",
)
@click.option("--transcript", "transcript_file", type=FILE, help="Text of the clip, UTF-8.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as canonical JSON.")
def command(
    clip: Path, terms_file: Path, facts_file: Path | None, transcript_file: Path | None, as_json: bool
) -> None:
    """Judge CLIP, the item audio byte for byte, as the server judged it.

    Exit status: 0 accepted, 1 findings hold it back, 2 a file or an option that cannot be used.
    """
    terms = read_terms(terms_file)
    facts = read_facts(facts_file) if facts_file else facts_without_file(terms)
    transcript = read_transcript(transcript_file) if transcript_file else None
    verdict = judge_clip(clip, terms=terms, facts=facts, transcript=transcript)
    click.echo(verdict.to_document() if as_json else _in_words(verdict))
    sys.exit(0 if verdict.outcome == "accepted" else 1)


def _in_words(verdict: Verdict) -> str:
    lines = [f"{verdict.outcome}  {verdict.evaluator}", *map(_line, verdict.findings)]
    return "\n".join(lines)


def _line(finding: Finding) -> str:
    margin = "" if finding.uncertainty is None else f" ± {decimal_text(finding.uncertainty)}"
    number = f"{decimal_text(finding.measured)} {finding.unit}"
    limit = f"{finding.comparator} {decimal_text(finding.limit)}{margin} {finding.unit}"
    return f"{finding.severity:<6}  {finding.code:<26}  {number}  ({limit})  {_place(finding)}"


def _place(finding: Finding) -> str:
    if finding.start_sample is not None:
        return f"samples {finding.start_sample}-{finding.end_sample}"
    if finding.char_start is not None:
        return f"characters {finding.char_start}-{finding.char_end} {finding.facts.get('x', '')!r}"
    return "whole clip"
