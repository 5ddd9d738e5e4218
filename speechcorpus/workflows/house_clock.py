"""The clock of the house: time that was lost, by an outage or a clock that jumped, counts against nobody.

Every machine has two clocks. The wall clock can be set; the monotonic one only runs. Where they disagree by
more than a minute somebody set the wall clock, and every deadline moves with it instead of ending. Where the
web process was silent for more than a minute it was away, and every deadline moves by as long; what that
touched is judged anew (`outage_verdicts`).
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from math import ceil
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import ClockPulse, TimeLost
from speechcorpus.store.store import Store
from speechcorpus.workflows.deadlines import move_deadlines

BELIEVED: Final = timedelta(seconds=60)  # clocks drift, and a process may be slow to look
PULSE_S: Final = 20.0
REBASE_S: Final = 10.0
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

Clock = Callable[[], datetime]
Watched = Literal["clock", "web"]
Lost = Literal["outage", "step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Both clocks of a machine at one moment; `boot` says from when the monotonic one counts."""

    wall: datetime
    monotonic_ms: int
    boot: str


def read_clocks(wall: datetime) -> Reading:
    """Return the monotonic clock beside a wall clock that was just read."""
    return Reading(wall=wall, monotonic_ms=time.monotonic_ns() // 1_000_000, boot=_boot())


@cache
def _boot() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""  # no such system: then a monotonic clock that went back tells a restart


def clock_of(store: Store) -> Clock:
    """Return the clock that counts: the database's on PostgreSQL, else this machine's."""
    if store.catalogue.is_sqlite:
        return lambda: datetime.now(UTC)
    return DatabaseClock(lambda: _database_time(store), time.monotonic)


def _database_time(store: Store) -> datetime:
    with store.catalogue.read() as session:
        found: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)


class DatabaseClock:
    """The database's time, asked for every ten seconds and carried on by the monotonic clock between.

    Examples
    --------
    >>> seconds = iter([0.0, 4.0])
    >>> clock = DatabaseClock(lambda: datetime(2026, 1, 1, tzinfo=UTC), lambda: next(seconds))
    >>> clock().second, clock().second
    (0, 4)
    """

    def __init__(self, ask: Clock, monotonic: Callable[[], float]) -> None:
        self._ask, self._monotonic = ask, monotonic
        self._guard = threading.Lock()
        self._base: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        """Return the time now; while the database does not answer, what the last answer comes to."""
        with self._guard:
            at = self._monotonic()
            if self._base is None or at - self._base[1] > REBASE_S:
                try:
                    self._base = (self._ask(), at)
                except StoreError:
                    if self._base is None:
                        raise
            told, then = self._base
            return told + timedelta(seconds=at - then)


def watch_clock(store: Store, now: datetime) -> None:
    """Move deadlines if the wall clock was set since somebody last looked; a chore of every worker."""
    keep_time(store, read_clocks(now), name="clock")


def watch_uptime(store: Store, now: datetime) -> None:
    """Say that people can reach us, and move deadlines if they could not for more than a minute."""
    keep_time(store, read_clocks(now), name="web")


def is_reachable(store: Store, now: datetime) -> bool:
    """Say whether people can reach us now; while they cannot, nothing that waits for them may end.

    A house whose web process never ran is looked after by its operators alone: there nobody is away.
    """
    with store.catalogue.read() as session:
        last = session.get(ClockPulse, "web")
        return last is None or now - last.wall <= BELIEVED


def keep_time(store: Store, reading: Reading, *, name: Watched) -> timedelta:
    """Compare with the last look, move deadlines by what was lost and return it; several may look at once."""
    with store.catalogue.write() as session:
        last = session.get(ClockPulse, name, with_for_update=True)
        if last is None:
            _begin(session, name, reading)
            return timedelta(0)
        before = last.wall
        lost = _step(last, reading) if name == "clock" else _outage(last, reading)
        last.wall, last.monotonic_ms, last.boot = reading.wall, reading.monotonic_ms, reading.boot
        if lost:
            over = move_deadlines(session, lost, before=before, now=reading.wall)
            row = _note(session, "step" if name == "clock" else "outage", lost, reading.wall)
            if name == "web":
                told = {"outage_id": row.id, "claim_ids": list(over)}
                enqueue(session, "judge_outage", told, now=reading.wall)
        return lost


def _begin(session: Session, name: Watched, reading: Reading) -> None:
    first = ClockPulse(name=name, wall=reading.wall, monotonic_ms=reading.monotonic_ms, boot=reading.boot)
    with suppress(IntegrityError), session.begin_nested():  # another process was as quick
        session.add(first)


def _ran(last: ClockPulse, reading: Reading) -> timedelta | None:
    """Return how long the monotonic clock ran; None if it began anew."""
    ran_ms = reading.monotonic_ms - last.monotonic_ms
    return timedelta(milliseconds=ran_ms) if last.boot == reading.boot and ran_ms >= 0 else None


def _step(last: ClockPulse, reading: Reading) -> timedelta:
    ran = _ran(last, reading)
    step = timedelta(0) if ran is None else reading.wall - last.wall - ran
    return step if abs(step) > BELIEVED else timedelta(0)


def _outage(last: ClockPulse, reading: Reading) -> timedelta:
    ran = _ran(last, reading)
    away = reading.wall - last.wall if ran is None else ran
    return away if away > BELIEVED else timedelta(0)


def _note(session: Session, kind: Lost, lost: timedelta, now: datetime) -> TimeLost:
    row = TimeLost(kind=kind, seen_at=now, seconds=ceil(lost.total_seconds()))
    session.add(row)
    session.flush()
    append_audit(
        session,
        actor="clock",
        action=f"time.{kind}",
        object="deadlines",
        detail={"seconds": row.seconds},
        now=now,
    )
    return row


def steps_since(session: Session, moment: datetime) -> timedelta:
    """Return by how much the clock was set forward since a moment: whatever ends by its age ends later by it.

    A clock that was set back is left out; then things end a little late, and nothing early.
    """
    return lost_since(session, moment, kinds=("step",))


def lost_since(
    session: Session, moment: datetime, *, kinds: tuple[Lost, ...] = ("step", "outage")
) -> timedelta:
    """Return the time since a moment that counts against nobody: outages, and a clock set forward."""
    since = (TimeLost.kind.in_(kinds), TimeLost.seen_at > moment, TimeLost.seconds > 0)
    return timedelta(seconds=session.scalar(select(func.sum(TimeLost.seconds)).where(*since)) or 0)
