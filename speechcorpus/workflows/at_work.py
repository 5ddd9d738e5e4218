"""What a worker has in its hands, and what it tells of each job: a line in the log, numbers that grow."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.counters import Counters
from speechcorpus.store.jobs import ClaimedJob, give_back
from speechcorpus.store.store import Store
from speechcorpus.workflows.log_lines import FACTS, JOBS

JOB_SECONDS: Final = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
COUNTED_EVERY_S: Final = 5.0
Ended = Literal["done", "again", "late", "given-back"]
"""It was done; it failed and is tried again, or is dead; somebody else has it by now; we had to leave."""


@dataclass(kw_only=True)
class AtWork:
    """The job in hand; `None` between jobs. One for each worker."""

    counters: Counters | None = None
    _job: ClaimedJob | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _written_s: float = 0.0

    @contextmanager
    def on(self, job: ClaimedJob) -> Iterator[list[tuple[Ended, str | None]]]:
        """Hold a job; the caller puts into the list how it ended and the name of what went wrong."""
        self._hold(job)
        started_s, ended = time.perf_counter(), list[tuple[Ended, str | None]]()
        try:
            yield ended
        finally:
            self._hold(None)
            for how, why in ended[-1:]:
                self._tell(job, how, why, time.perf_counter() - started_s)

    def leave(self, store: Store, *, now: datetime) -> ClaimedJob | None:
        """Give back what is in hand; return it, or None when there was nothing. No other job may follow."""
        self._guard.acquire()  # kept: whoever would end or begin a job now waits for the end of the process
        job = self._job
        if job is not None:
            with suppress(StoreError):  # else its lease runs out, and the next one takes it
                if give_back(store.catalogue, job, now=now):
                    self._tell(job, "given-back", None, 0.0)
        return job

    def _hold(self, job: ClaimedJob | None) -> None:
        with self._guard:
            self._job = job

    def _tell(self, job: ClaimedJob, how: Ended, why: str | None, took_s: float) -> None:
        facts = {"kind": job.kind, "ended": how, "ms": round(1000 * took_s), "attempt": job.attempt}
        JOBS.info("job", extra={FACTS: {**facts, **({"error": why} if why else {}), "id": job.id}})
        if self.counters is not None:
            self.counters.add("jobs", job.kind, how)
            self.counters.observe(took_s, JOB_SECONDS, "job_s", job.kind)
            if time.monotonic() - self._written_s > COUNTED_EVERY_S:
                self.write_down()

    def write_down(self) -> None:
        """Let other processes see what was counted."""
        if self.counters is not None:
            self._written_s = time.monotonic()
            self.counters.flush()
