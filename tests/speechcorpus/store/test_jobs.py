"""Jobs: none lost, none done by two workers at once, none tried for ever."""

import subprocess
import sys
import threading
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from speechcorpus.store.jobs import claim_next, complete, enqueue, fail, heartbeat
from speechcorpus.store.models import Job
from speechcorpus.store.store import Store

REPOSITORY = Path(__file__).parents[3]
SECOND = timedelta(seconds=1)


def add_jobs(store: Store, now: datetime, count: int) -> set[str]:
    with store.catalogue.write() as session:
        return {enqueue(session, "count", {"number": number}, now=now) for number in range(count)}


def states(store: Store) -> Counter[str]:
    with store.catalogue.read() as session:
        return Counter(session.scalars(select(Job.state)))


def only_job(store: Store) -> Job:
    with store.catalogue.read() as session:
        return session.scalars(select(Job)).one()


def test_jobs_come_out_in_the_order_they_were_due(store: Store, now: datetime) -> None:
    with store.catalogue.write() as session:
        for wait_s in (2, 0, 1):
            enqueue(session, "count", {"wait_s": wait_s}, now=now + wait_s * SECOND)
    claimed = [claim_next(store.catalogue, "w", now=now + 5 * SECOND) for _ in range(4)]
    assert [job and job.payload["wait_s"] for job in claimed] == [0, 1, 2, None]


def enqueue_and_fail(store: Store, now: datetime) -> None:
    with store.catalogue.write() as session:
        enqueue(session, "count", {}, now=now)
        raise ValueError("on purpose")


def test_a_job_of_a_rolled_back_transaction_never_existed(store: Store, now: datetime) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        enqueue_and_fail(store, now)
    assert states(store) == {}


def test_a_job_is_not_due_before_its_time(store: Store, now: datetime) -> None:
    add_jobs(store, now, 1)
    assert claim_next(store.catalogue, "w", now=now - SECOND) is None


def test_a_claimed_job_is_nobody_elses_until_its_lease_ends(store: Store, now: datetime) -> None:
    add_jobs(store, now, 1)
    first = claim_next(store.catalogue, "first", now=now, lease_s=60)
    assert first is not None
    assert claim_next(store.catalogue, "second", now=now + 59 * SECOND) is None
    second = claim_next(store.catalogue, "second", now=now + 61 * SECOND)
    assert second is not None
    assert (second.id, second.attempt, second.fence) == (first.id, 2, first.fence + 1)


def test_a_heartbeat_keeps_the_job(store: Store, now: datetime) -> None:
    add_jobs(store, now, 1)
    job = claim_next(store.catalogue, "first", now=now, lease_s=60)
    assert job is not None
    assert heartbeat(store.catalogue, job, now=now + 50 * SECOND, lease_s=60)
    assert claim_next(store.catalogue, "second", now=now + 100 * SECOND) is None


def test_a_worker_that_wakes_late_changes_nothing(store: Store, now: datetime) -> None:
    add_jobs(store, now, 1)
    late = claim_next(store.catalogue, "w", now=now, lease_s=1)
    assert late is not None
    assert claim_next(store.catalogue, "w", now=now + 2 * SECOND) is not None  # even under the same name
    assert not heartbeat(store.catalogue, late, now=now + 3 * SECOND)
    assert not complete(store.catalogue, late, now=now + 3 * SECOND)
    assert not fail(store.catalogue, late, "late", now=now + 3 * SECOND)
    job = only_job(store)
    assert (job.state, job.error, job.fence) == ("running", None, 2)


def test_a_done_job_is_never_done_again(store: Store, now: datetime) -> None:
    add_jobs(store, now, 1)
    job = claim_next(store.catalogue, "w", now=now)
    assert job is not None
    assert complete(store.catalogue, job, now=now)
    assert not complete(store.catalogue, job, now=now)
    assert claim_next(store.catalogue, "w", now=now + timedelta(days=1)) is None
    assert only_job(store).finished_at == now


def test_a_failing_job_waits_longer_each_time_and_then_is_dead_with_its_reason(
    store: Store, now: datetime
) -> None:
    add_jobs(store, now, 1)
    pauses = []
    while job := claim_next(store.catalogue, "w", now=now):
        assert fail(store.catalogue, job, f"attempt {job.attempt} broke", now=now)
        row = only_job(store)
        pauses.append((row.run_after - now).total_seconds())
        now = max(row.run_after, now)
    assert pauses == [2, 4, 8, 16, 0]
    assert (row.state, row.attempts, row.error) == ("dead", 5, "attempt 5 broke")


def test_a_job_that_kills_every_worker_is_dead_in_the_end(store: Store, now: datetime) -> None:
    add_jobs(store, now, 1)
    claims = 0
    while claim_next(store.catalogue, "w", now=now, lease_s=1):
        claims += 1
        now += 2 * SECOND
    job = only_job(store)
    assert (claims, job.state, job.error) == (
        5,
        "dead",
        "every attempt ended with the worker's lease running out",
    )


def test_a_dead_job_does_not_hold_up_the_queue(store: Store, now: datetime) -> None:
    add_jobs(store, now, 1)
    for _ in range(5):
        assert claim_next(store.catalogue, "w", now=now, lease_s=1)
        now += 2 * SECOND
    add_jobs(store, now, 1)
    assert claim_next(store.catalogue, "w", now=now) is not None
    assert states(store) == {"dead": 1, "running": 1}


def test_threads_never_get_the_same_job(store: Store, now: datetime) -> None:
    ids, taken = add_jobs(store, now, 60), []

    def work(name: str) -> None:
        while job := claim_next(store.catalogue, name, now=now):
            taken.append(job.id)
            assert complete(store.catalogue, job, now=now)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(taken) == Counter(ids)
    assert states(store) == {"done": 60}


WORKER = """
import sys
from datetime import datetime
from pathlib import Path
from speechcorpus.store.jobs import claim_next, complete
from speechcorpus.store.store import open_store
folder, url, name, now = sys.argv[1:]
store, now = open_store(Path(folder), url or None), datetime.fromisoformat(now)
sys.stdin.readline()
while job := claim_next(store.catalogue, name, now=now):
    print(job.id, complete(store.catalogue, job, now=now))
"""


def test_processes_never_get_the_same_job(store: Store, database_url: str | None, now: datetime) -> None:
    ids = add_jobs(store, now, 100)
    arguments = [sys.executable, "-c", WORKER, str(store.data_dir), database_url or ""]
    workers = [
        subprocess.Popen(
            [*arguments, f"w{number}", now.isoformat()],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    lines = [line for worker in workers for line in worker.communicate(timeout=60)[0].splitlines()]
    assert Counter(lines) == Counter(f"{job_id} True" for job_id in ids)
    assert states(store) == {"done": 100}
