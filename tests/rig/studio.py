"""What a recorder story begins with: a project, a contributor with a claim, coded noise for a microphone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile as sf
from playwright.sync_api import BrowserContext

from speechcorpus.store.store import open_store
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.takes import own_master
from tests.rig.browser import browser
from tests.rig.groups import BrowserGroup, browser_group
from tests.rig.noise import RATE_HZ, Codes, Faults, coded_noise, faults, write_source
from tests.rig.place import Place
from tests.rig.pulse import SoundServer
from tests.rig.recorder import RecorderPage
from tests.rig.watch import WATCH
from tests.stage import set_stage

CONTRIBUTOR = "JSON.parse(document.getElementById('data').textContent).contributor_ref"


@dataclass(frozen=True, kw_only=True)
class Studio(Place):
    """Where a contributor records."""

    source: Codes
    rate_hz: int = RATE_HZ

    @property
    def microphone(self) -> Path:
        """What the browser hears."""
        return self.folder / "noise.wav"

    @contextmanager
    def recorder(self, address: str, profile: Path | None = None) -> Iterator[RecorderPage]:
        """Open the recorder in a browser that hears the coded noise."""
        with browser(profile or self.profile, self.microphone) as context:
            yield self.at_the_recorder(context, address)

    @contextmanager
    def group(self, address: str, *flags: str) -> Iterator[tuple[RecorderPage, BrowserGroup]]:
        """The same in a browser that can be killed or stopped as a whole."""
        with browser_group(self.profile, self.microphone, *flags) as group:
            yield self.at_the_recorder(group.context, address), group

    @contextmanager
    def heard(self, address: str, sound: SoundServer, codes: Codes | None = None) -> Iterator[RecorderPage]:
        """The same with the microphone of a sound server, into which codes (the coded noise) are played."""
        with (
            sound.playing(self.source if codes is None else codes),
            browser_group(self.profile, None, environment=sound.environment) as group,
        ):
            yield self.at_the_recorder(group.context, address)

    def at_the_recorder(self, context: BrowserContext, address: str) -> RecorderPage:
        """Sign in, in the first page of a browser, and go to the recorder."""
        context.add_init_script(WATCH)
        page = context.pages[0]
        self.sign_in(page, address)
        page.goto(f"{address}/record/{self.claim}")
        return RecorderPage(page=page, contributor=page.evaluate(CONTRIBUTOR))

    def master(self, take: str) -> Codes:
        """Return the samples the server keeps of a take."""
        codes, rate_hz = sf.read(
            BytesIO(b"".join(own_master(self.store, self.actor, take).blocks())), dtype="int16"
        )
        assert rate_hz == self.rate_hz
        return np.asarray(codes, dtype=np.int16)

    def is_unbroken(self, codes: Codes) -> bool:
        """Tell whether samples are one run of the microphone's: nothing lost, inserted or changed."""
        return self.faults(codes).none

    def faults(self, codes: Codes) -> Faults:
        """Count what was lost, inserted or changed between the microphone and here."""
        return faults(self.source, codes)


def open_studio(folder: Path, *, rate_hz: int = RATE_HZ, **changes: str) -> Studio:
    """Set everything up in an empty folder, under the demo's terms with some texts in them replaced."""
    now = datetime.now(UTC)
    store = open_store(folder / "data", None)
    store.catalogue.migrate()
    stage = set_stage(store, now, **{"rate_hz = 16000": f"rate_hz = {rate_hz}"}, **changes)
    actor = stage.contributor()
    claim = claim_task(store, actor, stage.tasks()[0], now=now)
    source = coded_noise(20, seed=7, rate_hz=rate_hz)
    write_source(folder / "noise.wav", source, rate_hz=rate_hz)
    return Studio(folder=folder, store=store, actor=actor, claim=claim, source=source, rate_hz=rate_hz)
