"""Two takes of one talk, heard side by side: where the clocks leave them, who speaks when, who leaks where.

Two passes over the samples. The first one finds who speaks when on each track; the second one looks for a
sound that both hold, apart for each of the two people: on its way through a call a voice is late in the
other's track, and which way it went tells that from a clock that is wrong.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import HOP_S, HOPS_PER_S, BoolArray, FloatArray, hop_samples
from speechcorpus.dsp.blocks import rechunked
from speechcorpus.dsp.cells import cell_means
from speechcorpus.dsp.peak import Samples, full_scale
from speechcorpus.dsp.voice import VoiceActivity
from speechcorpus.qc.dialogue import Dialogue, Side, dialogue, on_one_clock
from speechcorpus.qc.sync import Sync, SyncFinder
from speechcorpus.record.alignment import Alignment
from speechcorpus.record.shared_sound import Lag, Settled, SharedSound, settle
from speechcorpus.record.track_clock import Timeline

COMMON_HZ = 8000  # of the grid on which lags are found: 4 kHz are looked at
PIECE_S = 5
CELLS_A_HOP = COMMON_HZ // HOPS_PER_S
LOUD_PERCENT = 75  # of a track's speech: its own speaker's, a leak is quieter


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardTogether:
    """What two tracks come to: the alignment that counts, the sound both hold, the figures of the talk."""

    settled: Settled
    shared: SharedSound
    figures: Dialogue


def two_tracks(first: Iterable[Samples], second: Iterable[Samples], clocks: Alignment) -> HeardTogether:
    """Return what both tracks tell, block by block, in memory of a few bytes for every 20 ms.

    Parameters
    ----------
    first, second : blocks of shape (n,); looped over twice
    clocks : where the clocks put the tracks
    """
    sides = track_side(first, clocks.first.rate_hz), track_side(second, clocks.second.rate_hz)
    one, two = side_by_side(sides, clocks)
    shared = shared_sound((first, second), (one, two), clocks)
    settled = settle(clocks, shared)
    if settled.alignment != clocks:
        one, two = side_by_side(sides, settled.alignment)
    ways_s = _ways_s(shared, clocks, settled.alignment)
    return HeardTogether(settled=settled, shared=shared, figures=dialogue(one, two, None, ways_s=ways_s))


def track_side(blocks: Iterable[Samples], rate_hz: int) -> Side:
    """Return who speaks when on one track, and how loud each hop is.

    Examples
    --------
    >>> track_side([np.zeros(500), np.zeros(140), np.tile([0.5, -0.5], 320)], 16_000).z.tolist()
    [0.0, 0.0, 0.25, 0.25]
    """
    voice, hop = VoiceActivity(rate_hz), hop_samples(rate_hz)
    speech, sums, squares = [], [], []
    for block in rechunked(blocks, channels=1, size=PIECE_S * rate_hz):
        samples = np.ascontiguousarray(block[:, 0])
        speech.append(voice.push(samples))
        scaled = samples[: samples.size // hop * hop].reshape(-1, hop) / full_scale(samples)
        sums.append(scaled.sum(axis=1, dtype=np.float64))
        squares.append(np.square(scaled, dtype=np.float64).sum(axis=1))
    total, power = (np.concatenate(parts) if parts else np.empty(0) for parts in (sums, squares))
    mean = float(total.sum()) / max(1, total.size * hop)
    z = np.maximum((power - 2 * mean * total) / hop + mean**2, 0.0)
    found = np.concatenate([*speech, voice.finish()])[: z.size]
    return Side(z=z, speech=found)


def side_by_side(sides: tuple[Side, Side], placed: Alignment) -> tuple[Side, Side]:
    """Return both sides hop by hop at the same times, as far as both tracks run."""
    start_s, end_s = placed.shared_s
    middles_s = start_s + HOP_S * (np.arange(int((end_s - start_s) / HOP_S)) + 0.5)
    times = middles_s, placed.later_s(middles_s)
    one, two = (
        on_one_clock(side, line.samples(at_s) / hop_samples(line.rate_hz))
        for side, line, at_s in zip(sides, (placed.first, placed.second), times, strict=True)
    )
    return one, two


def shared_sound(
    tracks: tuple[Iterable[Samples], Iterable[Samples]], sides: tuple[Side, Side], clocks: Alignment
) -> SharedSound:
    """Return how late a sound of each speaker is in the second track, where both tracks hold it.

    Parameters
    ----------
    sides : hop by hop at the same times, as `side_by_side` gives them
    """
    louder = _louder(*sides)
    finders = SyncFinder(COMMON_HZ), SyncFinder(COMMON_HZ)
    readers = (
        _Cells(tracks[0], clocks.first, None),
        _Cells(tracks[1], clocks.second, clocks),
    )
    start_s = clocks.shared_s[0]
    for hop in range(0, louder.size, PIECE_S * HOPS_PER_S):
        talks = louder[hop : hop + PIECE_S * HOPS_PER_S]
        edges_s = start_s + hop * HOP_S + np.arange(talks.size * CELLS_A_HOP + 1) / COMMON_HZ
        one, two = (reader.means(edges_s) for reader in readers)
        for finder, whose in zip(finders, (1, -1), strict=True):
            gate = np.repeat(talks == whose, CELLS_A_HOP)
            finder.push(one * gate, two * gate)
    return SharedSound(first=_lag(finders[0].finish()), second=_lag(finders[1].finish()))


def _louder(one: Side, two: Side) -> FloatArray:
    """Return 1 where the first one is the louder of the two, -1 where the second one is, 0 in pauses.

    Each is held against its own voice: how far a microphone is turned up does not matter.
    """
    first, second = (side.z / _loud(side) for side in (one, two))
    speaks: BoolArray = one.speech | two.speech
    return np.asarray(np.where(speaks, np.sign(first - second), 0.0))


def _loud(side: Side) -> float:
    return max(float(np.percentile(side.z[side.speech], LOUD_PERCENT)) if side.speech.any() else 0.0, 1e-12)


def _ways_s(shared: SharedSound, clocks: Alignment, placed: Alignment) -> tuple[float, float]:
    """Return how long a voice of each of the two is on its way into the other's track; 0 if never heard."""
    ways = []
    for lag, sign in ((shared.first, 1), (shared.second, -1)):
        at_s = clocks.shared_s[0] + (lag.at_s if lag else 0.0)
        moved_s = float(placed.later_s(at_s) - clocks.later_s(at_s))
        ways.append(max(0.0, sign * (lag.late_s - moved_s)) if lag else 0.0)
    return ways[0], ways[1]


