"""A clip whose decoder calls abort(): its job is dead with a reason in the end, and the others go on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Job
from speechcorpus.store.store import Store
from speechcorpus.workflows.worker import work_once

Record = Callable[[str, object], None]
ATTEMPTS = 2
MINUTE = timedelta(minutes=1)
JOBS = """
from speechcorpus.audio.child import shared_children

def decode(store, *, stunt, now):
    shared_children().call(f"tests.speechcorpus.audio.stunts:{stunt}", {}, cpu_s=5)
"""


@pytest.mark.either_database
def test_a_decoder_that_aborts_leaves_a_dead_job_with_a_reason_and_the_queue_goes_on(
    store: Store,
    now: datetime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Record,
) -> None:
    (tmp_path / "decoding_jobs.py").write_text(JOBS)
    monkeypatch.syspath_prepend(str(tmp_path))
    kinds = {"decode": "decoding_jobs:decode"}
    with store.catalogue.write() as session:
        deadly = enqueue(session, "decode", {"stunt": "abort"}, now=now)
        session.get_one(Job, deadly).max_attempts = ATTEMPTS
        sound = enqueue(session, "decode", {"stunt": "identity"}, now=now + timedelta(seconds=1))
    minutes = count(1)
    while work_once(store, owner="w", kinds=kinds, clock=lambda: now + next(minutes) * MINUTE):
        pass
    with store.catalogue.read() as session:
        jobs = {job.id: job for job in session.scalars(select(Job))}
    assert (jobs[deadly].state, jobs[deadly].attempts) == ("dead", ATTEMPTS)
    assert (jobs[deadly].error or "").startswith("decoder-crashed: ")
    assert jobs[sound].state == "done"
    record_property("measured", f"dead after {ATTEMPTS} attempts, {jobs[deadly].error!r}; the next one done")
