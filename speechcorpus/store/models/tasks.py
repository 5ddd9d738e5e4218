"""What is asked and on which terms: project, terms, prompts, tasks, claims."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256, State

ACTIVE = text("state = 'active'")


class Project(Base):
    """One corpus in the making."""

    __tablename__ = "project"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    second_pct: Mapped[int] = mapped_column(
        default=5
    )  # of accepted segments, written down by a second person
    created_at: Mapped[datetime]


class TermsVersion(Base):
    """A version of a project's terms; published ones are immutable (a trigger holds it)."""

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("project_id", "version"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    version: Mapped[str] = mapped_column(String(24))
    sha256: Mapped[str] = mapped_column(Sha256, index=True)
    document: Mapped[str] = mapped_column(Text)  # canonical JSON
    state: Mapped[str] = mapped_column(State, default="draft")  # draft | published | retired
    published_at: Mapped[datetime | None]


class Prompt(Base):
    """What to say."""

    __tablename__ = "prompt"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[str] = mapped_column(String(12))  # read | monologue | dialogue
    variety: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    reading: Mapped[str | None] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(String(24))
    target_s: Mapped[int | None]  # how long to speak about a topic; a wish, never a condition of pay


class Task(Base):
    """Some prompts of one style and band, held by one contributor at a time."""

    __tablename__ = "task"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    terms_id: Mapped[str] = mapped_column(ForeignKey("terms.id"))
    variety: Mapped[str] = mapped_column(String(8))
    style: Mapped[str] = mapped_column(String(12))
    band: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(State, default="open", index=True)
    # open | claimed | submitted | in_review | accepted | rejected | void
    fence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    round_id: Mapped[str | None] = mapped_column(
        ForeignKey("draw_round.id"), index=True
    )  # given out by that draw; None: whoever comes may claim it
    audition_id: Mapped[str | None] = mapped_column(
        ForeignKey("audition.id"), index=True
    )  # made for that audition and nobody else; None: work of the project
    pool: Mapped[str | None] = mapped_column(
        String(8)
    )  # train | dev | test: all of its sentences are kept for speakers of that split; None: of none


class TaskPrompt(Base):
    """The prompts of a task, in order."""

    __tablename__ = "task_prompt"

    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompt.id"))


class Claim(Base):
    """One contributor's hold on one task, with terms and price frozen."""

    __tablename__ = "claim"
    __table_args__ = (
        Index("uq_claim_active_task", "task_id", unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"))
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"), index=True)
    fence: Mapped[int]
    terms_sha256: Mapped[str] = mapped_column(Sha256)
    price: Mapped[dict[str, Any]] = mapped_column(JSON)
    evaluator: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(State, default="active")  # active | released | expired | submitted
    claimed_at: Mapped[datetime]
    lease_until: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
