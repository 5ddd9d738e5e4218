"""The sound of a take as far as its browser's claims need it, heard in a limited child."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from speechcorpus.audio.child import cpu_limit_s, shared_children
from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import read_header
from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.peak import Samples
from speechcorpus.dsp.runs import OpenRuns
from speechcorpus.record.compare_sound import MOST_RUNS, ZEROS_S
from speechcorpus.record.readings import MeterCheck, Reading, check_meter
from speechcorpus.record.take import MAX_TAKE_S

TASK = "speechcorpus.workflows.claims_listen:listen_in_child"


def listen(path: Path, readings: Sequence[Reading]) -> tuple[tuple[tuple[int, int], ...], MeterCheck]:
    """Return the runs of zeros of a master and how far the live meter was off, heard in a limited child.

    Raises
    ------
    SignalError : if it cannot be decoded whole
    """
    claimed_s = read_header(path).claimed_s
    arguments = {"path": str(path), "readings": [asdict(reading) for reading in readings]}
    values = shared_children().call(TASK, arguments, cpu_s=cpu_limit_s(claimed_s)).values
    return tuple((start, end) for start, end in values["zeros"]), MeterCheck(**values["meter"])


def listen_in_child(path: str, readings: list[dict[str, Any]]) -> tuple[dict[str, Any], bytes]:
    """The work itself: exact zeros of the first channel, and the engine's levels at the meter's samples."""
    header = read_header(Path(path))
    decoder = Decoder(Path(path), header, max_frames=MAX_TAKE_S * header.rate_hz)
    blocks = (np.ascontiguousarray(block[:, 0]) for block in decoder)
    watched = _Zeros(blocks, round(ZEROS_S * header.rate_hz))
    meter = check_meter(watched, header.rate_hz, [Reading(**reading) for reading in readings])
    if header.length_fault or decoder.fault:
        raise SignalError("truncated", header.length_fault or decoder.fault or "it ends too early")
    return {"zeros": watched.finish(), "meter": asdict(meter)}, b""


class _Zeros:
    """Passes blocks on and notes the runs of exact zeros in them."""

    def __init__(self, blocks: Iterable[Samples], shortest: int) -> None:
        self._blocks, self._runs = iter(blocks), OpenRuns(shortest=shortest)
        self._found: list[tuple[int, int]] = []

    def __iter__(self) -> "_Zeros":
        return self

    def __next__(self) -> Samples:
        block = next(self._blocks)
        self._found += self._runs.push(block == 0)
        return block

    def finish(self) -> list[tuple[int, int]]:
        for _ in self:  # a take without readings was not read yet
            pass
        return [*self._found, *self._runs.finish()][:MOST_RUNS]