def _lag(sync: Sync | None) -> Lag | None:
    if sync is None:
        return None
    middle_s = sync.duration_s / 2
    return Lag(
        at_s=middle_s,
        late_s=sync.offset_s + 1e-6 * sync.drift_ppm * middle_s,
        drift_ppm=sync.drift_ppm,
        windows=sync.windows,
        over_mad=sync.over_mad,
    )


class _Cells:
    """Reads one track forward, as means over cells of a grid on the first track's time."""

    def __init__(self, blocks: Iterable[Samples], line: Timeline, clocks: Alignment | None) -> None:
        self._blocks: Iterator[Samples] = iter(blocks)
        self._line, self._clocks = line, clocks
        self._held: FloatArray = np.empty(0)
        self._first = 0  # sample of the track that is held first

    def means(self, edges_s: FloatArray) -> FloatArray:
        """Return the mean between each two edges; edges come in order, call after call."""
        times_s = edges_s if self._clocks is None else self._clocks.later_s(edges_s)
        places = self._line.samples(times_s)
        self._drop_before(int(places[0]))
        self._read_to(int(places[-1]) + 1, needed=int(places[0]))
        return cell_means(self._held, places - self._first)

    def _read_to(self, sample: int, *, needed: int) -> None:
        while self._first + self._held.size < sample:
            block = next(self._blocks, None)
            if block is None:
                return
            self._held = np.concatenate((self._held, block / full_scale(block)))
            self._drop_before(needed)  # one track may have begun an hour before the other

    def _drop_before(self, sample: int) -> None:
        done = min(self._held.size, max(0, sample - self._first))
        self._held, self._first = self._held[done:], self._first + done
