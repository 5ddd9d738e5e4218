"""The worker: takes one job after the other from the table, until it is asked to stop."""

import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import MappingProxyType
from typing import Any

from speechcorpus.domain.errors import SpeechCorpusError, StoreError
from speechcorpus.store.jobs import LEASE_S, ClaimedJob, claim_next, complete, fail, heartbeat
from speechcorpus.store.store import Store
from speechcorpus.workflows.at_work import AtWork, Ended
from speechcorpus.workflows.log_lines import error_name
from speechcorpus.workflows.one_by_one import COMES_BACK, reported

KINDS: Mapping[str, str] = {
    "assemble_take": "speechcorpus.workflows.finish:assemble_take",
    "build_release": "speechcorpus.workflows.release_building:build_release",
    "compare_take": "speechcorpus.workflows.claims_compare:compare_take",
    "cut_clip": "speechcorpus.workflows.items:cut_clip",
    "cut_take": "speechcorpus.workflows.segments:cut_take",
    "draft": "speechcorpus.workflows.drafts:make_draft",
    "draw_item": "speechcorpus.workflows.inspection:draw_item",
    "judge_calibrated": "speechcorpus.workflows.recalibrating:judge_calibrated",
    "judge_outage": "speechcorpus.workflows.outage_verdicts:judge_outage",
    "make_deltas": "speechcorpus.workflows.release_deltas:make_deltas",
    "measure_check": "speechcorpus.workflows.check_takes:measure_check",
    "measure_item": "speechcorpus.workflows.items:measure_item",
    "measure_take": "speechcorpus.workflows.items:measure_take",
    "pair_takes": "speechcorpus.workflows.pair_takes:pair_takes",
    "preview_release": "speechcorpus.workflows.release_previews:preview_release",
    "review_figures": "speechcorpus.workflows.review_figures:compute_figures",
    "withdrawal_patches": "speechcorpus.workflows.withdrawal_patches:make_patches",
}
"""Job kind → the function that does it, called as `function(store, **payload, now=now)`.

Each may be run again after a worker died half-way, and must then come to the same end.
"""
Given = Mapping[str, Mapping[str, Any]]
"""Job kind → what the operator told this worker, passed to its function beside the payload."""
NOTHING: Given = MappingProxyType({})
IDLE_S = 0.5
CHORES_EVERY = timedelta(minutes=1)
Clock = Callable[[], datetime]
Chore = Callable[[Store, datetime], object]


def utc_now() -> datetime:
    """Return the time by the machine's clock, aware, in UTC."""
    return datetime.now(UTC)


def run_worker(
    store: Store,
    *,
    owner: str,
    stop: threading.Event,
    kinds: Mapping[str, str] = KINDS,
    given: Given = NOTHING,
    chores: tuple[Chore, ...] = (),
    clock: Clock = utc_now,
    lease_s: float = LEASE_S,
    at_work: AtWork | None = None,
) -> None:
    """Work until `stop` is set; a job that was begun is finished first.

    Parameters
    ----------
    owner : a name no other worker has, for example `host:pid`
    chores : what is looked after between jobs, a minute after the last time
    lease_s : how long a job stays ours without a heartbeat; one is sent three times in that time
    at_work : shows others what is in hand
    """
    at_work = at_work or AtWork()
    chores_at = clock()
    while not stop.is_set():
        try:
            if chores and (clock() - chores_at).total_seconds() >= 0:
                _do_chores(store, chores, clock())
                chores_at = clock() + CHORES_EVERY  # from their end: slow ones leave jobs their minute too
            worked = work_once(
                store, owner=owner, kinds=kinds, given=given, clock=clock, lease_s=lease_s, at_work=at_work
            )
        except StoreError as error:
            if error.code not in COMES_BACK:
                raise
            worked = False  # the catalogue comes back, and the job with it
        if not worked:
            stop.wait(IDLE_S)


def work_once(
    store: Store,
    *,
    owner: str,
    kinds: Mapping[str, str] = KINDS,
    given: Given = NOTHING,
    clock: Clock = utc_now,
    lease_s: float = LEASE_S,
    at_work: AtWork | None = None,
) -> bool:
    """Do the next due job; False when there is none."""
    job = claim_next(store.catalogue, owner, now=clock(), lease_s=lease_s)
    if job is None:
        return False
    with (at_work or AtWork()).on(job) as ended:
        with _kept_alive(store, job, clock, lease_s):
            failure = _do(store, job, kinds, given, clock())
        ended.append(_end(store, job, failure, clock()))
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """What went wrong: for the row of the job, and in short for the log."""

    reason: str
    name: str


def _do(
    store: Store, job: ClaimedJob, kinds: Mapping[str, str], given: Given, now: datetime
) -> _Failure | None:
    try:
        module, function = kinds[job.kind].split(":")
        # looked up when needed: a worker that only measures never waits for what builds releases
        getattr(import_module(module), function)(store, **job.payload, **given.get(job.kind, {}), now=now)
    except SpeechCorpusError as error:
        return _Failure(reason=f"{error.code}: {error}", name=error.code)
    except (
        Exception
    ) as error:  # whatever a job does must not take the worker with it; the reason stays with it
        return _Failure(reason=traceback.format_exc(limit=-4), name=error_name(error))
    return None


def _end(store: Store, job: ClaimedJob, failure: _Failure | None, now: datetime) -> tuple[Ended, str | None]:
    if failure is None:
        return ("done" if complete(store.catalogue, job, now=now) else "late"), None
    ours = fail(store.catalogue, job, failure.reason, now=now)
    return ("again" if ours else "late"), failure.name


@contextmanager
def _kept_alive(store: Store, job: ClaimedJob, clock: Clock, lease_s: float) -> Iterator[None]:
    done = threading.Event()

    def beat() -> None:
        while not done.wait(lease_s / 3):
            try:
                if not heartbeat(store.catalogue, job, now=clock(), lease_s=lease_s):
                    return  # somebody else has it: our result will be refused
            except StoreError:
                continue  # a busy catalogue: two more beats fit into the lease

    thread = threading.Thread(target=beat, name=f"heartbeat {job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _do_chores(store: Store, chores: tuple[Chore, ...], now: datetime) -> None:
    """Do the chores in their order; one that fails ends this round of them, never the worker nor its jobs."""
    with reported("chores", raises=()):
        for chore in chores:
            chore(store, now)
