"""What the house holds and what waits in it: figures of the catalogue and the disk, nobody's data."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.store.models import Blob, Job, Take
from speechcorpus.store.store import Store

OPEN_STATES = ("queued", "running", "dead")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """The jobs that are not done: cheap to ask for, an index serves it."""

    jobs: Mapping[tuple[str, str], int]  # (kind, state) -> how many
    oldest_due_s: float  # how long the job that is due longest has waited; 0 while none is
    receiving: int  # takes that are being sent

    @property
    def dead(self) -> int:
        """Jobs that nobody will try again by themselves."""
        return sum(count for (_, state), count in self.jobs.items() if state == "dead")

    @property
    def waiting(self) -> int:
        """Jobs that wait for a worker, or for their next attempt."""
        return sum(count for (_, state), count in self.jobs.items() if state == "queued")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobFigures:
    """What is kept, by the state of its row: reads the whole table."""

    blobs: Mapping[str, int]
    bytes: Mapping[str, int]
    unverified: int  # never read back since they were written
    oldest_verified_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFigures:
    """The disk the data folder lies on."""

    total_bytes: int
    free_bytes: int


def queue_figures(store: Store, *, now: datetime) -> QueueFigures:
    """Return what waits, runs and was given up."""
    with store.catalogue.read() as session:
        rows = session.execute(
            select(Job.kind, Job.state, func.count())
            .where(Job.state.in_(OPEN_STATES))
            .group_by(Job.kind, Job.state)
            .order_by(Job.kind, Job.state)
        )
        jobs = {(kind, state): count for kind, state, count in rows}
        return QueueFigures(
            jobs=jobs, oldest_due_s=_oldest_due_s(session, now), receiving=_receiving(session)
        )


def blob_figures(store: Store) -> BlobFigures:
    """Return how many recordings and files are kept, and how many bytes they are."""
    with store.catalogue.read() as session:
        rows = session.execute(select(Blob.state, func.count(), func.sum(Blob.bytes)).group_by(Blob.state))
        kept = {state: (count, int(size or 0)) for state, count, size in rows}
        ok = Blob.state == "ok"
        unverified = session.scalar(select(func.count()).where(ok, Blob.verified_at.is_(None)))
        oldest = session.scalar(select(func.min(Blob.verified_at)).where(ok))
    return BlobFigures(
        blobs={state: count for state, (count, _) in sorted(kept.items())},
        bytes={state: size for state, (_, size) in sorted(kept.items())},
        unverified=unverified or 0,
        oldest_verified_at=oldest,
    )


def disk_figures(store: Store) -> DiskFigures:
    """Return how large the disk is and how much of it is free."""
    usage = shutil.disk_usage(store.data_dir)
    return DiskFigures(total_bytes=usage.total, free_bytes=usage.free)


def _oldest_due_s(session: Session, now: datetime) -> float:
    oldest = session.scalar(
        select(func.min(Job.run_after)).where(Job.state == "queued", Job.run_after <= now)
    )
    return (now - oldest).total_seconds() if oldest else 0.0


def _receiving(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Take).where(Take.state == "receiving")) or 0
