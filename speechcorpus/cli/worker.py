"""`speechcorpus worker`: measures, assembles, cuts and builds what the jobs table asks for."""

import os
import signal
import socket
import threading
from pathlib import Path

import click

from speechcorpus.cli._recogniser import recogniser_option
from speechcorpus.cli._store_options import data_option, database_option
from speechcorpus.store.store import open_store
from speechcorpus.workflows.house_clock import clock_of, watch_clock
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.recogniser import RecogniserSettings
from speechcorpus.workflows.worker import run_worker


@click.command()
@data_option
@database_option
@recogniser_option
@click.option("--supervised", is_flag=True, help="End when standard input closes.")
def command(
    data: Path, database: str | None, recogniser: RecogniserSettings | None, supervised: bool
) -> None:
    """Work through the jobs table until SIGTERM; a job that was begun is finished first."""
    store = open_store(data, database)
    store.catalogue.check_version()
    stop = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: stop.set())
    if supervised:
        threading.Thread(target=_stop_with_supervisor, args=(stop,), daemon=True).start()
    run_worker(
        store,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        stop=stop,
        given={"draft": {"recogniser": recogniser}},
        chores=(watch_clock, tidy),  # the clock first: a jump must not end what a moment ago had hours
        clock=clock_of(store),
    )
    store.catalogue.close()


def _stop_with_supervisor(stop: threading.Event) -> None:
    os.read(0, 1)  # not sys.stdin: a thread that waits in its lock aborts the interpreter at exit
    stop.set()
