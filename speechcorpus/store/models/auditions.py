"""Who may speak or judge in which variety, and the auditions that say so."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256, State

RUNNING = text("state IN ('open', 'submitted')")


class Qualification(Base):
    """What was found of one person in one variety: append-only, the newest row of a kind counts.

    After `suitable` the database takes no lesser row of a speaker: a voice is judged once.
    """

    __tablename__ = "qualification"
    __table_args__ = (
        CheckConstraint("(contributor_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
        CheckConstraint("(kind = 'speaker') = (contributor_id IS NOT NULL)", name="kind_of_owner"),
        Index("ix_qualification_contributor_id", "contributor_id", "variety"),
        Index("ix_qualification_staff_id", "staff_id", "variety"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    contributor_id: Mapped[str | None] = mapped_column(ForeignKey("contributor.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    variety: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(8))  # speaker | reviewer
    result: Mapped[str] = mapped_column(State)  # suitable | recording-only | not_suitable
    how: Mapped[str] = mapped_column(String(8))  # audition | gold | vouched
    evidence: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # the numbers it rests on; None: vouched
    by: Mapped[str] = mapped_column(String(60))  # Actor.name_for_audit
    at: Mapped[datetime]


class Audition(Base):
    """One audition of one contributor in one variety: what was frozen when it began, and what it came to.

    Its tasks are made for this person alone (`task.audition_id`); one runs at a time.
    """

    __tablename__ = "audition"
    __table_args__ = (
        CheckConstraint("(state = 'decided') = (result IS NOT NULL)", name="result_when_decided"),
        Index(
            "uq_audition_running",
            "contributor_id",
            "variety",
            unique=True,
            sqlite_where=RUNNING,
            postgresql_where=RUNNING,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"))
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    variety: Mapped[str] = mapped_column(String(8))
    band: Mapped[str] = mapped_column(String(8))
    terms_sha256: Mapped[str] = mapped_column(Sha256)
    state: Mapped[str] = mapped_column(
        State, default="open", index=True
    )  # open | submitted | decided | expired
    begun_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]  # no answer by then is `suitable`
    decided_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(State)  # suitable | recording-only | not_suitable
    criterion: Mapped[str | None] = mapped_column(String(16))  # variety | machine | transcription


class AuditionReview(Base):
    """One listener's look at an audition, blind to every other one; a decided row is final."""

    __tablename__ = "audition_review"
    __table_args__ = (
        CheckConstraint("(opinion IS NOT NULL) = (state = 'decided')", name="opinion_when_decided"),
        UniqueConstraint("audition_id", "reviewer_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    audition_id: Mapped[str] = mapped_column(ForeignKey("audition.id"), index=True)
    reviewer_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[str] = mapped_column(State, default="queued")  # queued | assigned | decided | lapsed
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    opinion: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # `work.audition.Heard`, the texts
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
