"""Browsers without the processor for audio tracks: told before any work, and their takes carry a label."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from speechcorpus.store.models import Take
from tests.rig.browser import browser
from tests.rig.noise import align
from tests.rig.recorder import RecorderPage
from tests.rig.server import serving
from tests.rig.studio import Studio, open_studio

pytestmark = pytest.mark.journey

NOTICE = "這個瀏覽器可能會漏掉一小段聲音。用 Chrome 或 Edge 比較保險。"
WITHOUT = "delete globalThis.MediaStreamTrackProcessor"
PICTURES_ONLY = """globalThis.MediaStreamTrackProcessor = class {
  constructor({ track }) { if (track.kind === "audio") throw new TypeError("pictures only"); }
}"""


@contextmanager
def recorder_of(studio: Studio, address: str, script: str) -> Iterator[RecorderPage]:
    """Open the recorder in a browser that lacks something."""
    with browser(studio.profile, studio.microphone) as context:
        context.add_init_script(script)
        yield studio.at_the_recorder(context, address)


@pytest.mark.parametrize("script", [WITHOUT, PICTURES_ONLY])
def test_it_records_by_the_audio_graph_says_so_before_and_labels_the_take(
    tmp_path: Path, script: str, record_testsuite_property: Callable[[str, object], None]
) -> None:
    studio = open_studio(tmp_path)
    with serving(studio.data, workers=0) as address, recorder_of(studio, address, script) as recorder:
        expect(recorder.page.get_by_text(NOTICE)).to_be_visible()
        recorder.switch_on()
        recorder.record(6)
        take = recorder.current_take()
        recorder.all_safe(2)
        local = recorder.local(take)

    known = sum(run.length for run in align(studio.source, local.codes))
    faults = studio.faults(local.codes)
    record_testsuite_property("faults of the audio graph", f"{faults} of {local.codes.size}")
    assert local.codes.size > 6 * 44_100
    assert known / local.codes.size > 0.9  # it may drop or repeat blocks; the rest is the microphone's
    assert np.array_equal(studio.master(take), local.codes)
    if faults.none:
        assert lost_by_count(local.manifest) == 0
    with studio.store.catalogue.read() as session:
        assert set(session.scalars(select(Take.capture_path))) == {"worklet"}


def lost_by_count(manifest: dict[str, object]) -> int:
    """What the browser says was lost; where it claims no counts, it claims none at all."""
    capture = manifest["capture"]
    assert isinstance(capture, dict)
    assert capture["path"] == "worklet"
    assert (capture["delivered"] is None) == (capture["total"] is None)
    return int(capture["lost_frames"])


def test_terms_that_ask_for_counted_samples_are_told_in_the_offer_and_shut_the_recorder(
    tmp_path: Path,
) -> None:
    studio = open_studio(tmp_path, **{'path = "any"': 'path = "mstp"'})
    with serving(studio.data, workers=0) as address, recorder_of(studio, address, WITHOUT) as recorder:
        blocked = recorder.page.locator('#blocked[data-reason="path"]')
        expect(blocked).to_contain_text("這項工作要用每個取樣都算得出來的瀏覽器")
        expect(recorder.page.locator("#start")).to_have_count(0)
        recorder.page.goto(f"{address}/home")
        offer = recorder.page.locator(".offer", has_text="要用最新的 Chrome 或 Edge：每個取樣都會算")
        expect(offer.first).to_be_visible()


@pytest.mark.extended
def test_the_same_terms_let_a_browser_in_that_counts(tmp_path: Path) -> None:
    studio = open_studio(tmp_path, **{'path = "any"': 'path = "mstp"'})
    with serving(studio.data, workers=0) as address, studio.recorder(address) as recorder:
        expect(recorder.page.locator("#start")).to_be_visible()
        expect(recorder.page.get_by_text(NOTICE)).to_have_count(0)
