"""`speechcorpus measure`: a row of numbers for every recording."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any, get_args

import click

from speechcorpus.cli._measure_options import Finish, Options, Rule, check_number
from speechcorpus.cli._progress import Progress
from speechcorpus.domain.transcript import Variety
from speechcorpus.engines.batch import ENGINES, check_engine
from speechcorpus.engines.journal import Journal
from speechcorpus.workflows.measure import MAX_DURATION_S
from speechcorpus.workflows.measure_batch import HowToMeasure
from speechcorpus.workflows.measure_digest import RowDigest
from speechcorpus.workflows.measure_files import Input, Measured, find_inputs, measured_inputs
from speechcorpus.workflows.measure_journal import open_journal
from speechcorpus.workflows.measure_report import ParquetRows, json_line, summary, table_head, table_line
from speechcorpus.workflows.measure_tracks import TrackFiles

WIDEST_NAME = 48
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
Output = Callable[[Measured], None]


@click.command(name="measure")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("-0", "--null", is_flag=True, help="Names on standard input end with NUL, not with a line.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, every key always present.")
@click.option("--parquet", type=FILE, help="Also write the rows here, and a journal beside them.")
@click.option("--tracks", type=FOLDER, help="Also write the levels of each second and the speech, by file.")
@click.option("--report", type=FOLDER, help="Also write pages with curves and spectra here (matplotlib).")
@click.option("--report-language", type=click.Choice(["en", "zh-Hant"]), default="en", show_default=True)
@click.option(
    "--report-variety", type=click.Choice(get_args(Variety)),
    help="What is spoken: flagged recordings of cmn-TW get a second opinion (extra `neural`).",
)  # fmt: skip
@click.option("--calibration-db", type=float, callback=check_number, help="dB SPL = dBFS + this number.")
@click.option("--calibration-u-db", type=click.FloatRange(0), help="Its uncertainty, k = 2 (3.0).")
@click.option("--calibration", type=FILE, help="A calibration record as JSON, instead of a number.")
@click.option("--bands", type=FILE, help="Bands as JSON (default: low < 40 dBA, medium < 55, high < 70).")
@click.option("--require-band", metavar="NAME", help="The band that every recording should be in.")
@click.option("--room-tone", type=FILE, help="A recording of the same room without speech, 3 s or more.")
@click.option("--depth", type=click.Choice(["core", "full"]), default="full", show_default=True)
@click.option(
    "--vad", type=click.Choice(["webrtc", "silero-second"]), default="webrtc", show_default=True,
    help="silero-second asks a neural network where the first answer is unsure (extra `neural`).",
)  # fmt: skip
@click.option("--engine", type=click.Choice(list(ENGINES)), default="local", show_default=True)
@click.option("--jobs", type=click.IntRange(1), help="Files measured at a time (default: one for each core).")
@click.option("--journal", type=FILE, help="Keep what was measured here (default: OUT.journal of --parquet).")
@click.option("--resume", is_flag=True, help="Measure only what the journal does not have yet.")
@click.option(
    "--max-duration-s", type=click.FloatRange(0, min_open=True), default=MAX_DURATION_S, show_default=True
)
def command(**options: Any) -> None:
    """Measure recordings: background, speech, loudness, peak, defects; one row for every input.

    PATHs are WAV or FLAC files, or folders of them; - stands for names on standard input, one a line.
    Levels are in dBFS, a full-scale sine is at -3.01 dBFS. They become dB(A), and get a band, only with a
    calibration. The best apps are within 2 dB with a built-in microphone and within 1 dB with a calibrated
    external one; telephones read high below 40 dB(A), and a MEMS microphone hisses at about 34 dB(A) by
    itself.

    A summary and the digest of all rows go to standard error. After Ctrl-C, or a kill, --resume goes on.

    Exit 0: every row is ok. 1: some are not. 2: the command was wrong, or was stopped.
    """
    asked = Options(**options)
    check_engine(asked.engine)
    rule, journal_path = asked.rule(), asked.journal_path()
    how = asked.how(rule)
    finish = asked.finish(rule, how.settings)
    inputs = find_inputs(asked.named_paths())
    if not inputs:
        raise click.UsageError("no WAV or FLAC file in what was given")
    counts: Counter[str] = Counter()
    digest = RowDigest()
    with ExitStack() as stack:
        outputs = _outputs(asked, rule, stack)
        journal = _journal(journal_path, how, asked.resume, stack)  # emptied only when nothing else is wrong
        outputs.insert(0, _printer(asked, inputs))
        for measured in _run(asked, inputs, how, journal, finish):
            counts[measured.row.status] += 1
            digest.add(measured.row)
            for output in outputs:
                output(measured)
    click.echo(f"{summary(counts)}\ndigest {digest.hexdigest()}", err=True)
    sys.exit(0 if set(counts) == {"ok"} else 1)


def _run(
    asked: Options, inputs: list[Input], how: HowToMeasure, journal: Journal | None, finish: Finish
) -> Iterator[Measured]:
    jobs = asked.jobs or _cores()
    with _stopped_by_ctrl_c() as stop, Progress(len(inputs)) as progress:
        for measured in measured_inputs(
            inputs, how, engine=asked.engine, jobs=jobs, journal=journal, stop=stop
        ):
            progress.clear()
            yield replace(measured, row=finish(measured.row))
            progress.advance()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _outputs(asked: Options, rule: Rule, stack: ExitStack) -> list[Output]:
    """Where each row goes, beside standard output."""
    outputs: list[Output] = []
    try:
        if asked.parquet is not None:
            rows = stack.enter_context(_parquet(asked.parquet))
            outputs.append(lambda measured: rows.add(measured.row))
        if asked.tracks is not None:
            files = TrackFiles(asked.tracks)
            outputs.append(lambda measured: files.add(measured.row, measured.tracks))
    except OSError as error:
        raise click.UsageError(f"cannot write {error.filename}: {error.strerror}") from error
    if asked.report is not None:
        outputs.append(stack.enter_context(_report(asked.report, rule, asked)))
    return outputs


def _printer(asked: Options, inputs: list[Input]) -> Output:
    if asked.as_json:
        return lambda measured: click.echo(json_line(measured.row))
    width = min(WIDEST_NAME, max(len(one.name) for one in inputs))
    click.echo(table_head(width))
    return lambda measured: click.echo(table_line(measured.row, width))


@contextmanager
def _report(folder: Path, rule: Rule, asked: Options) -> Iterator[Output]:
    """Pages for people; its list is written when all rows have come."""
    from speechcorpus.workflows.report.entry import Entry  # it draws: nobody else waits for matplotlib
    from speechcorpus.workflows.report.write import Report

    report = Report(
        folder,
        bands=rule.bands,
        required_band=rule.required_band,
        language=asked.report_language,
        variety=asked.report_variety,
    )
    yield lambda measured: report.add(Entry(row=measured.row, tracks=measured.tracks, file=measured.file))
    report.finish()


@contextmanager
def _parquet(path: Path) -> Iterator[ParquetRows]:
    rows = ParquetRows(path)
    try:
        yield rows
    except BaseException:
        rows.abandon()
        raise
    rows.finish()


def _journal(path: Path | None, how: HowToMeasure, resume: bool, stack: ExitStack) -> Journal | None:
    if path is None:
        return None
    journal = open_journal(path, how, resume=resume)
    stack.callback(journal.close)
    return journal


@contextmanager
def _stopped_by_ctrl_c() -> Iterator[Event]:
    """An event that the first Ctrl-C sets; the second one ends the program as usual."""
    stop = Event()
    before = signal.getsignal(signal.SIGINT)

    def set_stop(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before)

    signal.signal(signal.SIGINT, set_stop)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
