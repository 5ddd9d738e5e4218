"""The demo's synthetic speakers go the contributor's own way: claim, sitting, takes, chunks, receipt.

Nothing is written past the workflows; what they record is measured and judged like any person's voice.
Only the calibration is known by construction: the room is made at a stated level.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import select

from speechcorpus.audio.wav import canonical_header
from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Calibration, Claim, Prompt, Segment, Task, TaskPrompt
from speechcorpus.store.store import Store
from speechcorpus.workflows.chunks import SentChunk, append_chunk
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.demo_parts import Part
from speechcorpus.workflows.demo_voice import Speaker, pcm16, room_noise, speech_in_room
from speechcorpus.workflows.finish import finish_take
from speechcorpus.workflows.sittings import close_sitting, open_sitting
from speechcorpus.workflows.takes import register_take

RATE_HZ = 44_100
CHUNK_BYTES = 5 * RATE_HZ * 2
ROOM_TONE_S = 5
SITTING_TIME = timedelta(minutes=15)
OFFSET_DB = 100.0  # of every synthetic room: dB(A) = dBFS(A) + 100, a microphone at a hand's width
ROOM_DBA = {"low": 33.0, "medium": 47.5, "high": 61.0}
KEPT_S = 0.3  # pre-roll and post-roll
DEVICE = {
    "label_sha256": hashlib.sha256(b"eSpeak NG").hexdigest(),
    "os": "none",
    "browser": "none",
    "gain_note": "synthetic room: the level is known by construction",
}
PROCESSING_OFF = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a part sits: the store, who it is, its claim and open sitting."""

    store: Store
    actor: Actor
    claim_id: str
    sitting_id: str
    now: datetime


def record_task(store: Store, actor: Actor, part: Part, *, speaker: Speaker, seed: int, now: datetime) -> str:
    """Record the first open Mandarin task of the part's band and return the claim."""
    rng = np.random.default_rng(seed)
    begun = now - SITTING_TIME  # no more sound is taken than time has passed since the claim
    claim_id = claim_task(store, actor, _open_task(store, part.band), now=begun)
    desk = _sit_down(store, actor, part, claim_id, begun, now)
    room_dbfs = (part.room_dba or ROOM_DBA[part.band]) - OFFSET_DB
    tone = room_noise(level_dbfs=room_dbfs, samples=ROOM_TONE_S * RATE_HZ, rate_hz=RATE_HZ, rng=rng)
    takes = dict([_send(desk, pcm16(tone), sequence=0, prompt_id=None)])
    for number, prompt in enumerate(_prompts(store, claim_id), start=1):
        spoken = speaker.say(prompt.text, part.voice, rate_hz=RATE_HZ)
        clip = speech_in_room(
            spoken, speech_dbfs=part.speech_dbfs, room_dbfs=room_dbfs, rate_hz=RATE_HZ, rng=rng
        )
        takes.update([_send(desk, pcm16(clip), sequence=number, prompt_id=prompt.id)])
    close_sitting(store, actor, desk.sitting_id, takes, now=now)
    return claim_id


def segments_of(store: Store, claim_id: str) -> Sequence[tuple[str, str]]:
    """Return (segment, prompt text) of a claim, in the order of the prompts."""
    with store.catalogue.read() as session:
        rows = session.execute(
            select(Segment.id, Prompt.text)
            .join(Prompt, Prompt.id == Segment.prompt_id)
            .where(Segment.claim_id == claim_id, Segment.chosen)
            .order_by(Prompt.id)
        )
        return [(segment_id, text) for segment_id, text in rows]


def _open_task(store: Store, band: str) -> str:
    with store.catalogue.read() as session:
        first = (
            select(Task.id)
            .join(TaskPrompt, TaskPrompt.task_id == Task.id)
            .where(Task.state == "open", Task.band == band, Task.variety == "cmn-TW")
            .where(TaskPrompt.prompt_id.not_in(_recorded_prompts()))
            .order_by(TaskPrompt.prompt_id)
        )
        return session.scalars(first).first() or ""


def _recorded_prompts() -> Any:
    return select(Segment.prompt_id).where(Segment.prompt_id.is_not(None))


def _prompts(store: Store, claim_id: str) -> Sequence[Prompt]:
    with store.catalogue.read() as session:
        return session.scalars(
            select(Prompt)
            .join(TaskPrompt, TaskPrompt.prompt_id == Prompt.id)
            .join(Claim, Claim.task_id == TaskPrompt.task_id)
            .where(Claim.id == claim_id)
            .order_by(TaskPrompt.position)
        ).all()


