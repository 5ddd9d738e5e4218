"""An open sitting, behind a network and a server that can go wrong."""

from dataclasses import dataclass

from tests.rig.noise import Codes
from tests.rig.proxy import Proxy
from tests.rig.recorder import LocalTake, RecorderPage
from tests.rig.server import Server
from tests.rig.studio import Studio


@dataclass(kw_only=True)
class Sitting:
    """A recorder with its microphone on, behind a network and a server that can go wrong."""

    studio: Studio
    server: Server
    network: Proxy
    recorder: RecorderPage

    def arrived(self, *, timeout_s: float = 60) -> tuple[str, LocalTake, Codes]:
        """Wait for the receipt of the newest take; returns its id and its samples here and on the server."""
        take = self.recorder.current_take()
        self.recorder.nothing_waits(timeout_s=timeout_s)
        return take, self.recorder.local(take), self.studio.master(take)
