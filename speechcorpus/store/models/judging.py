"""What was measured and decided: measurements, verdicts, findings, reviews, outcomes."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256, State


class MeasurementRow(Base):
    """One uncalibrated row of measurements of one audio file."""

    __tablename__ = "measurement"
    __table_args__ = (UniqueConstraint("sha256", "analyser_version", "settings_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    sha256: Mapped[str] = mapped_column(Sha256)
    analyser_version: Mapped[str] = mapped_column(String(24))
    settings_sha256: Mapped[str] = mapped_column(Sha256)
    row: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]


class VerdictRow(Base):
    """What the one evaluator says of an item with a transcript revision (None: none yet): append-only."""

    __tablename__ = "verdict"
    __table_args__ = (UniqueConstraint("segment_id", "sequence"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), index=True)
    sequence: Mapped[int]  # the highest one of a segment counts
    revision_number: Mapped[int | None]
    evaluator: Mapped[str] = mapped_column(String(120))
    terms_sha256: Mapped[str] = mapped_column(Sha256)
    profile_sha256: Mapped[str | None] = mapped_column(Sha256)  # of the transcript profile; None: no text
    rule_book: Mapped[str | None] = mapped_column(Sha256)  # the version of the rules the text was checked by
    facts: Mapped[str] = mapped_column(Text)  # canonical JSON, as given to the evaluator
    outcome: Mapped[str] = mapped_column(State)  # accepted | repairable | rejected
    created_at: Mapped[datetime]


class FindingRow(Base):
    """One measured departure from one limit, of a verdict or review: append-only; decimal strings."""

    __tablename__ = "finding"
    __table_args__ = (CheckConstraint("(verdict_id IS NULL) <> (review_id IS NULL)", name="one_owner"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    verdict_id: Mapped[str | None] = mapped_column(ForeignKey("verdict.id"), index=True)
    review_id: Mapped[str | None] = mapped_column(ForeignKey("review.id"), index=True)
    code: Mapped[str] = mapped_column(String(60), index=True)
    severity: Mapped[str] = mapped_column(String(8))  # blocks | fix | flag
    measured: Mapped[str] = mapped_column(String(24))
    comparator: Mapped[str] = mapped_column(String(2))
    limit: Mapped[str] = mapped_column(String(24))
    unit: Mapped[str] = mapped_column(String(12))
    uncertainty: Mapped[str | None] = mapped_column(String(24))
    start_sample: Mapped[int | None] = mapped_column(BigInteger)
    end_sample: Mapped[int | None] = mapped_column(BigInteger)
    channel: Mapped[int | None]
    char_start: Mapped[int | None]
    char_end: Mapped[int | None]
    blob_sha256: Mapped[str | None] = mapped_column(Sha256)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)  # {x}: text found, rule, candidates


class Review(Base):
    """One person's look at one item; blind to every other one.

    The database refuses a reject without a finding: add the finding rows, `session.flush()`, then decide.
    A decided row is final.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("(decision IS NOT NULL) = (state = 'decided')", name="decision_when_decided"),
        CheckConstraint(
            "decision IS NULL OR (reviewer_id IS NOT NULL AND decided_at IS NOT NULL)",
            name="decided_by_someone",
        ),
        Index(
            "uq_review_reviewer",
            "segment_id",
            "reviewer_id",
            "round",
            unique=True,
            sqlite_where=text("reviewer_id IS NOT NULL"),
            postgresql_where=text("reviewer_id IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), index=True)
    round: Mapped[int] = mapped_column(default=1)  # a repaired item is reviewed anew; 0: gold
    purpose: Mapped[str] = mapped_column(State, default="flagged")
    # flagged | random | contest | repaired | second | gold: no reviewer sees it
    double: Mapped[bool] = mapped_column(default=False)  # drawn for two, blind: on both rows
    reviewer_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    terms_sha256: Mapped[str] = mapped_column(Sha256)
    state: Mapped[str] = mapped_column(
        State, default="queued", index=True
    )  # queued | assigned | decided | lapsed
    decision: Mapped[str | None] = mapped_column(String(8))  # accept | fix | reject
    void: Mapped[bool] = mapped_column(default=False)  # faster than one can listen: counts for nothing
    taken_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)  # to the contributor, with a fix
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    severity: Mapped[int] = mapped_column(default=0)  # order of the queue, highest first
    wording: Mapped[dict[str, Any] | None] = mapped_column(
        JSON
    )  # why a block of texts is heard: its evidence
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class OutcomeRow(Base):
    """What an item and price line came to."""

    __tablename__ = "outcome"

    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), primary_key=True)
    line: Mapped[str] = mapped_column(String(12), primary_key=True)  # record | transcribe
    state: Mapped[str] = mapped_column(State, default="pending")  # pending | accepted | refused | void
    price_minor: Mapped[int] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None]
