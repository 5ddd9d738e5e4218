"""One open sitting for all stories that leave it as they found it: the way there is longer than they are."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.rig.proxy import bad_network
from tests.rig.pulse import SoundServer, sound_server
from tests.rig.server import web_server
from tests.rig.sitting import Sitting
from tests.rig.studio import open_studio

expect.set_options(timeout=60_000)  # busy machines are slow and no worse


@pytest.fixture(scope="session")
def _room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sitting]:
    with ExitStack() as room:
        studio = open_studio(tmp_path_factory.mktemp("sitting"))
        server = room.enter_context(web_server(studio.data))
        network = room.enter_context(bad_network(server.address))
        recorder = room.enter_context(studio.recorder(network.url))
        yield Sitting(studio=studio, server=server, network=network, recorder=recorder)


@pytest.fixture
def sitting(_room: Sitting) -> Sitting:
    """The open sitting, armed; opened anew if a story before left it in another state."""
    page = _room.recorder.page
    state = page.locator("#recorder").get_attribute("data-state")
    if state not in ("armed", "checking"):
        _room.network.plan(0, seed=0)
        _room.server.kill()
        _room.server.start()
        page.reload()
        page.locator("#recovery, #start").first.wait_for()
        if page.locator("#recovery").is_visible():
            page.locator("#keep").click()
    if state != "armed":
        _room.recorder.switch_on()
    return _room


@pytest.fixture
def sound(tmp_path: Path) -> Iterator[SoundServer]:
    """A sound server at 48 kHz with one microphone."""
    with sound_server(tmp_path / "sound") as server:
        yield server
