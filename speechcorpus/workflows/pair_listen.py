"""Two masters heard side by side, in a limited child."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from speechcorpus.audio.child import cpu_limit_s, shared_children
from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import check_header, read_header
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.plain import from_plain, to_plain
from speechcorpus.dsp.peak import Samples
from speechcorpus.qc.two_tracks import HeardTogether, two_tracks
from speechcorpus.record.alignment import Alignment
from speechcorpus.record.take import MAX_TAKE_S

TASK = "speechcorpus.workflows.pair_listen:listen_in_child"
PASSES = 2  # over each of the two


def listen(first: Path, second: Path, clocks: Alignment) -> HeardTogether:
    """Return what two masters tell together, laid side by side by their clocks.

    Raises
    ------
    SignalError : if one of them cannot be decoded whole
    """
    headers = read_header(first), read_header(second)
    for header in headers:
        check_header(header, max_duration_s=MAX_TAKE_S)
    arguments = {"first": str(first), "second": str(second), "clocks": to_plain(clocks)}
    cpu_s = cpu_limit_s(PASSES * sum(header.claimed_s for header in headers))
    return from_plain(HeardTogether, shared_children().call(TASK, arguments, cpu_s=cpu_s).values)


def listen_in_child(first: str, second: str, clocks: dict[str, Any]) -> tuple[Any, bytes]:
    """The work itself."""
    tracks = _Track(Path(first)), _Track(Path(second))
    return to_plain(two_tracks(*tracks, from_plain(Alignment, clocks))), b""


class _Track:
    """The first channel of a master, block by block, as often as it is looped over."""

    def __init__(self, path: Path) -> None:
        self._header = read_header(path)
        self._decoder = Decoder(path, self._header, max_frames=MAX_TAKE_S * self._header.rate_hz)

    def __iter__(self) -> Iterator[Samples]:
        for block in self._decoder:
            yield np.ascontiguousarray(block[:, 0])
        if self._header.length_fault or self._decoder.fault:
            fault = self._header.length_fault or self._decoder.fault or "it ends too early"
            raise SignalError("truncated", fault)
