"""What a reviewer's story begins with: items recorded in a street, measured, drawn and waiting."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import numpy as np
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import OutcomeRow, Prompt, Review, Segment, TermsVersion
from speechcorpus.store.store import Store
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.sign_in import invite_staff
from speechcorpus.workflows.transcripts import save_transcript
from tests.stage import RATE_HZ, Recorder, Stage, calibrate, set_stage, work_off

PROMPT = "昨昏下晡，阮阿媽提三籃柑仔去市仔口賣，行到半路煞落大雨，無要緊，雨若停才閣行。"
SAID = "昨昏下晡，阮阿媽提3籃柑仔去市仔口賣,行到半路煞落大雨，沒關係，雨若停才閣行。"
ROOM_DBFS, PASSING_DBFS = -49.0, -27.0  # 48 and 70 dB(A) with the stage's calibration
PASSING_S = (6.1, 8.2)


@dataclass(frozen=True, kw_only=True)
class Inspecting:
    """A store with items to review, and a reviewer."""

    stage: Stage
    reviewer: Actor
    reviews: list[str]

    @property
    def store(self) -> Store:
        """Where it all lies."""
        return self.stage.store

    def token(self, now: datetime) -> str:
        """A sign-in link for the reviewer."""
        return invite_staff(self.store, self.reviewer.id, now=now)

    def row(self, review_id: str) -> Review:
        """A review as it stands now."""
        with self.store.catalogue.read() as session:
            return session.get_one(Review, review_id)


def inspecting(
    store: Store, now: datetime, *, items: int = 2, spoken: np.ndarray | None = None, drawn: bool = True
) -> Inspecting:
    """Let somebody record some prompts in a street and hand them to the reviewers.

    Parameters
    ----------
    spoken : speech at the stage's rate, in [-1, 1]; by default a voice that says nothing
    drawn : whether a worker has been here
    """
    stage = set_stage(store, now, items_per_task=items)
    actor = stage.contributor()
    claim = claim_task(store, actor, stage.tasks("medium")[0], now=now)
    recorder = Recorder(stage=stage, actor=actor, claim=claim)
    recorder.open(band="medium", calibration=calibrate(stage, actor))
    with store.catalogue.write() as session:
        prompts = session.scalars(select(Prompt).order_by(Prompt.id)).all()
        prompts[0].text = PROMPT
        names = [prompt.id for prompt in prompts][:items]
    for prompt in names:
        recorder.record(street(spoken, seed=len(prompt)), prompt=prompt).finish()
    if drawn:
        work_off(stage)
    with store.catalogue.read() as session:
        segments = session.scalars(select(Segment.id).order_by(Segment.prompt_id)).all()
    if drawn:
        save_transcript(store, actor, segments[0], SAID, 0, now=stage.later)
    reviewer = stage.reviewer()
    return Inspecting(stage=stage, reviewer=reviewer, reviews=[queued(stage, each) for each in segments])


def street(spoken: np.ndarray | None, *, seed: int) -> bytes:
    """Speech over a street in which something passes: 16-bit samples."""
    rng = np.random.default_rng(seed)
    voice = buzz(12.4) if spoken is None else spoken
    edge = np.zeros(round(0.9 * RATE_HZ))
    voice = np.concatenate([edge, voice, edge])
    noise = np.convolve(rng.normal(0, 1, voice.size + 15), np.hanning(16) / 1.2, "valid")
    moments = np.arange(voice.size) / RATE_HZ
    middle, half = sum(PASSING_S) / 2, (PASSING_S[1] - PASSING_S[0]) / 2
    passing = np.exp(-0.5 * ((moments - middle) / (half / 2)) ** 2)
    level = 10 ** ((ROOM_DBFS + (PASSING_DBFS - ROOM_DBFS) * passing) / 20)
    return (np.clip(voice + noise * level, -1, 1) * 32767).astype("<i2").tobytes()


def buzz(seconds: float) -> np.ndarray:
    """Syllables of a voice that says nothing: what the detector takes for speech."""
    moments = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * 140 * n * moments) / n for n in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 3.3 * moments), 0, 1)
    return 0.12 * tone * syllables * (moments % 2.0 > 0.7)


def queued(stage: Stage, segment_id: str) -> str:
    with stage.store.catalogue.write() as session:
        for line, price in (("record", 1500), ("transcribe", 1000)):
            session.add(OutcomeRow(segment_id=segment_id, line=line, price_minor=price))
        terms = session.scalars(select(TermsVersion.sha256)).one()
        review = Review(
            id=str(uuid4()), segment_id=segment_id, terms_sha256=terms, severity=2, created_at=stage.now
        )
        session.add(review)
    return review.id
