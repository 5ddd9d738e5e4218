"""The gate in a real browser: open after 3 s in the band, shut after 5 s outside, counted in samples."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rig.browser import browser
from tests.rig.noise import RATE_HZ, Codes, align, write_source
from tests.rig.recorder import RecorderPage
from tests.rig.room import OFFSET_DB, calibrate, steps
from tests.rig.server import serving
from tests.rig.studio import Studio, open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]

QUIET_S, LOUD_S = 26.0, 13.0
HIGH_DBA, U_DB = 40.0, 2.83  # of the low band; k = 2 of a calibrator's 2 dB and one second of background

LISTEN = """(() => {
  window.meters = [];
  window.states = [];
  const Given = window.Worker;
  window.Worker = class extends Given {
    constructor(...asked) {
      super(...asked);
      this.addEventListener("message", ({ data }) => {
        if (data.type === "meter") window.meters.push([data.reading.last_sample, data.reading.laeq_1s]);
      });
    }
  };
  const look = () => {
    const state = document.getElementById("recorder")?.dataset.state;
    if (state !== window.states.at(-1)?.[0]) window.states.push([state, window.meters.at(-1)?.[0] ?? 0]);
  };
  const all = { subtree: true, childList: true, attributes: true };
  new MutationObserver(look).observe(document, all);
})();"""


@contextmanager
def calibrated(studio: Studio, address: str) -> Iterator[RecorderPage]:
    """Open the recorder with a calibrated microphone, in a browser that remembers levels and states."""
    with browser(studio.profile, studio.microphone) as context:
        context.add_init_script(LISTEN)
        recorder = studio.at_the_recorder(context, address)
        calibrate(studio, recorder.page)
        yield recorder


def test_it_opens_after_three_seconds_in_the_band_and_pauses_after_five_outside(
    tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    studio = open_studio(tmp_path)
    source = steps((QUIET_S, 37), (LOUD_S, 46))
    write_source(studio.microphone, source)
    with serving(studio.data, workers=0) as address, calibrated(studio, address) as recorder:
        recorder.switch_on()
        recorder.begin()
        recorder.state("paused", timeout_s=90)
        recorder.state("armed", timeout_s=60)
        meters = recorder.page.evaluate("window.meters")
        states = recorder.page.evaluate("window.states")
        (record,) = [take for take in recorder.takes() if take["track"] == "main"]
        local = recorder.local(str(record["take"]))

    first = int(str(record["first_sitting_sample"]))
    places = {str(marker["kind"]): int(marker["at_sample"]) for marker in markers_of(local.manifest)}
    out_at = run_before(meters, first + places["stop"], lambda level: level > HIGH_DBA + U_DB)
    assert seconds(first + places["stop"] - out_at) == pytest.approx(5.0, abs=0.2)
    assert seconds(places["stop"] - places["band-out"]) == pytest.approx(5.0, abs=0.2)
    assert after_the_step(source, local.codes, places["stop"]) == pytest.approx(5.4, abs=0.3)

    armed_at = max(at for state, at in states if state == "armed")
    in_at = run_before(meters, armed_at, lambda level: level <= HIGH_DBA)
    opened, paused = seconds(armed_at - in_at), seconds(first + places["stop"] - out_at)
    record_testsuite_property("seconds until it opened, and paused", f"{opened:.2f}, {paused:.2f}")
    assert opened == pytest.approx(3.0, abs=0.2)


def markers_of(manifest: dict[str, object]) -> list[dict[str, Any]]:
    markers = manifest["markers"]
    assert isinstance(markers, list)
    return markers


def run_before(meters: list[tuple[int, float]], end: int, holds: Any) -> int:
    """Where the first reading of the unbroken run lies that holds at a sample; readings come each 100 ms."""
    start = end
    for last_sample, laeq_dbfs in reversed(meters):
        if last_sample > end:
            continue
        if not holds(laeq_dbfs + OFFSET_DB):
            break
        start = last_sample
    return start - RATE_HZ // 10  # the first step counts


def after_the_step(source: Codes, codes: Codes, at_sample: int) -> float:
    """Seconds since the room really got loud: LAeq 1 s needs 0.4 s to be sure of it."""
    (run,) = align(source, codes)
    return seconds((run.source + at_sample) % source.size) - QUIET_S


def seconds(samples: float) -> float:
    return samples / RATE_HZ
