"""An open sitting, behind a network and a server that can go wrong."""

from dataclasses import dataclass

from speechcorpus.store.models import Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.finish import ASSEMBLED_AT_ONCE_BYTES
from speechcorpus.workflows.worker import work_once
from tests.rig.noise import RATE_HZ, Codes
from tests.rig.proxy import Proxy
from tests.rig.recorder import LocalTake, RecorderPage
from tests.rig.server import Server
from tests.rig.studio import Studio

ASSEMBLED_WITHIN_S = 300


@dataclass(kw_only=True)
class Sitting:
    """A recorder with its microphone on, behind a network and a server that can go wrong."""

    studio: Studio
    server: Server
    network: Proxy
    recorder: RecorderPage

    def arrived(self, *, seconds: float = 0, timeout_s: float = 60) -> tuple[str, LocalTake, Codes]:
        """Wait for the receipt of the newest take; returns its id and its samples here and on the server.

        seconds : how long it is, if it may be too long for the web process to put together
        """
        take = self.recorder.current_take()
        if seconds * RATE_HZ * 2 > ASSEMBLED_AT_ONCE_BYTES:
            assemble(self.studio.store, take, self.recorder)
        self.recorder.nothing_waits(timeout_s=timeout_s)
        return take, self.recorder.local(take), self.studio.master(take)


def assemble(store: Store, take: str, recorder: RecorderPage) -> None:
    """Be the worker that a long take waits for: only short ones are put together by the web process."""
    for _ in range(2 * ASSEMBLED_WITHIN_S):
        while _state(store, take) != "stored" and work_once(store, owner="rig"):
            pass
        if _state(store, take) == "stored":
            return
        recorder.page.wait_for_timeout(500)
    raise AssertionError(f"take {take} is {_state(store, take)}")


def _state(store: Store, take: str) -> str | None:
    with store.catalogue.read() as session:
        row = session.get(Take, take)
        return None if row is None else row.state
