"""Failure 13: a sitting of hours: no memory is eaten, no sample lost, and the server is never far behind."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from speechcorpus.store.models import Chunk
from tests.rig.browser import browser
from tests.rig.long import long_take
from tests.rig.recorder import RecorderPage
from tests.rig.server import web_server
from tests.rig.sitting import Sitting
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]

RATE_HZ = 48_000
CHUNK_S = 5
GROWTH_AT_MOST = 10_000_000
Record = Callable[[str, object], None]


def accelerated(folder: Path, hours: float, record_property: Record) -> None:
    """Feed hours of sound into the take worker as fast as it takes them."""
    studio = open_studio(folder)
    seconds = round(hours * 3600)
    with web_server(studio.data) as server, browser(studio.profile, studio.microphone) as context:
        recorder: RecorderPage = studio.at_the_recorder(context, server.url)
        recorder.state("checking")
        found = long_take(recorder.page, recorder.take_worker, seconds=seconds, rate_hz=RATE_HZ)

    record_property(
        "measured",
        f"{hours:g} h: {found.wrong} of {found.frames:,} wrong, heap {found.growth_bytes / 1e6:+.1f} MB",
    )
    assert found.frames == pytest.approx(seconds * RATE_HZ, abs=4 * RATE_HZ)
    assert (found.bytes, found.wrong) == (2 * found.frames, 0)
    assert found.chunks == -(-found.frames // (CHUNK_S * RATE_HZ))
    assert "alarm" not in found.heard
    assert "failed" not in found.heard
    assert found.growth_bytes <= GROWTH_AT_MOST


def in_real_time(sitting: Sitting, seconds: float, record_property: Record) -> None:
    """Record for so long, and count what the server holds five seconds after the stop."""
    recorder = sitting.recorder
    recorder.begin()
    recorder.speak(seconds)
    recorder.stop()
    recorder.page.wait_for_timeout(5_000)
    take = recorder.current_take()
    with sitting.studio.store.catalogue.read() as session:
        there = session.scalar(select(func.count()).where(Chunk.take_id == take))
    _, local, _ = sitting.arrived(seconds=seconds)
    unsent = -(-local.codes.size // (CHUNK_S * 44_100)) - (there or 0)
    found = sitting.studio.faults(local.codes)
    assert found.none, found
    assert unsent <= 1
    record_property("measured", f"{seconds:g} s: {found}, {unsent} chunks unsent 5 s after the stop")


def test_a_quarter_of_an_hour_eats_no_memory(tmp_path: Path, record_property: Record) -> None:
    accelerated(tmp_path, 0.25, record_property)


@pytest.mark.slow
def test_three_hours_eat_no_memory(tmp_path: Path, record_property: Record) -> None:
    accelerated(tmp_path, 3, record_property)


def test_the_server_is_at_most_one_chunk_behind_at_the_end(sitting: Sitting, record_property: Record) -> None:
    in_real_time(sitting, 7, record_property)


@pytest.mark.slow
def test_the_server_is_at_most_one_chunk_behind_after_twenty_minutes(
    sitting: Sitting, record_property: Record
) -> None:
    in_real_time(sitting, 1_200, record_property)
