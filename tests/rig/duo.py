"""Two people in one room, each with a device of their own: two browsers, one server, one sound for both.

Both record the same samples, so how their tracks lie is known to the sample, whatever the clocks say.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile as sf
from playwright.sync_api import Page, expect

from speechcorpus.record.manifest import Manifest, parse_manifest
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.finish import ASSEMBLED_AT_ONCE_BYTES
from speechcorpus.workflows.takes import own_master
from tests.dialogue import TOPIC, Pair, pair
from tests.rig.groups import BrowserGroup, browser_group
from tests.rig.noise import Codes, Faults, align, coded_noise, faults
from tests.rig.place import Place
from tests.rig.pulse import SoundServer, sound_server
from tests.rig.recorder import RecorderPage
from tests.rig.server import Server, web_server
from tests.rig.sitting import assemble
from tests.rig.studio import CONTRIBUTOR
from tests.rig.watch import WATCH
from tests.stage import set_stage

RATE_HZ = 48_000
# Connections between two browsers of one machine, by its own loopback address and no name service.
LOOPBACK = ("--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns")
CONNECTIONS = """(() => {
  const Own = window.RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Own {
    constructor(...given) {
      super(...given);
      window.connections.push(this);
    }
  };
})();"""
CUT = "window.connections.forEach((connection) => connection.close())"
EARS = "load-module module-null-sink sink_name=ears"


@dataclass(kw_only=True)
class Side:
    """One of the two, at their own browser."""

    place: Place
    recorder: RecorderPage
    group: BrowserGroup

    @property
    def page(self) -> Page:
        """What they see."""
        return self.recorder.page

    def switch_on(self) -> None:
        """Open the microphone, stay quiet, say a line."""
        switch_on(self)

    def call(self, state: str) -> None:
        """Wait until the call is in a state."""
        self.page.locator(f'#call[data-state="{state}"]').wait_for()

    def test_headphones(self) -> None:
        """Let the sweep be played, and wait until nothing stands against beginning."""
        self.page.locator("#leak-go").click()
        self.page.locator('#call[data-leak="passed"]').wait_for()

    def cut(self) -> None:
        """Break the connection: this side's is gone, the other side hears nothing any more."""
        self.page.evaluate(CUT)

    def offline(self, away: bool) -> None:
        """Take the server away, or give it back."""
        self.group.context.set_offline(away)

    def live(self) -> None:
        """Wait until the first sample of a take is on disk."""
        self.page.locator('.recbar__state[data-live="true"]').wait_for()


@dataclass(kw_only=True)
class Duo:
    """Both, and all that is around them."""

    two: Pair
    server: Server
    sound: SoundServer
    source: Codes
    folder: Path
    sides: list[Side] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """What the server keeps."""
        return self.two.stage.store

    def place(self, number: int) -> Place:
        """Where one of them sits: 0 holds the claim."""
        actor = (self.two.holder, self.two.partner)[number]
        return Place(
            folder=self.folder / f"seat-{number}", store=self.store, actor=actor, claim=self.two.claim
        )

    @contextmanager
    def browser(self, number: int) -> Iterator[Side]:
        """A browser of one of them, at the recorder."""
        place = self.place(number)
        with browser_group(place.profile, None, *LOOPBACK, environment=self.sound.environment) as group:
            group.context.add_init_script(WATCH)
            group.context.add_init_script(CONNECTIONS)
            page = group.context.pages[0]
            place.sign_in(page, self.server.url)
            page.goto(f"{self.server.url}/record/{place.claim}")
            recorder = RecorderPage(page=page, contributor=page.evaluate(CONTRIBUTOR))
            yield Side(place=place, recorder=recorder, group=group)

    def connect(self) -> None:
        """Both open their microphones, join, and test their headphones."""
        switch_on(*self.sides)
        for side in self.sides:
            side.page.locator("#call-join").click()
        for side in self.sides:
            side.call("talking")
        for side in self.sides:
            side.test_headphones()
        self.ready()

    def ready(self) -> None:
        """Wait until each knows that the other one can begin."""
        for side in self.sides:
            expect(side.page.locator("#call")).to_have_attribute("data-their", "ready")

    def begin(self, number: int = 0) -> None:
        """One of them presses; both record."""
        self.ready()
        self.sides[number].page.keyboard.press("Space")
        for side in self.sides:
            side.live()

    def stop(self, number: int = 0) -> None:
        """One of them presses; both takes end."""
        self.sides[number].page.keyboard.press("Space")
        for side in self.sides:
            side.recorder.state("armed")

    def arrived(self, *takes: str, seconds: float = 0) -> list[tuple[Codes, Manifest]]:
        """Wait for two takes, the newest unless named; return what the server keeps and the browser says.

        seconds : how long they are, if they may be too long for the web process to put together
        """
        found = []
        for side, take in zip(self.sides, takes or map(newest, self.sides), strict=True):
            if seconds * RATE_HZ * 2 > ASSEMBLED_AT_ONCE_BYTES:
                assemble(self.store, take, side.recorder)
            side.recorder.nothing_waits()
            manifest = parse_manifest(side.recorder.local(take).manifest)
            found.append((self.master(side, take), manifest))
        return found

    def master(self, side: Side, take: str) -> Codes:
        """Return the samples the server keeps of a take."""
        codes, rate_hz = sf.read(
            BytesIO(b"".join(own_master(self.store, side.place.actor, take).blocks())), dtype="int16"
        )
        assert rate_hz == RATE_HZ
        return np.asarray(codes, dtype=np.int16)

    def faults(self, codes: Codes) -> Faults:
        """Count what was lost, inserted or changed between the room and here."""
        return faults(self.source, codes)

    def later_s(self, first: Codes, second: Codes) -> float:
        """How much later the second track begins than the first, by what both heard: exact to a sample."""
        one, two = align(self.source, first)[0], align(self.source, second)[0]
        apart = (two.source - two.take - one.source + one.take) % self.source.size
        half = self.source.size // 2
        return float((apart + half) % self.source.size - half) / RATE_HZ


def newest(side: Side) -> str:
    """The take that counts for the prompt on somebody's page."""
    return side.recorder.current_take()


def switch_on(*sides: Side) -> None:
    """Open their microphones, stay quiet, let each say a line: all at the same time."""
    steps = ("#start", "#voice-go", "#voices-done")
    for step in steps:
        for side in sides:
            side.page.locator(step).click()
    for side in sides:
        side.recorder.state("armed")


@contextmanager
def duo(
    folder: Path, *, source_s: float = 30, text: str = TOPIC, agreed: bool = True, **changes: str
) -> Iterator[Duo]:
    """Set everything up: a dialogue of two who agreed, a server, a sound, two browsers at the recorder.

    Parameters
    ----------
    text : a topic, or lines to say
    agreed : without it only the holder's browser is opened
    """
    store = open_store(folder / "data", None)
    store.catalogue.migrate()
    two = pair(set_stage(store, datetime.now(UTC), **changes), text=text)
    two.devices = "two"
    if agreed:
        two.agree()
    source = coded_noise(source_s, seed=11, rate_hz=RATE_HZ)
    with ExitStack() as open_now:
        server = open_now.enter_context(web_server(folder / "data"))
        sound = open_now.enter_context(sound_server(folder / "sound", rate_hz=RATE_HZ))
        sound.control(EARS)  # what the call plays reaches nobody's microphone
        sound.control("set-default-sink ears")
        open_now.enter_context(sound.playing(source))
        made = Duo(two=two, server=server, sound=sound, source=source, folder=folder)
        made.sides = [open_now.enter_context(made.browser(number)) for number in range(1 + agreed)]
        yield made
