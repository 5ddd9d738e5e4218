"""Measure files and folders: find the inputs, run them, put calibration and bands on the rows."""

import base64
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.domain.measurement import Measurement, SecondTracks
from speechcorpus.engines.batch import run_batch
from speechcorpus.engines.journal import Journal, Record
from speechcorpus.qc.seconds import tracks_from_bytes
from speechcorpus.qc.settings import DEFAULT_SETTINGS, Settings
from speechcorpus.workflows.measure import MAX_DURATION_S
from speechcorpus.workflows.measure_batch import TRACKS, HowToMeasure, Input, measure_chunk

__all__ = ["Input", "Measured", "find_inputs", "measure_inputs", "measured_inputs"]

AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".w64", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".aac", ".aif"}
    | {".aiff", ".aifc", ".au", ".caf", ".wma", ".webm", ".amr"}
)
"""Names that a walk through a folder takes for audio; a file given by name is always measured."""

CHUNK_BYTES = 4 << 20
"""Files this large or larger are chunks of their own: twenty of an hour each would keep one job busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One input's row, and its tracks of seconds if they were asked for and something was decoded."""

    file: Path
    row: Measurement
    tracks: SecondTracks | None


def find_inputs(paths: Iterable[Path]) -> list[Input]:
    """Return what to measure, sorted by the bytes of the names.

    A folder stands for the audio files in it and below, named relative to it; links are followed once, and
    a folder that leads back into itself is an input with a fault.
    """
    found = [one for path in paths for one in (_walk(path, path, ()) if path.is_dir() else [_given(path)])]
    return sorted(found, key=lambda one: os.fsencode(one.name))


def measured_inputs(
    inputs: Sequence[Input],
    how: HowToMeasure,
    *,
    engine: str = "local",
    jobs: int = 1,
    journal: Journal | None = None,
    stop: Event | None = None,
) -> Iterator[Measured]:
    """Yield row and tracks of every input, in their order, uncalibrated.

    Raises
    ------
    SpeechCorpusError : `batch.stopped` after `stop`, `batch.engine-missing`; on a cluster also `batch.unseen`
        for a file that is here and not on the node that measures it, and what `engines.ray_data` raises
    """
    elsewhere = engine != "local"
    known = replace(how, known=frozenset(journal.keys() if journal else ()), elsewhere=elsewhere)
    function = partial(measure_chunk, how=known)
    records = run_batch(
        function, inputs, engine=engine, jobs=jobs, journal=journal, stop=stop, weigh=_chunks_filled
    )
    for one, record in zip(inputs, records, strict=True):
        if elsewhere:
            _require_seen(one, record)
        yield _measured(record, one)


def measure_inputs(
    inputs: Sequence[Input],
    *,
    jobs: int = 1,
    settings: Settings = DEFAULT_SETTINGS,
    max_duration_s: float = MAX_DURATION_S,
    finish: Callable[[Measurement], Measurement] = lambda row: row,
) -> Iterator[Measurement]:
    """Yield a row for every input, in their order; `finish` puts calibration and bands on each."""
    how = HowToMeasure(settings=settings, max_duration_s=max_duration_s)
    for measured in measured_inputs(inputs, how, jobs=jobs):
        yield finish(measured.row)


def _measured(record: Record, one: Input) -> Measured:
    tracks = record.pop(TRACKS, None)
    return Measured(
        file=Path(one.file),
        row=Measurement.from_row({**record, "path": one.name}),
        tracks=tracks_from_bytes(base64.b64decode(tracks)) if tracks else None,
    )


def _require_seen(one: Input, record: Record) -> None:
    """Refuse a row that says nothing of the file, only that a node does not see the folder it lies in."""
    if record["error_code"] == "unreadable" and one.fault is None and _can_be_read(one.file):
        raise SpeechCorpusError(
            "batch.unseen",
            f"{one.file} can be read here, but a node says: {record['error_detail']}; "
            "every node of the cluster needs its folder at the same path",
            file=one.file,
        )


def _can_be_read(file: str) -> bool:
    try:
        with Path(file).open("rb"):
            return True
    except OSError:
        return False


def _chunks_filled(one: Input) -> float:
    try:
        return os.stat(one.file).st_size / CHUNK_BYTES  # noqa: PTH116 (a Path for each costs more than the call)
    except OSError:
        return 0.0


def _given(path: Path) -> Input:
    return _input(path, path.as_posix())


def _walk(root: Path, folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Input]:
    name = folder.relative_to(root).as_posix()
    try:
        status = folder.stat()
        entries = sorted(folder.iterdir(), key=os.fsencode)
    except OSError as error:
        yield _input(folder, name, error.strerror or "cannot be listed")
        return
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        yield _input(folder, name, "a folder that leads back into itself")
        return
    for entry in entries:
        if entry.is_dir():
            yield from _walk(root, entry, (*above, identity))
        elif entry.suffix.lower() in AUDIO_SUFFIXES:
            yield _input(entry, entry.relative_to(root).as_posix())


def _input(path: Path, name: str, fault: str | None = None) -> Input:
    """A name whose bytes are no UTF-8 shows them as \\xNN; workers elsewhere need the whole path."""
    printable = os.fsencode(name).decode("utf-8", "backslashreplace")
    return Input(file=str(path.absolute()), name=printable, fault=fault)
