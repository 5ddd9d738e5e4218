"""Six hours of two channels are measured in 150 MB: a few bytes are kept of each hop, and no copies made."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.signals import pink, voice
from speechcorpus.audio.child import CHILD_ENVIRONMENT

RATE_HZ = 8000  # at 48 kHz as much is kept of each hop
MOST_MB, HOURS = 150.0, 6.0
BLOCKS_48K_MB = 6.0  # what a block of 5 s at 48 kHz takes more than one at 8 kHz, both channels
FILE_MB = 1.0  # what reading a file takes

PROGRAM = """
import json, sys
from pathlib import Path
import numpy as np
from speechcorpus.qc.measure import analyzed
from speechcorpus.qc.settings import Settings
from speechcorpus.workflows.measure import measure_in_child

minute, hours = np.load(sys.argv[1]), float(sys.argv[2])
status = lambda: int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
found = analyzed((minute for _ in range(round(60 * hours))), 8000, 2, Settings())
found.tracks(), found.measurement.to_record()
print(json.dumps({"mb": status(), "s": found.measurement.duration_s}))
"""


def two_channels_of_a_minute() -> np.ndarray:
    spoken = voice(seed=1, duration_s=60, rate_hz=RATE_HZ).samples
    noise = pink(level_dbfs=-50, duration_s=60, rate_hz=RATE_HZ, seed=2)
    both = np.stack((spoken + noise, np.roll(spoken, 30 * RATE_HZ) / 2 + noise[::-1]), axis=1)
    return np.rint(32767 * both.clip(-1, 1)).astype(np.int16)


def largest_mb(file: Path, hours: float) -> float:
    command = [sys.executable, "-c", PROGRAM, str(file), str(hours)]
    shown = subprocess.run(
        command, env={**os.environ, **CHILD_ENVIRONMENT}, capture_output=True, text=True, check=True
    )
    answer = json.loads(shown.stdout)
    assert answer["s"] == hours * 3600
    return float(answer["mb"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_six_hours_of_two_channels_are_measured_in_150_mb(tmp_path):
    np.save(tmp_path / "minute.npy", two_channels_of_a_minute())
    assert largest_mb(tmp_path / "minute.npy", HOURS) + BLOCKS_48K_MB + FILE_MB < MOST_MB
