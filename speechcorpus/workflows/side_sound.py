"""The sound of two tracks side by side: the other person's laid under one's own, sample by sample.

Laid by the server, from the masters as they lie there: no browser computes with two clocks, and one element
plays both, at any speed, in one loop.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
from sqlalchemy.orm import Session

from speechcorpus.audio.wav import HEADER_BYTES, canonical_header
from speechcorpus.dsp.outline import Int16Array
from speechcorpus.record.alignment import Alignment
from speechcorpus.record.segmentation import Span
from speechcorpus.record.side_by_side import heard_beside, two_channels
from speechcorpus.record.upload import BYTES_PER_SAMPLE
from speechcorpus.store.models import Take
from speechcorpus.store.shelves import Readable
from speechcorpus.store.store import Store
from speechcorpus.work.withdrawal import Effect
from speechcorpus.workflows.side_tracks import SideTrack, side_tracks

Open = Callable[[], Readable]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    open: Open
    frames: int
    alignment: Alignment
    silent: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SideSound:
    """A WAV file that is made as it is read.

    Alone it is the other person's sound on one's own time, silent where they recorded nothing; of both, one's
    own is the left channel and theirs the right one.
    """

    header: bytes
    etag: str
    first: int  # of one's own samples
    frames: int
    own: Open | None  # one's own master; None: theirs alone
    others: tuple[_Track, ...]

    @property
    def length(self) -> int:
        """Bytes after the header."""
        return self.frames * self._frame_bytes

    @property
    def _frame_bytes(self) -> int:
        return BYTES_PER_SAMPLE * (1 if self.own is None else 2)

    def read(self, start: int, stop: int) -> bytes:
        """Return bytes [start, stop) of the samples."""
        size = self._frame_bytes
        first, last = start // size, -(-stop // size)
        made = self._samples(self.first + first, self.first + last)
        return made[start - first * size : stop - first * size]

    def _samples(self, first: int, last: int) -> bytes:
        theirs = np.zeros(last - first, dtype=np.int16)
        for track in self.others:
            theirs |= _heard(track, first, last)  # two takes of one person never share a moment
        if self.own is None:
            return theirs.astype("<i2").tobytes()
        return two_channels(_read(self.own, first, last), theirs)


def sound_beside(store: Store, session: Session, take: Take) -> SideSound | None:
    """Return the other person's sound for the whole time of a take; None where there is none.

    Who may hear it is for the caller.
    """
    return _sound(store, side_tracks(session, take), take, 0, take.frames or 0, both=False)


def sound_of_both(
    store: Store, session: Session, take: Take, first: int, last: int, *, use: Effect = "sound"
) -> SideSound | None:
    """Return both for samples [first, last) of a take; None where nothing lies beside it.

    Who may hear it is for the caller.
    """
    return _sound(store, side_tracks(session, take, use=use), take, first, last, both=True)


def _sound(
    store: Store, sides: Sequence[SideTrack], take: Take, first: int, last: int, *, both: bool
) -> SideSound | None:
    own, others = take.master_sha256 or "", [side.take.master_sha256 or "" for side in sides]
    if not sides or not all(map(store.blobs.exists, (own, *others))):  # erased, or held as damaged
        return None
    return SideSound(
        header=canonical_header(rate_hz=take.rate_hz, channels=2 if both else 1, frames=last - first),
        etag=_etag(sides, own, first, last, both),
        first=first,
        frames=last - first,
        own=partial(store.blobs.open, own) if both else None,
        others=tuple(
            _Track(
                open=partial(store.blobs.open, master),
                frames=side.take.frames or 0,
                alignment=side.alignment,
                silent=side.silent,
            )
            for side, master in zip(sides, others, strict=True)
        ),
    )


def _etag(sides: Sequence[SideTrack], own: str, first: int, last: int, both: bool) -> str:
    said = [(side.take.id, side.pair.measured_at.isoformat(), side.silent) for side in sides]
    return hashlib.sha256(repr((said, own, first, last, both)).encode()).hexdigest()[:32]


def _heard(track: _Track, first: int, last: int) -> Int16Array:
    places = track.alignment.to_other(np.arange(first, last))
    start, stop = (round(float(edge)) for edge in (places[0], places[-1]))
    start, stop = max(0, start - 1), min(track.frames, stop + 2)
    if start >= stop:
        return np.zeros(last - first, dtype=np.int16)
    piece = _read(track.open, start, stop)
    for quiet, end in track.silent:
        piece[max(0, quiet - start) : max(0, end - start)] = 0
    return heard_beside(piece, start, places)


def _read(master: Open, first: int, last: int) -> Int16Array:
    """Return samples of a master: our own file, nothing is decoded."""
    with closing(master()) as file:
        file.seek(HEADER_BYTES + first * BYTES_PER_SAMPLE)
        return np.frombuffer(file.read((last - first) * BYTES_PER_SAMPLE), dtype="<i2").astype(np.int16)
