"""A take of free speech about a topic: recorded, listened to and cut by the real parts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Segment, Task, TaskPrompt
from speechcorpus.workflows.projects import import_prompts, make_tasks
from tests.stage import RATE_HZ, Recorder, SentTake, Stage, spoken, work_off

TOPIC = "t0"


@dataclass(frozen=True, kw_only=True)
class Talk:
    """Somebody's take about a topic."""

    stage: Stage
    recorder: Recorder
    take: SentTake

    @property
    def actor(self) -> Actor:
        return self.recorder.actor

    def segments(self) -> list[Segment]:
        """The segments that count, by start."""
        with self.stage.store.catalogue.read() as session:
            chosen = select(Segment).where(Segment.take_id == self.take.id, Segment.chosen.is_(True))
            return list(session.scalars(chosen.order_by(Segment.start_sample)))


def add_topic(stage: Stage) -> str:
    """A task with one topic card in the low band; its id."""
    row = {"id": TOPIC, "kind": "monologue", "variety": "nan-TW", "text": "講你的庄頭。", "reading": None}
    import_prompts(stage.store, stage.manager, stage.project_id, [{**row, "licence": "CC0-1.0"}], stage.now)
    make_tasks(stage.store, stage.manager, stage.project_id, items_per_task=1, now=stage.now)
    with stage.store.catalogue.read() as session:
        topic = select(Task.id).join(TaskPrompt, TaskPrompt.task_id == Task.id)
        return session.scalars(
            topic.where(TaskPrompt.prompt_id == TOPIC, Task.band == "low", Task.style == "monologue")
        ).first()


def talk(stage: Stage, pcm: bytes, *, cut: bool = True, actor: Actor | None = None) -> Talk:
    """A take about the topic, without prompt markers; cut and measured unless told otherwise."""
    topic = add_topic(stage)
    recorder = stage.recorder(actor, task=stage.tasks().index(topic))
    sent = recorder.record(pcm, prompt=TOPIC)
    sent.finish(markers=[])
    if cut:
        work_off(stage)
    return Talk(stage=stage, recorder=recorder, take=sent)


def sentences(shared: Path, *seeds: int, pause_s: float = 0.8) -> bytes:
    """Real sentences one after the other in one made room, with pauses between them."""
    quiet = np.random.default_rng(9).normal(0, 10 ** (-62 / 20), round(pause_s * RATE_HZ))
    pause = (quiet * 32767).astype("<i2").tobytes()
    return pause.join(spoken(shared, seed=seed, edge_s=0.1) for seed in seeds)
