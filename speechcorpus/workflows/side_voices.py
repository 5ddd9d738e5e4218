"""Who of two speaks when, on the time of one of their takes: a leak of the other one is nobody's own voice.

From what was kept when the takes were listened to, by the rules of `qc.dialogue`: no sound is read again.
"""

from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.orm import Session

from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, hop_samples
from speechcorpus.dsp.defects.channels import leak_db
from speechcorpus.dsp.runs import runs
from speechcorpus.qc.dialogue import Side, on_one_clock, own_speech
from speechcorpus.record.segmentation import Sound, Span
from speechcorpus.record.side_by_side import within
from speechcorpus.store.models import Take, TakePair
from speechcorpus.workflows.side_tracks import SideTrack, side_tracks
from speechcorpus.workflows.take_pairs import FIRST, SECOND, side_of
from speechcorpus.workflows.take_sound import HALF_DB, kept_sound

LEVELS_A_HOP = 2  # a level for 10 ms, a hop is 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """Where each of the two speaks, in samples of the take that was asked about."""

    own: tuple[Span, ...]
    other: tuple[Span, ...]
    both: tuple[Span, ...]


def voices_of(session: Session, take: Take, side: SideTrack) -> Voices | None:
    """Return who speaks when; None where nobody listened to both takes yet."""
    sounds = kept_sound(session, take), kept_sound(session, side.take)
    if sounds[0] is None or sounds[1] is None:
        return None
    own, hop = _side(sounds[0]), hop_samples(take.rate_hz)
    middles = (np.arange(own.z.size) + 0.5) * hop
    other = on_one_clock(_side(sounds[1]), side.alignment.to_other(middles) / hop_samples(side.take.rate_hz))
    ways = _ways_hops(side.pair)
    if side_of(side.pair, take.id) == SECOND:
        ways = ways[::-1]
    there, here = (_late(each, way) for each, way in zip((own, other), ways, strict=True))
    mine = own_speech(own, here, leak_db(here.z, own.z, here.speech))
    theirs = own_speech(other, there, leak_db(there.z, other.z, there.speech))
    return Voices(own=_spans(mine, hop), other=_spans(theirs, hop), both=_spans(mine & theirs, hop))


def heard_of_own(session: Session, take: Take) -> Sound | None:
    """Return what was heard of a take, its speech without what leaked in from the tracks beside it."""
    sound = kept_sound(session, take)
    if sound is None:
        return None
    for side in side_tracks(session, take):
        voices = None if side.by_clock else voices_of(session, take, side)
        if voices is not None:
            sound = replace(sound, speech=within(sound.speech, voices.own))
    return sound


def _side(sound: Sound) -> Side:
    hop = LEVELS_A_HOP * sound.step
    count = sound.levels.size // LEVELS_A_HOP
    powers = 10 ** (-sound.levels[: count * LEVELS_A_HOP].astype(np.float64) / (10 * HALF_DB))
    speech = np.zeros(count, dtype=np.bool_)
    for start, end in sound.speech:
        speech[start // hop : -(-end // hop)] = True
    return Side(z=powers.reshape(count, LEVELS_A_HOP).mean(axis=1), speech=speech)


def _ways_hops(pair: TakePair) -> tuple[int, int]:
    """Return how many hops a voice of each of the two is on its way into the other's track."""
    found = []
    clocks, sounds = pair.facts.get("clocks"), pair.facts.get("sound", {})
    for name, sign in ((FIRST, 1), (SECOND, -1)):
        lag = sounds.get(name)
        if lag is None or clocks is None:
            found.append(0)
            continue
        at_s = max(0.0, clocks["offset_s"]) + lag["at_s"]
        by_clocks_s = (at_s - clocks["offset_s"]) * (1 + 1e-6 * clocks["drift_ppm"])
        placed_s = (at_s - pair.offset_s) * (1 + 1e-6 * pair.drift_ppm)
        found.append(round(max(0.0, sign * (lag["late_s"] - placed_s + by_clocks_s)) * HOPS_PER_S))
    return found[0], found[1]


def _late(side: Side, hops: int) -> Side:
    return on_one_clock(side, np.arange(-hops, side.z.size - hops, dtype=np.float64))


def _spans(speaks: BoolArray, hop: int) -> tuple[Span, ...]:
    return tuple((int(start) * hop, int(end) * hop) for start, end in runs(speaks))
