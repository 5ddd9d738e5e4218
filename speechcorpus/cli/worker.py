"""`speechcorpus worker`: measures, assembles, cuts and builds what the jobs table asks for."""

import os
import signal
import socket
import threading
from pathlib import Path

import click

from speechcorpus.cli._recogniser import recogniser_option
from speechcorpus.cli._store_options import data_option, database_option, log_format_option, open_store
from speechcorpus.store.counters import Counters
from speechcorpus.store.store import Store
from speechcorpus.workflows.at_work import AtWork
from speechcorpus.workflows.house_clock import clock_of, watch_clock
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.log_lines import Form, set_up_logs
from speechcorpus.workflows.recogniser import RecogniserSettings
from speechcorpus.workflows.worker import run_worker

GRACE_S = 25.0


@click.command()
@data_option
@database_option
@recogniser_option
@log_format_option
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    default=GRACE_S,
    show_default=True,
    help="Seconds after SIGTERM until a job that is still under way is given back.",
)
@click.option("--supervised", is_flag=True, help="End when standard input closes.")
def command(
    data: Path,
    database: str | None,
    recogniser: RecogniserSettings | None,
    log_format: Form,
    grace: float,
    supervised: bool,
) -> None:
    """Work through the jobs table until SIGTERM; a job that was begun is finished first, within the grace."""
    set_up_logs(log_format)
    store = open_store(data, database)
    store.catalogue.check_version()
    stop, at_work = threading.Event(), AtWork(counters=Counters(data / "run" / "counters"))
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: stop.set())
    if supervised:
        threading.Thread(target=_stop_with_supervisor, args=(stop,), daemon=True).start()
    threading.Thread(target=_leave_after, args=(store, at_work, stop, grace), daemon=True).start()
    run_worker(
        store,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        stop=stop,
        given={"draft": {"recogniser": recogniser}},
        chores=(watch_clock, tidy),  # the clock first: a jump must not end what a moment ago had hours
        clock=clock_of(store),
        at_work=at_work,
    )
    at_work.write_down()
    store.catalogue.close()


def _stop_with_supervisor(stop: threading.Event) -> None:
    os.read(0, 1)  # not sys.stdin: a thread that waits in its lock aborts the interpreter at exit
    stop.set()


def _leave_after(store: Store, at_work: AtWork, stop: threading.Event, grace_s: float) -> None:
    """Give back what is still under way at the end of the grace, and end; nothing half can stay behind.

    Every job may be killed at any of its writes and run again, so ending in the middle of one is safe; giving
    it back only saves its next worker the wait for the lease.
    """
    stop.wait()
    threading.Event().wait(grace_s)
    at_work.leave(store, now=clock_of(store)())
    at_work.write_down()
    os._exit(0)
