"""A real server and its worker in this process, on a clock that a story moves: days are told in minutes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from recorder_web.app import create_app
from recorder_web.server import Room, listening_socket, make_server
from recorder_web.settings import WebSettings
from speechcorpus.store.store import Store
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.worker import work_once
from tests.rig.running import running

PAUSE_S = 0.2
PATIENCE_S = 60


@dataclass(kw_only=True)
class Hours:
    """Where people come to, and what time it is there: the machine's time and what a story added to it."""

    store: Store
    address: str = ""
    ahead: timedelta = timedelta()
    over: threading.Event = field(default_factory=threading.Event)
    faults: list[BaseException] = field(default_factory=list)

    def now(self) -> datetime:
        """What a clock on the wall shows."""
        return datetime.now(UTC) + self.ahead

    def pass_by(self, **span: float) -> None:
        """Let so much time pass, and the janitor do what has become due meanwhile."""
        self.ahead += timedelta(**span)
        tidy(self.store, self.now())

    def work(self) -> None:
        """Do job after job until it is over, as a worker's process does."""
        try:
            while not self.over.is_set():
                if not work_once(self.store, owner="hours", clock=self.now):
                    self.over.wait(PAUSE_S)
        except BaseException as fault:  # told by the story's thread
            self.faults.append(fault)


@contextmanager
def serving_by_the_hour(store: Store) -> Iterator[Hours]:
    """Serve a store; yields its address and its clock. A fault of the worker fails the story."""
    hours = Hours(store=store)
    listening = listening_socket("127.0.0.1", 0)
    app = create_app(WebSettings(data_dir=store.data_dir, clock=hours.now), store=store)
    server = make_server(app, listening, Room(folder=store.data_dir, reserve_bytes=0))
    hours.address = f"http://localhost:{listening.getsockname()[1]}"
    worker = threading.Thread(target=hours.work)
    worker.start()
    try:
        with running(server):
            yield hours
        assert hours.faults == []
    finally:
        hours.over.set()
        worker.join(PATIENCE_S)
