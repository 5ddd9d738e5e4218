"""A small stage for tests of the flow: a project, people, and a recorder that keeps to the protocol."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import resources
from itertools import count
from pathlib import Path
from uuid import uuid4

import numpy as np
import soundfile
from sqlalchemy import select

from speechcorpus.audio.wav import canonical_header
from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Calibration, Job, Task, TaskPrompt
from speechcorpus.store.store import Store
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows import people, projects
from speechcorpus.workflows.chunks import KeptChunk, SentChunk, append_chunk
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.consent_texts import LANGUAGES, keep_consent_texts
from speechcorpus.workflows.consents import give_consent
from speechcorpus.workflows.finish import Finished, finish_take
from speechcorpus.workflows.qualifications import Kind, vouch
from speechcorpus.workflows.sittings import open_sitting
from speechcorpus.workflows.takes import register_take
from speechcorpus.workflows.worker import work_once

RATE_HZ = 16_000
PURPOSES = ("record", "human_review", "release")
TEXTS = ("今仔日天氣真好。", "你食飽未？", "咱來去看海。", "伊明仔載欲轉來。")


def terms_text(**changes: str) -> str:
    """The demo's terms with some texts in them replaced."""
    text = (resources.files("speechcorpus.workflows") / "demo_data/terms_nan-TW.toml").read_text("utf-8")
    text = text.replace("rate_hz = 44100", f"rate_hz = {RATE_HZ}")
    if not any("double_pct" in new for new in changes.values()):
        text = text.replace("double_pct = 10, gold_pct = 5", "double_pct = 0, gold_pct = 0")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def keep_consent_text(store: Store) -> str:
    """Keep the text that the demo's terms name, as whoever publishes them does first; its digest."""
    demo = resources.files("speechcorpus.workflows") / "demo_data"
    return keep_consent_texts(
        store, {locale: (demo / f"consent_{locale}.md").read_text("utf-8") for locale in LANGUAGES}
    )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest_header(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def voice(seconds: float, *, seed: int = 1, level: float = 0.1) -> bytes:
    """PCM that is unlike any other seed's."""
    frames = round(seconds * RATE_HZ)
    noise = np.random.default_rng(seed).uniform(-level, level, frames)
    return (noise * 32767).astype("<i2").tobytes()


@dataclass(kw_only=True)
class Stage:
    """One project with prompts and open tasks, and whoever works on it."""

    store: Store
    now: datetime
    manager: Actor
    project_id: str

    @property
    def later(self) -> datetime:
        """When takes are finished: long enough after they began."""
        return self.now + timedelta(minutes=10)

    def tasks(self, band: str = "low") -> list[str]:
        with self.store.catalogue.read() as session:
            first = (Task.band == band, TaskPrompt.position == 0, Task.audition_id.is_(None))
            tasks = select(Task.id).join(TaskPrompt, TaskPrompt.task_id == Task.id).where(*first)
            return list(session.scalars(tasks.order_by(TaskPrompt.prompt_id)))

    def contributor(self, *, consents: bool = True, vouched: bool = True) -> Actor:
        person = people.create_contributor(self.store, locale="zh-Hant", variety="nan-TW", now=self.now)
        if vouched:
            self.vouch("speaker", person)
        actor = Actor(role="contributor", id=person)
        if consents:
            give_consent(self.store, actor, purposes=PURPOSES, language="zh-Hant", now=self.now)
        return actor

    def reviewer(self) -> Actor:
        person = people.create_staff(self.store, name="QC", role="reviewer", now=self.now)
        for variety in ("nan-TW", "nan-CN", "cmn-TW"):
            self.vouch("reviewer", person, variety)
        return Actor(role="reviewer", id=person)

    def vouch(self, kind: Kind, person: str, variety: str = "nan-TW") -> None:
        """The manager answers for somebody."""
        vouch(self.store, self.manager, kind=kind, person_id=person, variety=variety, now=self.now)

    def recorder(self, actor: Actor | None = None, task: int = 0, **sitting: object) -> "Recorder":
        """A contributor with a claim and an open sitting."""
        actor = actor or self.contributor()
        claim = claim_task(self.store, actor, self.tasks()[task], now=self.now)
        recorder = Recorder(stage=self, actor=actor, claim=claim)
        recorder.open(**sitting)
        return recorder


@dataclass(kw_only=True)
class Recorder:
    """Sends takes as the browser does."""

    stage: Stage
    actor: Actor
    claim: str | None
    sitting: str = field(default_factory=lambda: str(uuid4()))
    numbers: "count[int]" = field(default_factory=count)

    def sitting_body(self, **changes: object) -> dict[str, object]:
        body = {"claim": self.claim, "band": "low", "device": {"label": "a"}, "calibration": None}
        return {**body, "device_check": None, "peers": [], "started_offline": False, **changes}

    def open(self, **changes: object) -> None:
        open_sitting(
            self.stage.store, self.actor, self.sitting, self.sitting_body(**changes), now=self.stage.now
        )

    def take(self, pcm: bytes, *, prompt: str | None = None, track: str = "main") -> "SentTake":
        """A registered take whose chunks are still here."""
        take = SentTake(recorder=self, pcm=pcm, prompt=prompt, track=track, sequence=next(self.numbers))
        take.register()
        return take

    def record(self, pcm: bytes, **said: str) -> "SentTake":
        """A take with all its chunks on the server, not finished."""
        take = self.take(pcm, **said)
        for index in range(take.chunk_count):
            take.send(index)
        return take


@dataclass(kw_only=True)
class SentTake:
    """One take of a recorder."""

    recorder: Recorder
    pcm: bytes
    prompt: str | None
    track: str
    sequence: int
    id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def frames(self) -> int:
        return len(self.pcm) // 2

    @property
    def chunk_count(self) -> int:
        return -(-self.frames // (5 * RATE_HZ))

    def chunk(self, index: int) -> bytes:
        return self.pcm[index * 10 * RATE_HZ : (index + 1) * 10 * RATE_HZ]

    @property
    def master(self) -> bytes:
        return canonical_header(rate_hz=RATE_HZ, channels=1, frames=self.frames) + self.pcm

    def body(self, **changes: object) -> dict[str, object]:
        body = {"sitting": self.recorder.sitting, "sequence": self.sequence, "track": self.track}
        body |= {"prompt_ids": [self.prompt] if self.prompt else [], "rate_hz": RATE_HZ, "channels": 1}
        return {**body, "format": "s16le", "capture_path": "mstp", "first_sitting_sample": 0, **changes}

    def register(self, **changes: object) -> bool:
        stage, actor = self.recorder.stage, self.recorder.actor
        return register_take(stage.store, actor, self.id, self.body(**changes), now=stage.now).created

    def sent(self, at: int, data: bytes | None = None, **changes: object) -> SentChunk:
        data = self.chunk(at) if data is None else data
        said = {"index": at, "length": len(data), "sha256": sha256(data), "frames": len(data) // 2}
        said |= {"first_sample": at * 5 * RATE_HZ, "read": lambda: data, **changes}
        return SentChunk(**said)

    def send(self, at: int, data: bytes | None = None, **changes: object) -> KeptChunk:
        stage, sent = self.recorder.stage, self.sent(at, data, **changes)
        return append_chunk(stage.store, self.recorder.actor, self.id, sent, now=stage.now)

    def manifest(self, **changes: object) -> dict[str, object]:
        said = [self.prompt] if self.prompt else []
        marks = [{"kind": "prompt-start", "at_sample": 4800, "prompt_id": p} for p in said]
        marks += [{"kind": "prompt-end", "at_sample": self.frames - 4800, "prompt_id": p} for p in said]
        settings = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
        counts = dict.fromkeys(("seen", "delivered", "total"), self.frames)
        capture = {"path": "mstp", **counts, "lost_frames": 0, "recorder": "0.1.0", "settings": settings}
        hashes = [sha256(self.chunk(index)) for index in range(self.chunk_count)]
        return {
            "schema": "speechcorpus-take/1",
            "take": self.id,
            "sitting": self.recorder.sitting,
            "rate_hz": RATE_HZ,
            "channels": 1,
            "frames": self.frames,
            "chunks": hashes,
            "take_sha256": sha256(self.master),
            "capture": {**capture, "ended_by": "stop"},
            "markers": marks,
            "events": [],
            "clock": {"windows": [], "exchanges": []},
            "meter": [],
            "calibration": None,
            "device_check": None,
            **changes,
        }

    def finish(self, **changes: object) -> Finished:
        stage = self.recorder.stage
        document = self.manifest(**changes)
        return finish_take(stage.store, self.recorder.actor, self.id, document, now=stage.later)


def set_stage(store: Store, now: datetime, *, items_per_task: int = 2, **terms: str) -> Stage:
    """A published project with four prompts, two to a task, in each band."""
    manager = Actor(role="manager", id=people.create_staff(store, name="M", role="manager", now=now))
    agreed = parse_terms(terms_text(**terms))
    project_id = projects.create_project(store, manager, terms=agreed, title="Taigi", now=now)
    rows = [
        {
            "id": f"p{n}",
            "kind": "read",
            "variety": "nan-TW",
            "text": text,
            "reading": None,
            "licence": "CC0-1.0",
        }
        for n, text in enumerate(TEXTS)
    ]
    projects.import_prompts(store, manager, project_id, rows, now)
    projects.make_tasks(store, manager, project_id, items_per_task=items_per_task, now=now)
    return Stage(store=store, now=now, manager=manager, project_id=project_id)


ROOM_DBFS, SPEECH_DBFS = -62.0, -22.0
OFFSET_DB = 97.0  # such a room is then at about 34 dB(A): inside the low band


def spoken(shared: Path, *, seed: int = 1, speech_dbfs: float = SPEECH_DBFS, edge_s: float = 0.8) -> bytes:
    """PCM of a real voice in a made room, with room before and after it."""
    clips = sorted((shared / "audio" / "speech").glob("pyroomacoustics_cmu_arctic_*.flac"))
    samples, rate_hz = soundfile.read(clips[seed % len(clips)])
    assert rate_hz == RATE_HZ
    loud = samples * 10 ** ((speech_dbfs - 10 * np.log10(np.mean(samples**2))) / 20)
    edge = np.zeros(round(edge_s * RATE_HZ))
    clip = np.concatenate([edge, loud, edge])
    clip += np.random.default_rng(seed).normal(0, 10 ** (ROOM_DBFS / 20), clip.size)
    return (np.clip(clip, -1, 1) * 32767).astype("<i2").tobytes()


FLAGGED = {"edge_s": 1.6}  # a silence at the edges: shown, never held; it sends no item to a listener
HEARD = "今仔日天氣真好，沒關係，咱做伙來去。"
# `transcript.wrd-cmn`: it reads like a translation, so somebody listens
LISTENING = timedelta(minutes=1)  # from taking an item to deciding: longer than any item of ours


def calibrate(stage: Stage, actor: Actor) -> str:
    """A calibration of the person's microphone, good for a month."""
    record = {"offset_db": str(OFFSET_DB), "method": "calibrator", "u_db": "1.0", "rate_hz": RATE_HZ}
    row = Calibration(id=str(uuid4()), contributor_id=actor.id, record=record, created_at=stage.now)
    row.expires_at = stage.now + timedelta(days=30)
    with stage.store.catalogue.write() as session:
        session.add(row)
    return row.id


def work_off(stage: Stage, at: datetime | None = None) -> None:
    """Let a worker do every job that is due; none may fail."""
    while work_once(stage.store, owner="test", clock=lambda: at or stage.later):
        pass
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(Job.error).where(Job.error.is_not(None))).all() == []
