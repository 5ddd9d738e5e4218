"""How long the Inspector takes to open a clip of five seconds and one of an hour, and what its pictures cost.

`python -m benchmarks.inspector [--rounds 7] [--minutes 60] [--json] [--check]`. One server process on a
folder of its own, on the loopback, and a real browser. Timed is the page from its request until outline,
spectrogram and level of the whole clip have been drawn, scripts and styles in the browser's cache. Run it on
a machine that does nothing else: the median of the rounds is held against the bar.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from benchmarks.signals import pink, voice
from speechcorpus.audio.wav import canonical_header
from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.models import PictureRow, Review, Segment, Take
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.inspection import draw_item
from speechcorpus.workflows.items import item_audio, measure_item
from speechcorpus.workflows.reviews import take_review
from tests.rig.browser import browser
from tests.rig.inspecting import Inspecting, inspecting
from tests.rig.server import serving

RATE_HZ = 48_000
DRAWN = "() => performance.getEntriesByName('picture drawn')[0]?.startTime"
ANSWERED = "() => performance.getEntriesByType('navigation')[0].responseEnd"
CHILD = """
import json, pathlib, sys, time
from speechcorpus.workflows.inspection import draw_in_child
def highest_mb():  # `ru_maxrss` would count what the parent had before this program began
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
before_mb, began_s = highest_mb(), time.process_time()
values, data = draw_in_child(**json.loads(sys.argv[1]))
cpu_s = time.process_time() - began_s
tiles = [length for levels in values["lengths"].values() for level in levels for length in level]
print(json.dumps([cpu_s, highest_mb(), before_mb, max(tiles), len(tiles)]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, and the bar it is held against, if there is one."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    rounds: tuple[float, ...] = ()

    @property
    def missed(self) -> bool:
        """Whether the bar is missed."""
        return self.bar is not None and self.value > self.bar

    def line(self) -> str:
        """For people."""
        bar = "" if self.bar is None else f"at most {self.bar:g}: {'MISSED' if self.missed else 'held'}"
        spread = f"[{min(self.rounds):.0f}, {max(self.rounds):.0f}]" if self.rounds else ""
        return f"{self.name:52} {self.value:9.1f} {self.unit:4} {bar:22} {spread}"


def main() -> None:
    """Make two clips, open each, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.inspector", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sc-inspector-") as made:
        figures = list(measured(Path(made), rounds=options.rounds, minutes=options.minutes))
    load = tuple(round(each, 2) for each in os.getloadavg())
    if options.json:
        print(json.dumps({"load": load, "figures": [asdict(figure) for figure in figures]}))
    else:
        print("\n".join([f"load {load} on {os.cpu_count()} cores", *(each.line() for each in figures)]))
    sys.exit(1 if options.check and any(figure.missed for figure in figures) else 0)


def measured(folder: Path, *, rounds: int, minutes: int) -> Iterator[Figure]:
    """Yield all figures of both clips."""
    store = open_store(folder / "data")
    store.catalogue.migrate()
    scene = inspecting(store, datetime.now(UTC) - timedelta(hours=2), drawn=False)
    clips = (("5 s", 5.0, 300.0), (f"{minutes} min", minutes * 60.0, 1000.0))
    for review_id, (_, seconds, _) in zip(scene.reviews, clips, strict=True):
        _put(store, review_id, seconds)
        take_review(store, scene.reviewer, review_id, now=datetime.now(UTC))
    with _page(folder, scene) as (page, address):
        for review_id, (name, _, bar_ms) in zip(scene.reviews, clips, strict=True):
            times = [_opened(page, f"{address}/staff/review/{review_id}") for _ in range(rounds + 1)][1:]
            answered, drawn = ([each[n] for each in times] for n in (0, 1))
            yield _median(f"{name}: the page has come", answered, None)
            yield _median(f"{name}: everything is drawn", drawn, bar_ms)
            yield from _costs(store, review_id, name)


def _median(name: str, rounds: list[float], bar: float | None) -> Figure:
    return Figure(name=name, value=statistics.median(rounds), unit="ms", bar=bar, rounds=tuple(rounds))


@contextmanager
def _page(folder: Path, scene: Inspecting) -> Iterator[tuple[Page, str]]:
    with serving(folder / "data", workers=0) as address, browser(folder / "profile") as context:
        page = context.pages[0]
        page.goto(f"{address}/staff/join#{scene.token(datetime.now(UTC))}")
        page.locator("#join").click()
        page.wait_for_url(f"{address}/staff/home")
        yield page, address


def _opened(page: Page, address: str) -> tuple[float, float]:
    """Open an item; when its page had come and when all was drawn, in ms since it was asked for."""
    page.goto(address, wait_until="commit")
    drawn_ms = page.wait_for_function(DRAWN).json_value()
    return page.evaluate(ANSWERED), drawn_ms


def _put(store: Store, review_id: str, seconds: float) -> None:
    """Put another sound in the place of an item's take, measure and draw it."""
    minute = _minute()
    frames = round(seconds * RATE_HZ)
    header = canonical_header(rate_hz=RATE_HZ, channels=1, frames=frames)
    left = (
        np.resize(minute, min(minute.size, frames - at)).tobytes() for at in range(0, frames, minute.size)
    )
    sha256 = store.blobs.put_stream([header, *left])
    now = datetime.now(UTC)
    with store.catalogue.write() as session:
        segment = session.get_one(Segment, session.get_one(Review, review_id).segment_id)
        take = session.get_one(Take, segment.take_id)
        note_blob(session, sha256, size=len(header) + 2 * frames, now=now)
        session.flush()
        take.master_sha256, take.rate_hz, take.frames = sha256, RATE_HZ, frames
        segment.start_sample, segment.end_sample, segment_id = 0, frames, segment.id
    measure_item(store, segment_id, now)
    draw_item(store, segment_id, now)


def _minute() -> NDArray[np.int16]:
    """A voice made by formula in pink noise 20 dB below it."""
    spoken = voice(seed=5, duration_s=60, rate_hz=RATE_HZ).samples
    noise = pink(level_dbfs=-44, duration_s=60, rate_hz=RATE_HZ, seed=5)
    return np.asarray(np.clip(spoken + noise, -1, 1) * 32767, dtype="<i2")


def _costs(store: Store, review_id: str, name: str) -> Iterator[Figure]:
    """What the worker's child takes to draw the clip, and what it leaves on the disk."""
    with store.catalogue.read() as session:
        segment = session.get_one(Segment, session.get_one(Review, review_id).segment_id)
        audio = item_audio(store, session, segment)
        size = session.query(PictureRow.bytes).filter_by(item_sha256=segment.item_sha256).scalar()
    asked = {"path": str(audio.path), "offset": audio.offset, "length": audio.length}
    asked |= {"header": audio.header.hex(), "rate_hz": RATE_HZ}
    ran = subprocess.run([sys.executable, "-c", CHILD, json.dumps(asked)], capture_output=True, check=True)
    cpu_s, peak_mb, empty_mb, largest, tiles = json.loads(ran.stdout)
    yield Figure(name=f"{name}: CPU of drawing", value=cpu_s, unit="s")
    yield Figure(name=f"{name}: memory of drawing, of which imports {empty_mb:.0f}", value=peak_mb, unit="MB")
    yield Figure(name=f"{name}: file of {tiles:.0f} tiles", value=size / 1000, unit="kB")
    yield Figure(name=f"{name}: file, share of the sound", value=100 * size / audio.length, unit="%")
    yield Figure(name=f"{name}: largest tile", value=largest / 1000, unit="kB")


if __name__ == "__main__":
    main()
