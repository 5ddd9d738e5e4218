"""A dialogue on two devices with a known truth: one began later, and its clock runs faster."""

from dataclasses import dataclass
from uuid import uuid4

import numpy as np

from speechcorpus.domain.actor import Actor
from speechcorpus.record.alignment import Alignment
from speechcorpus.record.track_clock import Timeline
from speechcorpus.store.models import Segment, Take, TakePair, TakeSound
from speechcorpus.workflows.take_sound import DETECTOR
from tests.dialogue import TALK, Pair, pair
from tests.stage import RATE_HZ, SentTake, Stage

LATER_S, FASTER_PPM = 1.7312, 180.0
QUIET = {"overlap_pct": 4.0, "share_pct": 55.0, "turn_s": 12.5, "sync_offset_ms": 0.4}


def truth(seconds: float) -> Alignment:
    """How the partner's track lies beside the holder's."""
    line = Timeline(rate_hz=RATE_HZ, frames=round(seconds * RATE_HZ))
    return Alignment(
        offset_s=LATER_S,
        drift_ppm=FASTER_PPM,
        uncertainty_ms=0.8,
        method="exchanges",
        first=line,
        second=line,
    )


def ticks(places) -> bytes:
    """PCM of 16 s that is silent but for these samples."""
    codes = np.zeros(16 * RATE_HZ, dtype="<i2")
    codes[np.rint(places).astype(int)] = 20_000
    return codes.tobytes()


@dataclass(kw_only=True)
class Beside:
    """Both takes of one talk, stored and laid side by side."""

    two: Pair
    mine: SentTake  # the holder's
    theirs: SentTake  # the partner's

    @property
    def stage(self) -> Stage:
        return self.two.stage

    def add(self, take: SentTake, *spans_s: tuple[float, float], speech_s=None, leak_s=()) -> list[str]:
        """Cut a take by hand, and say where it speaks; the ids of its segments."""
        spoken = spans_s if speech_s is None else speech_s
        rows = [(str(uuid4()), *(round(at * RATE_HZ) for at in span)) for span in spans_s]
        with self.stage.store.catalogue.write() as session:
            sound = session.get(TakeSound, take.id) or TakeSound(take_id=take.id, detector=DETECTOR)
            sound.levels, sound.created_at = _levels(take.frames, spoken, leak_s), self.stage.now
            heard = sorted((*spoken, *leak_s))  # the detector hears a leak as well
            sound.speech = [[round(a * RATE_HZ), round(b * RATE_HZ)] for a, b in heard]
            session.add(sound)
            for key, start, end in rows:
                row = Segment(id=key, take_id=take.id, claim_id=self.two.claim, prompt_id=TALK)
                row.start_sample, row.end_sample, row.created_at = start, end, self.stage.now
                session.add(row)
        return [key for key, _, _ in rows]

    def lay(self, *, method: str = "exchanges", uncertainty_ms: float = 0.8, **figures: float) -> None:
        """Say what a worker found out about the two."""
        bleed = {"first": -31.0, "second": -28.0}
        with self.stage.store.catalogue.write() as session:
            row = TakePair(id=str(uuid4()), first_take_id=self.mine.id, second_take_id=self.theirs.id)
            row.offset_s, row.drift_ppm, row.uncertainty_ms = LATER_S, FASTER_PPM, uncertainty_ms
            row.method, row.facts, row.measured_at = method, {}, self.stage.later
            row.figures = {**QUIET, "bleed_db": bleed, **figures}
            session.add(row)

    def actor_of(self, take: SentTake) -> Actor:
        return take.recorder.actor

    def row(self, take: SentTake) -> Take:
        with self.stage.store.catalogue.read() as session:
            return session.get_one(Take, take.id)


def _levels(frames: int, spoken, leak_s) -> bytes:
    """Half decibels below full scale for each 10 ms: −60 dBFS, a leak at −46, a voice at −20."""
    levels = np.full(frames * 100 // RATE_HZ, 120, dtype=np.uint8)
    for spans, level in ((leak_s, 92), (spoken, 40)):
        for start, end in spans:
            levels[round(start * 100) : round(end * 100)] = level
    return levels.tobytes()


def beside(stage: Stage, *, mine: bytes | None = None, theirs: bytes | None = None) -> Beside:
    """Two stored takes of 16 s, not compared yet."""
    two = pair(stage, consents=True, devices="two")
    first = two.take_of(two.holder, mine or ticks([]))
    return Beside(two=two, mine=first, theirs=two.take_of(two.partner, theirs or ticks([])))
