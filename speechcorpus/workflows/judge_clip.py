"""Judge a downloaded clip exactly as the server did: same function, same bytes, same verdict."""

from pathlib import Path

from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.terms import Terms
from speechcorpus.domain.transcript import Violation
from speechcorpus.domain.verdict import Verdict
from speechcorpus.qc.judge import Facts, judge
from speechcorpus.transcribe.check import check
from speechcorpus.workflows.measure import measure_path
from speechcorpus.workflows.rule_tables import rule_tables
from speechcorpus.workflows.terms_files import read_text


def judge_clip(clip: Path, *, terms: Terms, facts: Facts, transcript: str | None = None) -> Verdict:
    """Return the verdict about one clip on disk.

    Parameters
    ----------
    clip : the item audio, byte for byte
    transcript : its text, or None to say nothing about it

    Raises
    ------
    SignalError : `judge.unmeasured` for a file that is no audio we read
    TranscriptError : text that is no text
    """
    return judge_row(measure_path(clip), terms=terms, facts=facts, transcript=transcript)


def judge_row(row: Measurement, *, terms: Terms, facts: Facts, transcript: str | None) -> Verdict:
    """Return the verdict about an item that is measured already."""
    violations = None if transcript is None else violations_of(transcript, terms, facts, row)
    return judge(row, facts, violations, terms)


def violations_of(
    transcript: str, terms: Terms, facts: Facts, row: Measurement | None
) -> tuple[Violation, ...]:
    """Return what the linter finds wrong with the transcript of an item under these terms."""
    return check(transcript, terms.profile(facts.style), rule_tables(), facts.check_context(row))


def read_facts(path: Path) -> Facts:
    """Return the facts of the canonical JSON that is downloaded beside a clip."""
    return Facts.from_document(read_text(path))


def read_transcript(path: Path) -> str:
    """Return the text of a transcript file without its last line end."""
    return read_text(path).removesuffix("\n").removesuffix("\r")


def facts_without_file(terms: Terms) -> Facts:
    """Return what is known of a clip that came without facts: the first style and band of the terms."""
    return Facts(style=terms.task.styles[0], band=terms.bands[0].name)
