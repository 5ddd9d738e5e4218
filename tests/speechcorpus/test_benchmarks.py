"""The harness takes turns and divides; its figures are for `docs/benchmarks.md`, not for a test."""

import json
import subprocess
import sys
from pathlib import Path

import soundfile

from benchmarks.signals import voice


def test_the_harness_compares_four_ways_over_a_folder_of_recordings(tmp_path: Path):
    for seed in (1, 2):
        samples = voice(seed=seed, duration_s=3, rate_hz=16000).samples
        soundfile.write(tmp_path / f"{seed}.flac", samples, 16000)
    command = [sys.executable, "-m", "benchmarks.engine", "--audio", tmp_path, "--rounds", "1", "--json"]
    shown = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert [ratio["name"].split(": ")[1] for ratio in shown["ratios"]] == [
        "core / decode",
        "full / decode",
        "usual way / decode",
        "usual way / core",
    ]
    assert all(len(ratio["rounds"]) == 1 and ratio["median"] > 0 for ratio in shown["ratios"])


def test_the_ingest_harness_sends_to_a_real_server_and_divides(tmp_path: Path):
    command = [sys.executable, "-m", "benchmarks.ingest", "--clients", "2", "--rounds", "1"]
    more = ["--finishes", "0", "--folder", str(tmp_path), "--json"]
    shown = json.loads(subprocess.run([*command, *more], capture_output=True, text=True, check=True).stdout)
    assert [figure["name"] for figure in shown["figures"]] == [
        "ingest / (write + SHA-256 + fsync)",
        "2 clients of 1 MB/s: the last ends / ideal",
        "slowest health check meanwhile, s",
    ]
    assert all(figure["value"] > 0 for figure in shown["figures"])
    assert list(tmp_path.iterdir()) == []
