"""Failure 8: the system runs at a lower rate than the work asks for, or falls to one in mid-take."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.rig.browser import browser
from tests.rig.noise import coded_noise
from tests.rig.pulse import sound_server
from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]

Record = Callable[[str, object], None]

# a headset that falls to 16 kHz, as Bluetooth ones do: no virtual microphone can, so blocks are relabelled
FALLS_WHEN_TOLD = """(() => {
  const Given = window.MediaStreamTrackProcessor;
  window.MediaStreamTrackProcessor = class {
    constructor(options) {
      const transform = (data, out) => {
        if (!window.fallen) return out.enqueue(data);
        const frames = Math.floor(data.numberOfFrames / 3);
        const { timestamp } = data;
        data.close();
        const block = { format: "f32-planar", numberOfChannels: 1, numberOfFrames: frames, timestamp };
        out.enqueue(new AudioData({ ...block, sampleRate: 16_000, data: new Float32Array(frames) }));
      };
      this.readable = new Given(options).readable.pipeThrough(new TransformStream({ transform }));
    }
  };
})();"""


def test_a_sound_server_at_a_lower_rate_is_told_before_any_work(
    tmp_path: Path, record_property: Record
) -> None:
    studio = open_studio(tmp_path, rate_hz=48_000)
    codes = coded_noise(5, seed=8, rate_hz=44_100)
    with (
        sound_server(tmp_path / "sound", rate_hz=44_100) as sound,
        web_server(studio.data) as server,
        studio.heard(server.url, sound, codes) as recorder,
    ):
        recorder.page.locator("#start").click()
        recorder.page.get_by_text("取樣率").first.wait_for(timeout=60_000)
        recorder.page.locator("#start").wait_for()  # another microphone can be tried
        assert not recorder.page.locator("#record").is_enabled()
        assert recorder.takes() == []  # not even the room
    record_property("measured", "44.1 kHz for 48 kHz terms: told before work, nothing recorded")


def test_a_microphone_that_falls_to_another_rate_ends_the_take_and_it_is_kept(
    tmp_path: Path, record_property: Record
) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, browser(studio.profile, studio.microphone) as context:
        context.add_init_script(FALLS_WHEN_TOLD)
        recorder = studio.at_the_recorder(context, server.url)
        recorder.switch_on()
        recorder.begin()
        recorder.speak(3)
        recorder.page.evaluate("window.fallen = true")
        recorder.state("broken")
        take = str(recorder.takes()[-1]["take"])
        recorder.nothing_waits()
        local = recorder.local(take)
        recorder.page.evaluate("window.fallen = false")
        recorder.page.locator("#start").click()
        recorder.state("armed", timeout_s=60)

    capture = local.manifest["capture"]
    assert isinstance(capture, dict)
    assert capture["ended_by"] == "rate"
    found = studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(studio.master(take), local.codes)
    record_property("measured", f"falls in mid-take: {found} of {local.codes.size:,}, a new take offered")