def _sit_down(store: Store, actor: Actor, part: Part, claim_id: str, begun: datetime, now: datetime) -> Desk:
    sitting_id = str(uuid4())
    body = {
        "claim": claim_id,
        "band": part.band,
        "device": {"class": "synthetic", "label": "eSpeak NG", **DEVICE},
        "calibration": _calibrate(store, actor, begun),
        "started_offline": True,
    }
    open_sitting(store, actor, sitting_id, body, now=begun)
    return Desk(store=store, actor=actor, claim_id=claim_id, sitting_id=sitting_id, now=now)


def _calibrate(store: Store, actor: Actor, now: datetime) -> str:
    calibration_id = str(uuid4())
    expires_at = now + timedelta(days=30)
    record = {
        "id": calibration_id,
        "device_label_sha256": DEVICE["label_sha256"],
        "os": DEVICE["os"],
        "browser": DEVICE["browser"],
        "rate_hz": RATE_HZ,
        "gain_note": DEVICE["gain_note"],
        "offset_db": str(OFFSET_DB),
        "method": "calibrator",
        "reference_class": "construction",
        "takes": 1,
        "spread_db": "0.0",
        "made_at": now.isoformat(),
        "expires_at": expires_at.isoformat(),
        "u_db": "1.0",
    }
    with store.catalogue.write() as session:
        session.add(
            Calibration(
                id=calibration_id,
                contributor_id=actor.id,
                record=record,
                expires_at=expires_at,
                created_at=now,
            )
        )
    return calibration_id


def _send(desk: Desk, pcm: bytes, *, sequence: int, prompt_id: str | None) -> tuple[str, str]:
    """Send one take as the browser does and return its id and SHA-256."""
    take_id = str(uuid4())
    body = {
        "sitting": desk.sitting_id,
        "sequence": sequence,
        "track": "main" if prompt_id else "room",
        "prompt_ids": [prompt_id] if prompt_id else [],
        "rate_hz": RATE_HZ,
        "channels": 1,
        "format": "s16le",
        "capture_path": "import",
        "first_sitting_sample": 0,
    }
    register_take(desk.store, desk.actor, take_id, body, now=desk.now)
    pieces = [pcm[start : start + CHUNK_BYTES] for start in range(0, len(pcm), CHUNK_BYTES)]
    digests = [_send_chunk(desk, take_id, index, piece) for index, piece in enumerate(pieces)]
    frames = len(pcm) // 2
    header = canonical_header(rate_hz=RATE_HZ, channels=1, frames=frames)
    sha256 = hashlib.sha256(header + pcm).hexdigest()
    manifest = _manifest(desk, take_id, prompt_id, frames, digests, sha256)
    finish_take(desk.store, desk.actor, take_id, manifest, now=desk.now)
    return take_id, sha256


def _send_chunk(desk: Desk, take_id: str, index: int, piece: bytes) -> str:
    sha256 = hashlib.sha256(piece).hexdigest()
    sent = SentChunk(
        index=index,
        length=len(piece),
        sha256=sha256,
        first_sample=index * CHUNK_BYTES // 2,
        frames=len(piece) // 2,
        read=lambda: piece,
    )
    append_chunk(desk.store, desk.actor, take_id, sent, now=desk.now)
    return sha256


def _manifest(
    desk: Desk, take_id: str, prompt_id: str | None, frames: int, digests: list[str], sha256: str
) -> dict[str, Any]:
    edge = round(KEPT_S * RATE_HZ)
    markers = [
        {"kind": "prompt-start", "at_sample": edge, "prompt_id": prompt_id},
        {"kind": "prompt-end", "at_sample": frames - edge, "prompt_id": prompt_id},
    ]
    return {
        "schema": "speechcorpus-take/1",
        "take": take_id,
        "sitting": desk.sitting_id,
        "rate_hz": RATE_HZ,
        "channels": 1,
        "frames": frames,
        "chunks": digests,
        "take_sha256": sha256,
        "capture": {
            "path": "import",
            "seen": frames,
            "delivered": frames,
            "total": frames,
            "lost_frames": 0,
            "recorder": "demo",
            "settings": PROCESSING_OFF,
            "ended_by": "stop",
        },
        "markers": markers if prompt_id else [],
        "events": [],
        "clock": {"windows": [], "exchanges": []},
        "meter": [],
        "calibration": None,
        "device_check": None,
    }
