"""The meter and the counts that a person sees while recording are those of the stored samples."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speechcorpus.dsp.defects.clipping import ClipFinder
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.level import exceeded_dbfs, leq_dbfs, short_leq
from tests.rig.browser import browser
from tests.rig.noise import RATE_HZ, Codes, align, write_source
from tests.rig.recorder import RecorderPage
from tests.rig.server import serving
from tests.rig.studio import Studio, open_studio

pytestmark = pytest.mark.journey

HOP = RATE_HZ // 50
STEP_DBFS = (-62.0, -45.0, -30.0, -50.0, -22.0, -40.0, -14.0, 9.0)  # the last one clips
FULL_SCALE = 32_767

BYTES_ON_DISK = """async () => {
  const sum = async (folder) => {
    let bytes = 0;
    for await (const [, entry] of folder.entries())
      bytes += entry.kind === "directory" ? await sum(entry) : (await entry.getFile()).size;
    return bytes;
  };
  return sum(await navigator.storage.getDirectory());
}"""
LISTEN = """(() => {
  window.meters = [];
  const Given = window.Worker;
  window.Worker = class extends Given {
    constructor(...asked) {
      super(...asked);
      this.addEventListener("message", ({ data }) => data.type === "meter" && window.meters.push(data));
    }
  };
  window.pressed = [];
  const press = ({ key }) => key === " " && window.pressed.push(window.rig.delivered());
  addEventListener("keydown", press, true);
})();"""


@contextmanager
def recorder_of(studio: Studio, address: str) -> Iterator[RecorderPage]:
    """Open the recorder in a browser that remembers what its page was told."""
    with browser(studio.profile, studio.microphone) as context:
        context.add_init_script(LISTEN)
        yield studio.at_the_recorder(context, address)


def test_every_window_of_the_live_meter_is_what_the_evaluator_measures(
    tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    studio = open_studio(tmp_path)
    write_source(studio.microphone, syllables())
    with serving(studio.data, workers=0) as address, recorder_of(studio, address) as recorder:
        meters, codes, first = recorded(recorder, 15)

    powers = frame_powers(codes[-first % HOP :] / 32_768, RATE_HZ)[:, A]
    frames_to = [
        (meter["reading"], frames_before(meter["reading"]["last_sample"], first)) for meter in meters
    ]
    one = [
        off(r["laeq_1s"], leq_dbfs(powers[to - 50 : to])) for r, to in frames_to if 75 <= to <= powers.size
    ]
    record_testsuite_property("largest difference in dB of LAeq 1 s", round(max(one), 4))
    ten = [(r, powers[to - 500 : to]) for r, to in frames_to if 525 <= to <= powers.size]
    assert len(one) > 100
    assert max(one) <= 0.1
    assert len(ten) > 20
    assert max(off(r["laeq_10s"], leq_dbfs(part)) for r, part in ten) <= 0.1
    assert max(off(r["la90_10s"], exceeded_dbfs(short_leq(part), 90)[0]) for r, part in ten) <= 0.1


def test_the_clipped_runs_shown_are_the_evaluators_of_the_samples_so_far(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    studio = open_studio(tmp_path)
    write_source(studio.microphone, syllables())
    with serving(studio.data, workers=0) as address, recorder_of(studio, address) as recorder:
        meters, codes, _ = recorded(recorder, 10)

    shown = [(meter["take_frames"], meter["clipped_runs"]) for meter in meters if meter["take_frames"] > 0]
    assert shown[-1][1] > 50
    for frames, runs in [*shown[::20], shown[-1]]:
        assert runs == clipped_runs(codes[:frames])
    record_property("measured", f"{shown[-1][1]} runs shown, as many in the samples")


def recorded(recorder: RecorderPage, seconds: float) -> tuple[list[dict[str, Any]], Codes, int]:
    """What the page was told during a take, its samples, and where in the stream they begin."""
    recorder.switch_on()
    recorder.page.evaluate("window.meters.length = 0")
    recorder.record(seconds)
    take = recorder.current_take()
    first = next(int(str(each["first_sitting_sample"])) for each in recorder.takes() if each["take"] == take)
    return recorder.page.evaluate("window.meters"), recorder.local(take).codes, first


def frames_before(last_sample: int, first: int) -> int:
    """How many frames of the take end by a sample of the stream; the meter's lie on the stream's hops."""
    start = first + -first % HOP
    return (last_sample - start) // HOP - 1


def off(live: float, measured: float) -> float:
    return abs(live - measured)


def clipped_runs(codes: Codes) -> int:
    finder = ClipFinder()
    finder.push(codes, low=codes.min() / 32_768, high=codes.max() / 32_768)
    return finder.finish().runs


def syllables() -> Codes:
    """Noise in syllables, each second at another level; the loudest is cut off at full scale."""
    rng = np.random.default_rng(11)
    second = np.arange(RATE_HZ) / RATE_HZ
    shape = 0.2 + np.clip(np.sin(2 * np.pi * 4 * second), 0, 1)
    steps = [
        rng.normal(0, 10 ** (level / 20), RATE_HZ) * (shape if at % 2 else 1)
        for at, level in enumerate(STEP_DBFS)
    ]
    return np.clip(np.concatenate(steps) * FULL_SCALE, -FULL_SCALE - 1, FULL_SCALE).astype(np.int16)


def test_what_was_said_just_before_the_key_and_just_after_is_kept_and_nothing_before(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    source, clicks = clicking()
    write_source(studio.microphone, source)
    with serving(studio.data, workers=0) as address, recorder_of(studio, address) as recorder:
        recorder.switch_on()
        for _ in range(3):
            recorder.record(1)
            recorder.next()
        recorder.all_safe(4)
        pressed = [round(at) for at in recorder.page.evaluate("window.pressed")]
        records = [take for take in recorder.takes() if take["track"] == "main"]
        takes = [recorder.local(str(record["take"])).codes for record in records]

    for record, codes, go, stop in zip(records, takes, pressed[::2], pressed[1::2], strict=True):
        (run,) = align(source, codes)
        offset = int(str(record["first_sitting_sample"])) - run.source  # of the stream, re the looped source
        heard = {int(at) + int(str(record["first_sitting_sample"])) for at in beginnings(codes)}
        there = {int(at) + offset + loop * source.size for at in clicks for loop in (-1, 0, 1)}
        assert {at for at in there if go - ms(290) <= at <= stop + ms(290)} <= heard
        assert not {at for at in heard if at < go - ms(400) or at > stop + ms(400)}


@pytest.mark.extended
def test_between_takes_nothing_is_stored_and_nothing_is_sent(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    asked: list[str] = []
    with serving(studio.data, workers=0) as address, recorder_of(studio, address) as recorder:
        recorder.switch_on()
        recorder.record(1)
        recorder.all_safe(2)
        before = recorder.page.evaluate(BYTES_ON_DISK)
        recorder.page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
        recorder.page.wait_for_timeout(4_000)
        heard = recorder.page.evaluate("window.meters.length")
        assert recorder.page.evaluate(BYTES_ON_DISK) == before
        recorder.page.wait_for_timeout(500)
        assert recorder.page.evaluate("window.meters.length") > heard  # the stream is open all the while
    assert [each for each in asked if "/takes" in each and not each.startswith("GET")] == []


def ms(duration: int) -> int:
    return duration * RATE_HZ // 1_000


def clicking() -> tuple[Codes, Codes]:
    """A quiet coded room with a click every 30 to 60 ms, and where the clicks begin."""
    rng = np.random.default_rng(3)
    codes = rng.integers(-64, 65, 10 * RATE_HZ, dtype=np.int16)
    at = np.cumsum(rng.integers(ms(30), ms(60), 300))
    at = at[at < codes.size - 10]
    codes[at] = 30_000
    return codes, at.astype(np.int64)  # type: ignore[return-value]


def beginnings(codes: Codes) -> Codes:
    return np.flatnonzero(codes > 20_000)  # type: ignore[return-value]
