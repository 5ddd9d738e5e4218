"""Measure files and folders: find the inputs, run them, put calibration and bands on the rows."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from speechcorpus.domain.measurement import Measurement
from speechcorpus.engines.local import run_batch
from speechcorpus.qc.measure import DEFAULT_SETTINGS, Settings
from speechcorpus.workflows.measure import MAX_DURATION_S, measure_path, refused

AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".w64", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".aac", ".aif"}
    | {".aiff", ".aifc", ".au", ".caf", ".wma", ".webm", ".amr"}
)
"""Names that a walk through a folder takes for audio; a file given by name is always measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One file to measure, the name its row carries, and why it cannot even be tried."""

    file: Path
    name: str
    fault: str | None = None


def find_inputs(paths: Sequence[Path]) -> list[Input]:
    """Return what to measure, sorted by the bytes of the names.

    A folder stands for the audio files in it and below, named relative to it; links are followed once, and
    a folder that leads back into itself is an input with a fault.
    """
    found = [one for path in paths for one in (_walk(path, path, ()) if path.is_dir() else [_given(path)])]
    return sorted(found, key=lambda one: os.fsencode(one.name))


def measure_inputs(
    inputs: Sequence[Input],
    *,
    jobs: int = 1,
    settings: Settings = DEFAULT_SETTINGS,
    max_duration_s: float = MAX_DURATION_S,
    finish: Callable[[Measurement], Measurement] = lambda row: row,
) -> Iterator[Measurement]:
    """Yield a row for every input, in their order; `finish` puts calibration and bands on each."""
    one = partial(_measure, settings=settings, max_duration_s=max_duration_s)
    for row in run_batch(one, inputs, jobs=jobs):
        yield finish(row)


def _measure(one: Input, *, settings: Settings, max_duration_s: float) -> Measurement:
    if one.fault is not None:
        row = refused(one.file, "unreadable", one.fault, settings=settings)
    else:
        row = measure_path(one.file, settings=settings, max_duration_s=max_duration_s)
    return replace(row, path=one.name)


def _given(path: Path) -> Input:
    return Input(file=path, name=_printable(path.as_posix()))


def _walk(root: Path, folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Input]:
    name = _printable(folder.relative_to(root).as_posix())
    try:
        status = folder.stat()
        entries = sorted(folder.iterdir(), key=os.fsencode)
    except OSError as error:
        yield Input(file=folder, name=name, fault=error.strerror or "cannot be listed")
        return
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        yield Input(file=folder, name=name, fault="a folder that leads back into itself")
        return
    for entry in entries:
        if entry.is_dir():
            yield from _walk(root, entry, (*above, identity))
        elif entry.suffix.lower() in AUDIO_SUFFIXES:
            yield Input(file=entry, name=_printable(entry.relative_to(root).as_posix()))


def _printable(name: str) -> str:
    """A name whose bytes are no UTF-8 shows them as \\xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
