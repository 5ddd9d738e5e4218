"""Workers that are killed or stopped: every job is done once in effect, soon after its lease ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Job, Project
from speechcorpus.store.store import Store
from speechcorpus.workflows.worker import run_worker, utc_now

Record = Callable[[str, object], None]
REPOSITORY = Path(__file__).parents[2]
LEASE_S, BACK_S = 3.0, 5.0
JOBS, HANDS = 20, 4

SLOW_JOBS = """
import time
from speechcorpus.store.models import Project

def entered(store, *, name, now):
    time.sleep(0.2)
    with store.catalogue.write() as session:
        row = session.get(Project, name)
        if row is None:
            session.add(Project(id=name, title="1", created_at=now))
    time.sleep(0.2)
"""
HAND = """
import sys, threading
from pathlib import Path
from speechcorpus.store.store import open_store
from speechcorpus.workflows.worker import run_worker
folder, url, name, lease_s = sys.argv[1:]
store = open_store(Path(folder), url or None)
kinds = {"entered": "slow_jobs:entered"}
run_worker(store, owner=name, stop=threading.Event(), kinds=kinds, lease_s=float(lease_s))
"""


@pytest.fixture
def jobs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "slow_jobs.py").write_text(SLOW_JOBS)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def hands(store: Store, database_url: str | None, folder: Path) -> list["subprocess.Popen[bytes]"]:
    """Start the workers."""
    path = os.pathsep.join((str(REPOSITORY), str(folder)))
    command = [sys.executable, "-c", HAND, str(store.data_dir), database_url or ""]
    return [
        subprocess.Popen(
            [*command, f"hand-{number}", str(LEASE_S)],
            env={**os.environ, "PYTHONPATH": path},
            stderr=subprocess.DEVNULL,
        )
        for number in range(HANDS)
    ]


def states(store: Store) -> dict[str, int]:
    with store.catalogue.read() as session:
        counted = session.execute(select(Job.state, func.count()).group_by(Job.state))
        return {state: count for state, count in counted}  # noqa: C416  rows are no pairs to a type checker


def wait_until(ready: Callable[[], bool], at_most_s: float) -> float:
    """Wait; return how long it took."""
    began = time.monotonic()
    while not ready():
        assert time.monotonic() - began < at_most_s, "it took too long"
        time.sleep(0.02)
    return time.monotonic() - began


def caught_in_the_middle(store: Store, workers: list["subprocess.Popen[bytes]"], sign: int) -> int:
    """Send a signal to all workers while every one has a job; return how many jobs they held."""
    wait_until(lambda: states(store).get("running", 0) == HANDS, 60)
    for worker in workers:
        worker.send_signal(sign)
    return states(store).get("running", 0)


def taken_over(store: Store) -> float:
    """Let one other worker do the rest; return how long what was held took to come back."""
    stop = threading.Event()
    options = {"owner": "other", "stop": stop, "kinds": {"entered": "slow_jobs:entered"}, "lease_s": LEASE_S}
    other = threading.Thread(target=run_worker, args=(store,), kwargs=options)
    began = time.monotonic()
    other.start()
    try:
        wait_until(lambda: _nobody_else_holds(store), LEASE_S + BACK_S + 20)
        back_s = time.monotonic() - began
        wait_until(lambda: states(store) == {"done": JOBS}, 60)
    finally:
        stop.set()
        other.join()
    return back_s


def _nobody_else_holds(store: Store) -> bool:
    with store.catalogue.read() as session:
        held = select(func.count(Job.id)).where(Job.state == "running", Job.owner != "other")
        waiting = select(func.count(Job.id)).where(Job.attempts > 0, Job.state == "queued")
        return session.scalar(held) == 0 and session.scalar(waiting) == 0


def all_done_once(store: Store) -> bool:
    with store.catalogue.read() as session:
        return session.scalar(select(func.count(Project.id))) == JOBS


def add_jobs(store: Store) -> None:
    with store.catalogue.write() as session:
        for number in range(JOBS):
            enqueue(session, "entered", {"name": f"job-{number}"}, now=utc_now())


@pytest.mark.slow
def test_jobs_of_killed_workers_are_back_soon_after_their_leases(
    store: Store, database_url: str | None, jobs_folder: Path, record_property: Record
) -> None:
    add_jobs(store)
    workers = hands(store, database_url, jobs_folder)
    held = caught_in_the_middle(store, workers, signal.SIGKILL)
    for worker in workers:
        worker.wait()
    back_s = taken_over(store)
    assert all_done_once(store)
    record_property(
        "measured", f"{HANDS} workers killed with {held} jobs: back after {back_s:.1f} s, lease {LEASE_S:g} s"
    )
    assert back_s <= LEASE_S + BACK_S


@pytest.mark.slow
def test_workers_that_were_stopped_past_their_leases_change_nothing_when_they_wake(
    store: Store, database_url: str | None, jobs_folder: Path, record_property: Record
) -> None:
    add_jobs(store)
    workers = hands(store, database_url, jobs_folder)
    held = caught_in_the_middle(store, workers, signal.SIGSTOP)
    try:
        back_s = taken_over(store)
        before = _endings(store)
        for worker in workers:
            worker.send_signal(signal.SIGCONT)
        time.sleep(3)
        assert _endings(store) == before
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert all_done_once(store)
    said = f"{HANDS} workers stopped with {held} jobs: back after {back_s:.1f} s, lease {LEASE_S:g} s; woken"
    record_property("measured", f"{said}, they changed 0 of {JOBS}")
    assert back_s <= LEASE_S + BACK_S


def _endings(store: Store) -> list[tuple[object, ...]]:
    with store.catalogue.read() as session:
        rows = select(Job.id, Job.state, Job.finished_at, Job.attempts, Job.fence).order_by(Job.id)
        return [tuple(row) for row in session.execute(rows)]
