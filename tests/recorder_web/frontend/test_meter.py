"""The live meter's numbers come from the measuring engine, at every rate a microphone runs at."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from speechcorpus.dsp.arrays import FloatArray, hop_samples
from speechcorpus.dsp.frames import A, frame_powers, sine_window
from speechcorpus.dsp.level import leq_dbfs
from speechcorpus.dsp.weighting import a_weighting_db, bin_weights, high_pass_power

FRONTEND = Path(__file__).resolve().parents[3] / "recorder_web" / "frontend"
CONSTANTS, VECTORS = Path("src/meter/constants.gen.ts"), Path("tests/vectors/meter.json")
DOCUMENT = json.loads((FRONTEND / VECTORS).read_text())
RATES_HZ = (16_000, 44_100, 48_000)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_meter", FRONTEND / "tools" / "generate_meter.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The generator beside its two files, in a folder of their own."""
    for path in (CONSTANTS, VECTORS, Path("tools/generate_meter.py")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FRONTEND / path, tmp_path / path)
    return tmp_path


def generate(copy: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(copy / "tools" / "generate_meter.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_generated_file_that_is_stale_by_one_digit_is_named_and_written_anew(copy: Path) -> None:
    kept = {}
    for path, old, new in ((CONSTANTS, "107.65265", "107.65266"), (VECTORS, '"shift": 9', '"shift": 8')):
        kept[path] = (copy / path).read_text()
        (copy / path).write_text(kept[path].replace(old, new, 1))
    checked = generate(copy, "--check")
    assert (checked.returncode, checked.stdout) == (1, "changed: constants.gen.ts, meter.json\n")
    assert generate(copy).returncode == 0
    assert {path: (copy / path).read_text() for path in kept} == kept


def test_there_are_vectors_at_the_three_rates_of_microphones_loud_and_quiet() -> None:
    heard = {(signal["rate_hz"], signal["shift"]) for signal in DOCUMENT["signals"]}
    assert heard == {(rate_hz, shift) for rate_hz in RATES_HZ for shift in (2, 9)}
    assert {weights["rate_hz"] for weights in DOCUMENT["weights"]} >= set(RATES_HZ)


@pytest.mark.parametrize("signal", DOCUMENT["signals"], ids=lambda s: f"{s['rate_hz']}-{s['shift']}")
def test_the_vectors_are_what_the_engine_measures_of_the_same_samples(
    tool: ModuleType, signal: dict[str, object]
) -> None:
    rate_hz, samples = signal["rate_hz"], tool.stepped_noise(signal["rate_hz"], signal["shift"]) / 32768
    powers = frame_powers(samples, rate_hz)[:, A]
    ends = range(5, powers.size + 1, 5)
    for frames, name in ((50, "laeq_1s_dbfs"), (500, "laeq_10s_dbfs")):
        laeq_dbfs = [leq_dbfs(powers[max(0, end - frames) : end]) for end in ends]
        assert np.abs(np.subtract(laeq_dbfs, signal[name])).max() < 0.01


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_frame_padded_to_a_power_of_two_has_the_power_of_the_exact_one(
    tool: ModuleType, rate_hz: int
) -> None:
    hop, noise = hop_samples(rate_hz), np.random.default_rng(5).standard_normal(2 * hop_samples(rate_hz))
    frame = noise * sine_window(rate_hz)
    exact = np.square(np.abs(np.fft.rfft(frame))) @ bin_weights(rate_hz)[:, A]
    size = tool.padded(frame.size)
    padded = np.square(np.abs(np.fft.rfft(frame, size))) @ padded_weights(rate_hz, size, hop)
    assert 10 * np.log10(padded / exact) == pytest.approx(0, abs=1e-5)


def padded_weights(rate_hz: int, size: int, hop: int) -> FloatArray:
    """Weights of the padded bins, as `binWeights` of the browser builds them."""
    frequency_hz = np.arange(1, size // 2 + 1) * rate_hz / size
    gain = 10 ** (a_weighting_db(frequency_hz) / 10) / high_pass_power(frequency_hz, rate_hz)
    sides = np.where(np.arange(1, size // 2 + 1) == size // 2, 1, 2)
    return np.concatenate(([0.0], sides * gain / (size * hop)))
