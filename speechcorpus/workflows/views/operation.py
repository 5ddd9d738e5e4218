"""The operator's page: what waits and was given up, how full the disk is, when the house was looked after."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Literal

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor, Role
from speechcorpus.store.migrations import version_gap
from speechcorpus.store.models import Blob, Job
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.house_figures import (
    BlobFigures,
    DiskFigures,
    QueueFigures,
    blob_figures,
    disk_figures,
    queue_figures,
)
from speechcorpus.workflows.log_lines import masked, one_line
from speechcorpus.workflows.upkeep import LookedAfter, faults_of, last_upkeep

WHO: Final[tuple[Role, ...]] = ("operator", "manager")
PACE: Final = timedelta(days=7)
SHOWN: Final = 50
LONGEST: Final = 160
Look = Literal["ok", "fix", "stop"]
SLOW_S, STUCK_S = 60.0, 900.0  # a job that is due is taken within a second while a worker is idle
SOON_D, NOW_D = 30.0, 7.0
BACKUP_DUE, SCRUB_DUE = timedelta(hours=36), timedelta(days=35)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadJob:
    """A job that was given up after its last attempt."""

    job_id: str
    kind: str
    attempts: int
    since: datetime
    reason: str  # its last line, without what tells of people


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What somebody who looks after the house wants to know first."""

    queue: QueueFigures
    kinds: Mapping[str, Mapping[str, int]]  # kind -> state -> how many
    dead: tuple[DeadJob, ...]  # the newest first
    blobs: BlobFigures
    disk: DiskFigures
    bytes_per_day: float  # what was added a day over the last week
    upkeep: Mapping[str, LookedAfter]
    versions: Mapping[str, str]
    now: datetime

    @property
    def full_in_days(self) -> float | None:
        """When the disk is full at the pace of the last week; None while nothing is added."""
        return self.disk.free_bytes / self.bytes_per_day if self.bytes_per_day > 0 else None

    @property
    def queue_look(self) -> Look:
        """How bad it is that somebody waits."""
        return _look(self.queue.oldest_due_s < SLOW_S, self.queue.oldest_due_s < STUCK_S)

    @property
    def disk_look(self) -> Look:
        """How near the end of the disk is."""
        days = self.full_in_days
        return "ok" if days is None else _look(days > SOON_D, days > NOW_D)

    def upkeep_look(self, kind: Literal["backup", "scrub"]) -> Look:
        """Whether it is time again, or something was found."""
        last = self.upkeep.get(kind)
        if last is None:
            return "fix"
        if faults_of(last):
            return "stop"
        return _look(self.now - last.at < (BACKUP_DUE if kind == "backup" else SCRUB_DUE), True)


def operation(store: Store, actor: Actor, *, now: datetime) -> Operation:
    """Return the page; `not-found` for anybody but operators and managers."""
    with store.catalogue.read() as session:
        require_staff(session, actor, *WHO)
        dead, upkeep = _dead(session), last_upkeep(session)
        per_day, versions = _per_day(session, now), _versions(session)
    queue = queue_figures(store, now=now)
    kinds: dict[str, dict[str, int]] = {}
    for (kind, state), count in queue.jobs.items():
        kinds.setdefault(kind, {})[state] = count
    return Operation(
        queue=queue,
        kinds=kinds,
        dead=dead,
        blobs=blob_figures(store),
        disk=disk_figures(store),
        bytes_per_day=per_day,
        upkeep=upkeep,
        versions=versions,
        now=now,
    )


def dead_jobs(session: Session) -> int:
    """Return how many jobs were given up."""
    return session.scalar(select(func.count()).select_from(Job).where(Job.state == "dead")) or 0


def _dead(session: Session) -> tuple[DeadJob, ...]:
    rows = session.scalars(
        select(Job).where(Job.state == "dead").order_by(Job.finished_at.desc(), Job.id).limit(SHOWN)
    ).all()
    return tuple(
        DeadJob(
            job_id=row.id,
            kind=row.kind,
            attempts=row.attempts,
            since=row.finished_at or row.created_at,
            reason=reason_of(row.error),
        )
        for row in rows
    )


def reason_of(error: str | None) -> str:
    """Return the line of an error that says what happened, without ids and addresses.

    Examples
    --------
    >>> reason_of("Traceback …\\n  File x\\nOSError: [Errno 28] No space left on device\\n")
    'OSError: [Errno 28] No space left on device'
    """
    lines = [line.strip() for line in (error or "").splitlines() if line.strip()]
    return one_line(masked(lines[-1]))[:LONGEST] if lines else "–"


def _per_day(session: Session, now: datetime) -> float:
    added = session.scalar(
        select(func.sum(Blob.bytes)).where(Blob.stored_at >= now - PACE, Blob.state != "erased")
    )
    return float(added or 0) / PACE.days


def _versions(session: Session) -> Mapping[str, str]:
    found, wanted = version_gap(session.connection())
    postgres = session.get_bind().dialect.name == "postgresql"
    said = session.scalar(text("SHOW server_version" if postgres else "SELECT sqlite_version()"))
    return {
        "speechcorpus": _version("speechcorpus"),
        "Python": platform.python_version(),
        "PostgreSQL" if postgres else "SQLite": str(said).split(" ")[0],
        "tables": f"{found}" if found == wanted else f"{found} ≠ {wanted}",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "–"


def _look(is_ok: bool, is_bearable: bool) -> Look:
    return "ok" if is_ok else "fix" if is_bearable else "stop"
