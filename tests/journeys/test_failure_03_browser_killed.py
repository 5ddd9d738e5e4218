"""Failure 3: the browser, or the tab alone, is killed in mid-take; the next visit finds all of it."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.rig.groups import BrowserGroup
from tests.rig.noise import RATE_HZ
from tests.rig.recorder import RecorderPage
from tests.rig.server import web_server
from tests.rig.studio import Studio, open_studio

pytestmark = pytest.mark.journey

LOST_AT_MOST_MS = 100
Record = Callable[[str, object], None]


def spoken_until_killed(recorder: RecorderPage, seconds: float, kill: Callable[[], object]) -> int:
    """Record, kill, and return the last count of delivered samples, from the opening of the microphone on."""
    recorder.switch_on()
    recorder.begin()
    recorder.speak(seconds)
    delivered = int(recorder.page.evaluate("window.rig.delivered()"))
    kill()
    return delivered


def found_again(studio: Studio, recorder: RecorderPage, delivered: int, known: set[str]) -> float:
    """Keep what the page offers, and return how many ms of what was delivered are missing."""
    recorder.page.locator("#recovery").wait_for()
    recorder.page.locator("#keep").click()
    recorder.nothing_waits()
    mine = [take for take in recorder.takes() if take["track"] == "main" and take["take"] not in known]
    (record,) = mine
    take = str(record["take"])
    known.add(take)
    local = recorder.local(take)
    capture = local.manifest["capture"]
    assert isinstance(capture, dict)
    assert capture["ended_by"] == "crash"
    found = studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(studio.master(take), local.codes)
    kept = int(str(record["first_sitting_sample"])) + local.codes.size
    return max(0, delivered - kept) / RATE_HZ * 1000


def test_a_killed_browser_loses_a_tenth_of_a_second_at_most(tmp_path: Path, record_property: Record) -> None:
    lost_ms = kills(tmp_path, 2, lambda group: group.kill())
    record_property("measured", f"browser killed {len(lost_ms)} times: {max(lost_ms):.0f} ms lost at most")


def test_a_killed_tab_loses_a_tenth_of_a_second_at_most(tmp_path: Path, record_property: Record) -> None:
    lost_ms = kills(tmp_path, 1, lambda group: group.kill_renderers())
    record_property("measured", f"tab killed {len(lost_ms)} times: {max(lost_ms):.0f} ms lost at most")


@pytest.mark.slow
def test_a_browser_killed_twenty_times_loses_a_tenth_of_a_second_at_most(
    tmp_path: Path, record_property: Record
) -> None:
    lost_ms = kills(tmp_path, 20, lambda group: group.kill())
    record_property("measured", f"browser killed {len(lost_ms)} times: {max(lost_ms):.0f} ms lost at most")


@pytest.mark.slow
def test_a_tab_killed_twenty_times_loses_a_tenth_of_a_second_at_most(
    tmp_path: Path, record_property: Record
) -> None:
    lost_ms = kills(tmp_path, 20, lambda group: group.kill_renderers())
    record_property("measured", f"tab killed {len(lost_ms)} times: {max(lost_ms):.0f} ms lost at most")


def kills(folder: Path, count: int, kill: Callable[[BrowserGroup], object]) -> list[float]:
    """Kill at `count` moments that nobody chose; returns the loss of each, in ms."""
    studio = open_studio(folder)
    dice = random.Random(count)
    lost_ms: list[float] = []
    known: set[str] = set()
    delivered: int | None = None
    with web_server(studio.data) as server:
        for _ in range(count + 1):
            with studio.group(server.url) as (recorder, group):
                if delivered is not None:
                    lost_ms.append(found_again(studio, recorder, delivered, known))
                if len(lost_ms) < count:
                    seconds = dice.uniform(1, 7)
                    delivered = spoken_until_killed(recorder, seconds, lambda at=group: kill(at))  # type: ignore[misc]
    assert max(lost_ms) <= LOST_AT_MOST_MS
    return lost_ms
