"""Where a take without prompt markers is cut into segments: at pauses, never inside speech, nothing left out.

All places are samples of the take. Speech is what the voice detector found, as spans; a level is one number
for each 10 ms, half decibels below full scale: the highest is the quietest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from speechcorpus.domain.event import Event
from speechcorpus.dsp.arrays import BoolArray
from speechcorpus.dsp.runs import runs

Span = tuple[int, int]
Levels = NDArray[np.uint8]

PAUSE_S = 0.5  # shorter ones belong to the sentence
TARGET_S = (3.0, 15.0)
LONGEST_S = 30.0
LONGEST_PAUSE_S = 3.0  # inside a segment; what is longer is flagged in free speech (fair-work.md §2)
KEPT_S = (0.2, 0.3)  # silence before and after the speech of a segment
SNAP_S = 0.3
SPEECH_S = 0.15  # alone and shorter it is a click or a breath (audio.no-speech)
UNWRITTEN_S = 0.6
FRAMES_PER_S = 100
BAD_CUT = 1e4  # more than the worst length: a pause under 0.5 s is cut only where 30 s leave no other way


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What cutting needs to know of one lane: where it speaks, how loud each 10 ms is."""

    rate_hz: int
    frames: int
    speech: tuple[Span, ...]  # ascending, not touching
    levels: Levels

    @property
    def step(self) -> int:
        """Samples of one level."""
        return self.rate_hz // FRAMES_PER_S

    def samples(self, seconds: float) -> int:
        """Return a time in samples."""
        return round(seconds * self.rate_hz)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A proposed segment: samples [start, end) of one speaker, None for the only one."""

    start_sample: int
    end_sample: int
    speaker: str | None = None


def speech_spans(hops: BoolArray, hop_samples: int, *, rate_hz: int) -> tuple[Span, ...]:
    """Return the spans of speech, without what stands alone and is shorter than 0.15 s.

    Parameters
    ----------
    hops : whether each hop holds speech, shape (n,)

    Examples
    --------
    >>> hops = np.zeros(100, dtype=bool)
    >>> hops[[3]] = hops[50:60] = True
    >>> speech_spans(hops, 160, rate_hz=8_000)
    ((8000, 9600),)
    """
    found = [(int(start) * hop_samples, int(end) * hop_samples) for start, end in runs(hops)]
    pause, enough = round(PAUSE_S * rate_hz), round(SPEECH_S * rate_hz)
    kept: list[Span] = []
    for phrase in _phrases(found, pause):
        if sum(end - start for start, end in phrase) >= enough:
            kept += phrase
    return tuple(kept)


def cut_lanes(lanes: Mapping[str | None, Sound]) -> tuple[Piece, ...]:
    """Return the segments of every lane, by start, then speaker.

    Segments of one lane never overlap; across lanes they may (`overlaps`). Every span of speech lies inside
    one segment: cuts are made at pauses of 0.5 s or more, so that a segment has 3 to 15 s where the speech
    allows it and 30 s at most. Where nobody pauses for so long, the longest shorter pause is cut, and in
    speech without any the quietest 10 ms. 0.2 to 0.3 s of silence stay on each side where there are so many.

    Examples
    --------
    >>> quiet = np.full(2_000, 80, dtype=np.uint8)
    >>> sound = Sound(rate_hz=1_000, frames=20_000, speech=((1_000, 5_000), (9_000, 18_000)), levels=quiet)
    >>> [(piece.start_sample, piece.end_sample) for piece in cut_lanes({None: sound})]
    [(705, 5205), (8705, 18205)]
    """
    pieces = [
        Piece(start_sample=start, end_sample=end, speaker=speaker)
        for speaker, sound in lanes.items()
        for start, end in _cut(sound)
    ]
    return tuple(sorted(pieces, key=lambda piece: (piece.start_sample, piece.speaker or "")))


def overlaps(pieces: Sequence[Piece]) -> tuple[Event, ...]:
    """Return where segments of two lanes share time, as events.

    Examples
    --------
    >>> pieces = [Piece(start_sample=0, end_sample=9, speaker="a"), Piece(start_sample=6, end_sample=12)]
    >>> [(event.kind, event.start_sample, event.end_sample) for event in overlaps(pieces)]
    [('overlap', 6, 9)]
    """
    found: list[Span] = []
    for number, one in enumerate(pieces):
        for other in pieces[number + 1 :]:
            start = max(one.start_sample, other.start_sample)
            end = min(one.end_sample, other.end_sample)
            if one.speaker != other.speaker and start < end:
                found.append((start, end))
    return tuple(Event(kind="overlap", start_sample=start, end_sample=end) for start, end in _union(found))


def speech_without_text(sound: Sound, written: Sequence[Span]) -> tuple[Span, ...]:
    """Return where more than 0.6 s are spoken between segments with a text: somebody forgot to write.

    Parameters
    ----------
    written : the spans of the segments that have a text

    Examples
    --------
    >>> sound = Sound(rate_hz=1_000, frames=9_000, speech=((0, 2_000), (4_000, 4_500)), levels=np.empty(0))
    >>> speech_without_text(sound, [(1_500, 3_000)])
    ((0, 1500),)
    """
    edges = [0, *(edge for span in _union(written) for edge in span), sound.frames]
    limit, found = sound.samples(UNWRITTEN_S), []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        spoken = [(max(a, start), min(b, end)) for a, b in sound.speech if a < end and start < b]
        if sum(b - a for a, b in spoken) > limit:
            found.append((spoken[0][0], spoken[-1][1]))
    return tuple(found)


def snapped(sound: Sound, sample: int) -> int:
    """Return the quietest 10 ms without speech within 0.3 s of a place; the place itself if all is speech.

    Examples
    --------
    >>> levels = np.full(100, 80, dtype=np.uint8)
    >>> levels[40] = 120
    >>> sound = Sound(rate_hz=1_000, frames=1_000, speech=((500, 900),), levels=levels)
    >>> snapped(sound, 600), snapped(sound, 550)
    (405, 405)
    """
    reach = sound.samples(SNAP_S)
    places = _places(sound, max(0, sample - reach), min(sound.frames, sample + reach))
    outside = [at for at in places if not any(start <= at < end for start, end in sound.speech)]
    return max(outside, key=lambda at: (_quiet(sound, at), -abs(at - sample)), default=sample)


def _phrases(spans: Sequence[Span], pause: int) -> list[list[Span]]:
    """Group spans of speech between which nobody pauses for so long."""
    phrases: list[list[Span]] = []
    for span in spans:
        if phrases and span[0] - phrases[-1][-1][1] < pause:
            phrases[-1].append(span)
        else:
            phrases.append([span])
    return phrases


def _cut(sound: Sound) -> list[Span]:
    atoms = [part for span in sound.speech for part in _breathless(sound, span)]
    groups = [(atoms[first][0], atoms[last][1]) for first, last in _grouped(sound, atoms)]
    if not groups:
        return []
    cuts = [_between(sound, before[1], after[0]) for before, after in pairwise(groups)]
    starts = [_edge_before(sound, groups[0][0]), *(start for _, start in cuts)]
    ends = [*(end for end, _ in cuts), _edge_after(sound, groups[-1][1])]
    return list(zip(starts, ends, strict=True))


def _longest(sound: Sound) -> int:
    """Return how much of a segment may be from its first to its last speech."""
    return sound.samples(LONGEST_S - 2 * KEPT_S[1])


def _breathless(sound: Sound, span: Span) -> list[Span]:
    """Cut a span of speech that alone is too long, at its quietest places."""
    start, end = span
    parts: list[Span] = []
    while end - start > _longest(sound):
        at = _quietest(sound, start + _longest(sound) // 2, start + _longest(sound))
        parts.append((start, at))
        start = at
    return [*parts, (start, end)]


def _grouped(sound: Sound, atoms: Sequence[Span]) -> list[Span]:
    """Return first and last atom of every group, by the least total cost (dynamic programming)."""
    best, begun = [0.0], [0]
    for last in range(len(atoms)):
        cost, first = min(
            (best[first] + cost + _cost_before(sound, atoms, first), first)
            for first, cost in _costs(sound, atoms, last)
        )
        best.append(cost)
        begun.append(first)
    groups: list[Span] = []
    last = len(atoms) - 1
    while last >= 0:
        groups.append((begun[last + 1], last))
        last = begun[last + 1] - 1
    return groups[::-1]


def _costs(sound: Sound, atoms: Sequence[Span], last: int) -> Iterator[tuple[int, float]]:
    """Yield every group that may end with atom `last`: its first atom, its distance from 3 to 15 s.

    A pause that would be flagged inside a segment costs more than any length.
    """
    first, flagged = last, 0
    while first >= 0 and atoms[last][1] - atoms[first][0] <= _longest(sound):
        length_s = (atoms[last][1] - atoms[first][0]) / sound.rate_hz
        beside = max(0.0, TARGET_S[0] - length_s, length_s - TARGET_S[1])
        yield first, beside**2 + flagged * BAD_CUT
        if first and atoms[first][0] - atoms[first - 1][1] > sound.samples(LONGEST_PAUSE_S):
            flagged += 1
        first -= 1


def _cost_before(sound: Sound, atoms: Sequence[Span], first: int) -> float:
    """Return what it costs to cut before an atom: nothing at a pause of 0.5 s, more the shorter it is."""
    if first == 0:
        return 0.0
    pause_s = (atoms[first][0] - atoms[first - 1][1]) / sound.rate_hz
    return 0.0 if pause_s >= PAUSE_S else BAD_CUT * (1 + PAUSE_S - pause_s)


def _between(sound: Sound, before: int, after: int) -> Span:
    """Return the end of one segment and the start of the next, in the pause between their speech."""
    if after - before < sound.samples(2 * KEPT_S[0]):
        shared = _quietest(sound, before, after)
        return shared, shared
    middle = (before + after) // 2
    return _edge_after(sound, before, middle), _edge_before(sound, after, middle)


def _edge_before(sound: Sound, speech: int, earliest: int = 0) -> int:
    near, far = (sound.samples(seconds) for seconds in KEPT_S)
    return _quietest(sound, max(earliest, speech - far), max(earliest, speech - near))


def _edge_after(sound: Sound, speech: int, latest: int | None = None) -> int:
    latest = sound.frames if latest is None else latest
    near, far = (sound.samples(seconds) for seconds in KEPT_S)
    return _quietest(sound, min(latest, speech + near), min(latest, speech + far))


def _quietest(sound: Sound, start: int, end: int) -> int:
    """Return the middle of the quietest 10 ms that has its middle in [start, end]; the middle if none has."""
    places = _places(sound, start, end)
    return max(places, key=lambda at: _quiet(sound, at), default=(start + end) // 2)


def _places(sound: Sound, start: int, end: int) -> range:
    """Return the middles of all levels from start to end."""
    half = sound.step // 2
    first = -(-max(0, start - half) // sound.step)
    last = min((end - half) // sound.step, sound.levels.size - 1)
    return range(first * sound.step + half, last * sound.step + half + 1, sound.step)


def _quiet(sound: Sound, at: int) -> int:
    return int(sound.levels[at // sound.step])


def _union(spans: Sequence[Span]) -> list[Span]:
    """Return the spans as ranges that do not touch, ascending."""
    union: list[Span] = []
    for start, end in sorted(spans):
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return union
