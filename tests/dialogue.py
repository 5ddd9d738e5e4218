"""A dialogue at one device or at two: a task for two, its holder, a partner, and takes of them."""

from dataclasses import dataclass

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import ClaimPartner, Contributor, Task, TaskPrompt
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.partners import agree_to_partner, end_partner, invite_partner
from speechcorpus.workflows.projects import import_prompts, make_tasks
from tests.stage import PURPOSES, Recorder, SentTake, Stage

TALK = "d0"
TOPIC = "講恁的囡仔時代。"


@dataclass(kw_only=True)
class Pair:
    """The claim of a dialogue, who holds it, and somebody who may be the second person."""

    stage: Stage
    holder: Actor
    claim: str
    partner: Actor
    devices: str = "one"

    def invite(self) -> str:
        stage = self.stage
        return invite_partner(stage.store, self.holder, self.claim, devices=self.devices, now=stage.now)

    def agree(self, token: str | None = None, actor: Actor | None = None, purposes=PURPOSES) -> str:
        return agree_to_partner(
            self.stage.store,
            actor or self.partner,
            self.invite() if token is None else token,
            purposes=purposes,
            language="zh-Hant",
            now=self.stage.now,
        )

    def end(self, row: str, actor: Actor | None = None) -> None:
        end_partner(self.stage.store, actor or self.holder, row, now=self.stage.now)

    def row(self, row: str) -> ClaimPartner:
        with self.stage.store.catalogue.read() as session:
            return session.get_one(ClaimPartner, row)

    def name(self, actor: Actor | None = None) -> str:
        """The pseudonym of the partner, or of somebody else."""
        with self.stage.store.catalogue.read() as session:
            return session.get_one(Contributor, (actor or self.partner).id).pseudonym

    def recorder(self, **sitting: object) -> Recorder:
        """The holder's recorder, its sitting open, with the partner in it unless told otherwise."""
        recorder = Recorder(stage=self.stage, actor=self.holder, claim=self.claim)
        recorder.open(**{"peers": [self.name()], **sitting})
        return recorder

    def take(self, pcm: bytes, **sitting: object) -> SentTake:
        """A stored take of both, not cut yet."""
        sent = self.recorder(**sitting).record(pcm, prompt=TALK)
        sent.finish(markers=[])
        return sent

    def recorder_of(self, actor: Actor, **sitting: object) -> Recorder:
        """The recorder of either of the two, its sitting open, with the other one in it."""
        other = self.holder if actor == self.partner else self.partner
        recorder = Recorder(stage=self.stage, actor=actor, claim=self.claim)
        recorder.open(**{"peers": [self.name(other)], **sitting})
        return recorder

    def take_of(self, actor: Actor, pcm: bytes, **finish: object) -> SentTake:
        """A stored take at the seat of either of the two, not cut yet; `finish` changes its manifest."""
        sent = self.recorder_of(actor).record(pcm, prompt=TALK)
        sent.finish(**{"markers": [], **finish})
        return sent


def add_dialogue(stage: Stage, text: str = TOPIC) -> str:
    """A task with one topic, or lines to say, for two in the low band; its id."""
    row = {"id": TALK, "kind": "dialogue", "variety": "nan-TW", "text": text, "reading": None}
    import_prompts(stage.store, stage.manager, stage.project_id, [{**row, "licence": "CC0-1.0"}], stage.now)
    make_tasks(stage.store, stage.manager, stage.project_id, items_per_task=1, now=stage.now)
    with stage.store.catalogue.read() as session:
        task = select(Task.id).join(TaskPrompt, TaskPrompt.task_id == Task.id)
        return session.scalars(
            task.where(TaskPrompt.prompt_id == TALK, Task.band == "low", Task.style == "dialogue")
        ).one()


def pair(stage: Stage, *, consents: bool = False, devices: str = "one", text: str = TOPIC) -> Pair:
    """A dialogue that somebody holds; the second person has agreed to nothing unless told otherwise.

    With two devices the two are partners already: each has a recorder of their own (`recorder_of`).
    """
    holder = stage.contributor()
    claim = claim_task(stage.store, holder, add_dialogue(stage, text), now=stage.now)
    partner = stage.contributor(consents=consents)
    two = Pair(stage=stage, holder=holder, claim=claim, partner=partner, devices=devices)
    if devices == "two":
        two.agree()
    return two
