"""What a recorder story begins with: a project, a contributor with a claim, coded noise for a microphone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile as sf

from speechcorpus.store.store import open_store
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.takes import master_path
from tests.rig.browser import browser
from tests.rig.noise import RATE_HZ, Codes, align, coded_noise, write_source
from tests.rig.place import Place
from tests.rig.recorder import RecorderPage
from tests.stage import set_stage

CONTRIBUTOR = "JSON.parse(document.getElementById('data').textContent).contributor_ref"


@dataclass(frozen=True, kw_only=True)
class Studio(Place):
    """Where a contributor records."""

    source: Codes

    @contextmanager
    def recorder(self, address: str) -> Iterator[RecorderPage]:
        """Open the recorder in a browser that hears the coded noise."""
        with browser(self.profile, self.folder / "noise.wav") as context:
            page = context.pages[0]
            self.sign_in(page, address)
            page.goto(f"{address}/record/{self.claim}")
            yield RecorderPage(page=page, contributor=page.evaluate(CONTRIBUTOR))

    def master(self, take: str) -> Codes:
        """Return the samples the server keeps of a take."""
        codes, rate_hz = sf.read(master_path(self.store, self.actor, take), dtype="int16")
        assert rate_hz == RATE_HZ
        return np.asarray(codes, dtype=np.int16)

    def is_unbroken(self, codes: Codes) -> bool:
        """Tell whether samples are one run of the microphone's: nothing lost, inserted or changed."""
        return [(run.take, run.length) for run in align(self.source, codes)] == [(0, codes.size)]


def open_studio(folder: Path) -> Studio:
    """Set everything up in an empty folder."""
    now = datetime.now(UTC)
    store = open_store(folder / "data", None)
    store.catalogue.migrate()
    stage = set_stage(store, now, **{"rate_hz = 16000": f"rate_hz = {RATE_HZ}"})
    actor = stage.contributor()
    claim = claim_task(store, actor, stage.tasks()[0], now=now)
    source = coded_noise(20, seed=7)
    write_source(folder / "noise.wav", source)
    return Studio(folder=folder, store=store, actor=actor, claim=claim, source=source)
