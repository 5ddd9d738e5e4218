"""The soak of the capture path: minutes of coded noise while the machine is busy with other things."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rig.server import serving
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.slow]

TAKE_S = 120


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Keep so many processes busy."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@pytest.mark.parametrize("loops", [0, 4, 8])
def test_no_sample_is_lost_or_inserted_however_busy_the_machine_is(tmp_path: Path, loops: int) -> None:
    studio = open_studio(tmp_path)
    with serving(studio.data) as address, studio.recorder(address) as recorder:
        recorder.switch_on()
        with busy(loops):
            recorder.record(TAKE_S)
        take = recorder.current_take()
        recorder.all_safe(2, timeout_s=120)
        local = recorder.local(take)

    assert local.codes.size > (TAKE_S - 1) * 44_100
    assert studio.is_unbroken(local.codes)
    assert studio.is_unbroken(studio.master(take))
