"""Every sample the microphone delivered is in the file and on the server, proven by content and count."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from speechcorpus.domain.actor import Actor
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.sign_in import invite_contributor
from speechcorpus.workflows.takes import master_path
from tests.rig.browser import browser
from tests.rig.noise import RATE_HZ, Codes, align, coded_noise, write_source
from tests.rig.recorder import RecorderPage
from tests.rig.server import serving
from tests.stage import set_stage

pytestmark = pytest.mark.journey


@dataclass(kw_only=True)
class Studio:
    """A server, a contributor with a claim, and a browser whose microphone is coded noise."""

    store: Store
    actor: Actor
    source: Codes
    recorder: RecorderPage

    def master(self, take: str) -> Codes:
        codes, rate_hz = sf.read(master_path(self.store, self.actor, take), dtype="int16")
        assert rate_hz == RATE_HZ
        return np.asarray(codes, dtype=np.int16)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    now = datetime.now(UTC)
    store = open_store(tmp_path / "data", None)
    store.catalogue.migrate()
    stage = set_stage(store, now, **{"rate_hz = 16000": f"rate_hz = {RATE_HZ}"})
    actor = stage.contributor()
    claim = claim_task(store, actor, stage.tasks()[0], now=now)
    source = coded_noise(20, seed=7)
    microphone = write_source(tmp_path / "noise.wav", source)
    token = invite_contributor(store, actor.id, now=now)
    with serving(tmp_path / "data") as address, browser(tmp_path / "profile", microphone) as context:
        page = context.pages[0]
        page.goto(f"{address}/join#{token}")
        page.locator("#join").click()
        page.wait_for_url(f"{address}/home")
        page.goto(f"{address}/record/{claim}")
        contributor = page.evaluate("JSON.parse(document.getElementById('data').textContent).contributor_ref")
        recorder = RecorderPage(page=page, contributor=contributor)
        yield Studio(store=store, actor=actor, source=source, recorder=recorder)


def test_a_take_is_the_microphones_samples_on_the_device_and_on_the_server(studio: Studio) -> None:
    recorder = studio.recorder
    recorder.switch_on()
    recorder.record(6.2)
    take = recorder.current_take()
    local = recorder.local(take)
    capture = local.manifest["capture"]
    recorder.all_safe(2)

    runs = align(studio.source, local.codes)
    assert [(run.take, run.length) for run in runs] == [(0, local.codes.size)]
    assert np.array_equal(studio.master(take), local.codes)
    assert isinstance(capture, dict)
    counts = {capture[name] for name in ("seen", "delivered", "total")}
    assert counts == {local.codes.size}
    assert capture["lost_frames"] == 0
