"""`speechcorpus measure`: a row of numbers for every recording."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from speechcorpus.noise.band import DEFAULT_BANDS, Bands, parse_bands
from speechcorpus.noise.calibration import STATED_U_DB, Calibration
from speechcorpus.qc.measure import calibrated
from speechcorpus.workflows.measure import MAX_DURATION_S
from speechcorpus.workflows.measure_files import find_inputs, measure_inputs
from speechcorpus.workflows.measure_report import ParquetRows, json_line, summary, table_head, table_line

WIDEST_NAME = 48


@click.command(name="measure")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, every key always present.")
@click.option("--parquet", type=click.Path(dir_okay=False, path_type=Path), help="Also write the rows here.")
@click.option("--calibration-db", type=float, help="dB SPL = dBFS + this number, for this microphone.")
@click.option("--calibration-u-db", type=click.FloatRange(0), help="Its uncertainty, k = 2 (3.0).")
@click.option(
    "--bands", "bands_file", type=click.Path(path_type=Path), help="Bands as JSON (low < 40 dBA …)."
)
@click.option("--require-band", help="The band that every recording should be in.")
@click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Files measured at a time."
)
@click.option(
    "--max-duration-s", type=click.FloatRange(0, min_open=True), default=MAX_DURATION_S, show_default=True
)
def command(
    paths: tuple[Path, ...],
    as_json: bool,
    parquet: Path | None,
    calibration_db: float | None,
    calibration_u_db: float | None,
    bands_file: Path | None,
    require_band: str | None,
    jobs: int,
    max_duration_s: float,
) -> None:
    """Measure recordings: background, speech, loudness, peak, defects; one row for every input.

    PATHS are WAV or FLAC files, or folders of them. Levels are in dBFS, a full-scale sine is at -3.01 dBFS.
    They become dB(A), and get a band, only with a calibration. Even a calibrated phone reads high below
    40 dB(A), and a MEMS microphone hisses at about 34 dB(A) by itself.

    Exit 0: every row is ok. 1: some are not. 2: nothing was measured, the command was wrong.
    """
    calibration = _calibration(calibration_db, calibration_u_db)
    bands = _bands(bands_file)
    if require_band is not None:
        bands.named(require_band)
    finish = partial(calibrated, calibration=calibration, bands=bands, required_band=require_band)
    inputs = find_inputs(paths)
    if not inputs:
        raise click.UsageError("no WAV or FLAC file in what was given")
    width = min(WIDEST_NAME, max(len(one.name) for one in inputs))
    statuses = []
    with _parquet(parquet) as rows:
        if not as_json:
            click.echo(table_head(width))
        for row in measure_inputs(inputs, jobs=jobs, max_duration_s=max_duration_s, finish=finish):
            click.echo(json_line(row) if as_json else table_line(row, width))
            statuses.append(row.status)
            if rows:
                rows.add(row)
    click.echo(summary(statuses), err=True)
    sys.exit(0 if set(statuses) == {"ok"} else 1)


def _calibration(offset_db: float | None, u_db: float | None) -> Calibration | None:
    if offset_db is None:
        if u_db is not None:
            raise click.UsageError("--calibration-u-db says how sure --calibration-db is: give both")
        return None
    return Calibration(
        id="stated", offset_db=offset_db, method="stated", u_db=STATED_U_DB if u_db is None else u_db
    )


def _bands(path: Path | None) -> Bands:
    if path is None:
        return DEFAULT_BANDS
    try:
        return parse_bands(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"cannot read {path}: {error}") from error


@contextmanager
def _parquet(path: Path | None) -> Iterator[ParquetRows | None]:
    if path is None:
        yield None
        return
    try:
        rows = ParquetRows(path)
    except OSError as error:
        raise click.UsageError(f"cannot write {path}: {error}") from error
    try:
        yield rows
    except BaseException:
        rows.abandon()
        raise
    rows.finish()
