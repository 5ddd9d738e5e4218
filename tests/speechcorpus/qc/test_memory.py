"""Six hours of two channels are measured in 150 MB: a few bytes are kept of each hop, and no copies made."""

import json
import os
import subprocess
import sys

import pytest

from speechcorpus.audio.child import CHILD_ENVIRONMENT

MOST_MB, HOURS = 150.0, 6.0
BLOCKS_48K_MB = 12.0  # what a block of 5 s at 48 kHz takes more than one at 8 kHz, both channels
FILE_MB = 1.0  # what reading a file takes

PROGRAM = """
import json, sys
from pathlib import Path
import numpy as np
from benchmarks.signals import pink, voice
from speechcorpus.qc.measure import analyzed
from speechcorpus.qc.settings import Settings
from speechcorpus.workflows.measure import measure_in_child

RATE_HZ, hours = 8000, float(sys.argv[1])
spoken = voice(seed=1, duration_s=60, rate_hz=RATE_HZ).samples
noise = pink(level_dbfs=-50, duration_s=60, rate_hz=RATE_HZ, seed=2)
both = np.stack((spoken + noise, np.roll(spoken, 30 * RATE_HZ) / 2 + noise[::-1]), axis=1)
minute = np.rint(32767 * both.clip(-1, 1)).astype(np.int16)
status = lambda: int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
found = analyzed((minute for _ in range(round(60 * hours))), RATE_HZ, 2, Settings())
found.tracks(), found.measurement.to_record()
print(json.dumps({"mb": status(), "s": found.measurement.duration_s}))
"""


def largest_mb(hours: float) -> float:
    command = [sys.executable, "-c", PROGRAM, str(hours)]
    shown = subprocess.run(
        command, env={**os.environ, **CHILD_ENVIRONMENT}, capture_output=True, text=True, check=True
    )
    answer = json.loads(shown.stdout)
    assert answer["s"] == hours * 3600
    return float(answer["mb"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_six_hours_of_two_channels_are_measured_in_150_mb():
    assert largest_mb(HOURS) + BLOCKS_48K_MB + FILE_MB < MOST_MB
