"""A worker does each job once in effect, whatever happens to it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from inspect import Parameter, signature
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Job, Project
from speechcorpus.store.store import Store
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.worker import KINDS, run_worker, utc_now, work_once

REPOSITORY = Path(__file__).parents[3]

# The jobs of these tests: real functions in a real module, called by a real worker.
JOBS = """
import time
from speechcorpus.domain.errors import SignalError
from speechcorpus.store.models import Project

def found(store, *, name, now, wait_s=0):
    with store.catalogue.write() as session:
        if session.get(Project, name) is None:
            session.add(Project(id=name, title="once", created_at=now))
        else:
            session.get(Project, name).title += " more"
    print("begun", flush=True)
    time.sleep(wait_s)

def refuses(store, *, now):
    raise SignalError("signal.short", "nothing to measure")

def breaks(store, *, now):
    return 1 / 0
"""
PAYLOADS = {
    "assemble_take": "take_id",
    "build_release": "release_id",
    "compare_take": "take_id",
    "cut_clip": "segment_id",
    "cut_take": "take_id",
    "draft": "draft_id",
    "draw_item": "segment_id",
    "judge_calibrated": "calibration_id",
    "judge_outage": "outage_id",
    "make_deltas": "release_id",
    "measure_check": "take_id",
    "measure_item": "segment_id",
    "measure_take": "take_id",
    "pair_takes": "take_id",
    "preview_release": "release_id",
    "review_figures": "",  # of all projects
    "withdrawal_patches": "corpus",
}
KINDS_HERE = {name: f"jobs_of_a_test:{name}" for name in ("found", "refuses", "breaks")}
WORKER = """
import sys, threading
from pathlib import Path
from speechcorpus.store.store import open_store
from speechcorpus.workflows.worker import run_worker
folder, url, lease_s, *names = sys.argv[1:]
kinds = {name: f"jobs_of_a_test:{name}" for name in names}
store = open_store(Path(folder), url or None)
run_worker(store, owner="process", stop=threading.Event(), kinds=kinds, lease_s=float(lease_s))
"""


@pytest.fixture(autouse=True)
def jobs_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "jobs"
    folder.mkdir()
    (folder / "jobs_of_a_test.py").write_text(JOBS)
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def start_worker(
    store: Store, database_url: str | None, jobs_module: Path
) -> Callable[[float], subprocess.Popen[str]]:
    def start(lease_s: float) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-c",
            WORKER,
            str(store.data_dir),
            database_url or "",
            str(lease_s),
            *KINDS_HERE,
        ]
        path = os.pathsep.join((str(REPOSITORY), str(jobs_module)))
        return subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
        )

    return start


def add(store: Store, kind: str, **payload: object) -> None:
    with store.catalogue.write() as session:
        enqueue(session, kind, payload, now=utc_now())


def only_job(store: Store) -> Job:
    with store.catalogue.read() as session:
        return session.scalars(select(Job)).one()


def test_a_job_is_done_with_its_payload(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    add(store, "found", name="taigi")
    assert work_once(store, owner="w", kinds=KINDS_HERE)
    assert not work_once(store, owner="w", kinds=KINDS_HERE)
    assert only_job(store).state == "done"
    with store.catalogue.read() as session:
        assert session.get_one(Project, "taigi").title == "once"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("refuses", "signal.short: nothing to measure"),
        ("breaks", "ZeroDivisionError: division by zero"),
        ("never-heard-of", "KeyError: 'never-heard-of'"),
    ],
)
def test_a_failing_job_keeps_its_reason_and_the_worker_goes_on(
    sqlite_store: Store, kind: str, reason: str
) -> None:
    add(sqlite_store, kind)
    assert work_once(sqlite_store, owner="w", kinds=KINDS_HERE)
    job = only_job(sqlite_store)
    assert (job.state, job.attempts) == ("queued", 1)
    assert reason in (job.error or "")
    assert job.run_after > utc_now()


@pytest.mark.parametrize(("kind", "subject"), PAYLOADS.items())
def test_every_kind_of_job_is_done_by_a_function_that_takes_its_payload(kind: str, subject: str) -> None:
    module, function = KINDS[kind].split(":")
    taken = signature(getattr(import_module(module), function)).parameters
    needed = ["store", subject, "now"] if subject else ["store", "now"]
    assert list(taken)[: len(needed)] == needed
    assert all(
        taken[name].default is not Parameter.empty for name in list(taken)[len(needed) :]
    )  # may be left out
    assert set(KINDS) == set(PAYLOADS)


def test_a_long_job_stays_with_the_worker_that_does_it(sqlite_store: Store) -> None:
    add(sqlite_store, "found", name="long", wait_s=1.0)
    stop = threading.Event()
    workers = [
        threading.Thread(
            target=run_worker,
            args=(sqlite_store,),
            kwargs={"owner": f"w{number}", "stop": stop, "kinds": KINDS_HERE, "lease_s": 0.3},
        )
        for number in range(2)
    ]
    for worker in workers:
        worker.start()
    wait_for(lambda: only_job(sqlite_store).state == "done")
    stop.set()
    for worker in workers:
        worker.join()
    assert only_job(sqlite_store).attempts == 1


def test_a_worker_that_is_asked_to_stop_finishes_its_job_first(sqlite_store: Store) -> None:
    add(sqlite_store, "found", name="last", wait_s=0.5)
    stop = threading.Event()
    worker = threading.Thread(
        target=run_worker, args=(sqlite_store,), kwargs={"owner": "w", "stop": stop, "kinds": KINDS_HERE}
    )
    worker.start()
    wait_for(lambda: only_job(sqlite_store).state == "running")
    stop.set()
    worker.join(timeout=5)
    assert only_job(sqlite_store).state == "done"


def test_chores_are_done_at_once_and_then_once_a_minute(sqlite_store: Store, now: datetime) -> None:
    done_at: list[float] = []
    clock_s = iter(range(0, 10_000, 10))
    stop = threading.Event()

    def chore(_store: Store, at: datetime) -> None:
        done_at.append((at - now).total_seconds())
        if len(done_at) == 3:
            stop.set()

    for number in range(60):
        with sqlite_store.catalogue.write() as session:
            enqueue(session, "found", {"name": f"p{number}"}, now=now)
    run_worker(
        sqlite_store,
        owner="w",
        stop=stop,
        kinds=KINDS_HERE,
        chores=(chore,),
        clock=lambda: now + timedelta(seconds=next(clock_s)),
    )
    assert len(done_at) == 3
    assert all(60 <= later - earlier < 120 for earlier, later in pairwise(done_at))


def test_a_chore_that_fails_ends_no_worker_and_is_tried_again(
    sqlite_store: Store, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    said, tried, stop = "食飽未", list[str](), threading.Event()
    clock_s = iter(range(0, 10_000, 61))

    def breaks(_store: Store, _at: datetime) -> None:
        tried.append("breaks")
        if len(tried) < 2:
            raise ValueError(f"bad row\n{said}")

    def follows(_store: Store, _at: datetime) -> None:
        tried.append("follows")
        stop.set()

    clock = lambda: now + timedelta(seconds=next(clock_s))  # noqa: E731
    run_worker(sqlite_store, owner="w", stop=stop, chores=(breaks, follows), clock=clock)
    assert tried == ["breaks", "breaks", "follows"]
    assert "ValueError: bad row" in caplog.text
    assert said not in caplog.text


@pytest.mark.parametrize("code", ["database.busy", "storage.away"])
def test_a_chore_that_fails_for_ever_keeps_no_job_waiting(
    sqlite_store: Store, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    add(sqlite_store, "found", name="waited")
    tried, stop = list[datetime](), threading.Event()

    def fails(_store: Store, at: datetime) -> None:
        tried.append(at)
        if len(tried) == 3:
            stop.set()
        raise StoreError(code, "for ever")

    clock_s = iter(range(0, 10_000, 61))
    clock = lambda: utc_now() + timedelta(seconds=next(clock_s))  # noqa: E731
    run_worker(sqlite_store, owner="w", stop=stop, kinds=KINDS_HERE, chores=(fails,), clock=clock)
    assert only_job(sqlite_store).state == "done"
    assert len(tried) == 3
    assert "StoreError: for ever" in caplog.text


def test_a_catalogue_that_is_busy_is_waited_for_by_all_rows() -> None:
    def busy(_row: int) -> int:
        raise StoreError("database.busy", "busy")

    with pytest.raises(StoreError):
        one_by_one(busy, [1, 2])


def test_a_killed_workers_job_is_done_once_in_effect_when_its_lease_is_over(
    store: Store, start_worker: Callable[[float], subprocess.Popen[str]]
) -> None:
    add(store, "found", name="killed", wait_s=30)
    worker = start_worker(1.5)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "begun\n"
    worker.kill()
    worker.communicate()
    last = (only_job(store).lease_until or utc_now()) - timedelta(milliseconds=1)  # moment of the lease
    assert not work_once(store, owner="second", kinds=KINDS_HERE, clock=lambda: last)
    assert only_job(store).state == "running"
    with store.catalogue.write() as session:
        session.get_one(Job, only_job(store).id).payload = {"name": "killed"}  # this time it need not last
    wait_for(lambda: work_once(store, owner="second", kinds=KINDS_HERE))
    job = only_job(store)
    assert (job.state, job.attempts) == ("done", 2)


def test_a_stopped_worker_that_wakes_late_changes_nothing(
    store: Store, start_worker: Callable[[float], subprocess.Popen[str]]
) -> None:
    add(store, "found", name="slept", wait_s=1)
    worker = start_worker(1.5)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "begun\n"
    os.kill(worker.pid, signal.SIGSTOP)
    wait_for(lambda: work_once(store, owner="second", kinds=KINDS_HERE))
    finished_at = only_job(store).finished_at
    os.kill(worker.pid, signal.SIGCONT)
    time.sleep(1.5)  # long enough for the sleeper to end its job and to try to say so
    worker.kill()
    worker.communicate()
    job = only_job(store)
    assert (job.state, job.attempts, job.finished_at) == ("done", 2, finished_at)


def wait_for(ready: Callable[[], bool], *, at_most_s: float = 15) -> None:
    deadline = time.monotonic() + at_most_s
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)
