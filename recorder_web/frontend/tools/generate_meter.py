"""Write the live meter's constants and golden vectors from the measuring engine itself.

python recorder_web/frontend/tools/generate_meter.py          writes both files
python recorder_web/frontend/tools/generate_meter.py --check  exits 1 if they would change by one byte
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from speechcorpus.dsp import weighting
from speechcorpus.dsp.arrays import FLOOR_DBFS, HOP_S, FloatArray, hop_samples
from speechcorpus.dsp.frames import sine_window
from speechcorpus.dsp.level import power_dbfs

FRONTEND = Path(__file__).resolve().parents[1]
CONSTANTS = FRONTEND / "src" / "meter" / "constants.gen.ts"
VECTORS = FRONTEND / "tests" / "vectors" / "meter.json"
RATES_HZ = (8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000)
SIGNAL_RATES_HZ = (16000, 44100, 48000)
SECONDS = 11
SECOND_FRAMES = 50
TEN_SECONDS_FRAMES = 500
STEP_FRAMES = 5


def constants() -> str:
    """TypeScript of the numbers that fix the weighting; the table for a rate is built from them."""
    lines = [
        "// Written by tools/generate_meter.py from speechcorpus.dsp.weighting; do not edit.",
        f"export const A_POLES_HZ = [{weighting.A_POLE_1_HZ}, {weighting.A_POLE_2_HZ}, "
        f"{weighting.A_POLE_3_HZ}, {weighting.A_POLE_4_HZ}] as const;",
        f"export const A_GAIN_DB = {weighting.A_GAIN_DB};",
        f"export const HIGH_PASS_POLES_HZ = [{', '.join(map(str, weighting.HIGH_PASS_POLES_HZ))}] as const;",
        f"export const HOPS_PER_S = {round(1 / HOP_S)};",
        f"export const FLOOR_DBFS = {FLOOR_DBFS};",
    ]
    return "\n".join(lines) + "\n"


def vectors() -> str:
    """JSON of expected weights and levels; signals are integer formulas that any language repeats exactly."""
    document = {
        "weights": [weights_of(rate_hz) for rate_hz in RATES_HZ],
        "signals": [levels_of(rate_hz, shift) for rate_hz in SIGNAL_RATES_HZ for shift in (2, 9)],
    }
    return json.dumps(document, indent=1) + "\n"


def weights_of(rate_hz: int) -> dict[str, object]:
    """G in dB at every 16th bin of the zero-padded frame."""
    size = padded(2 * hop_samples(rate_hz))
    bins = np.arange(1, size // 2 + 1, 16)
    frequency_hz = bins * rate_hz / size
    gain_db = weighting.a_weighting_db(frequency_hz)
    gain_db -= 10 * np.log10(weighting.high_pass_power(frequency_hz, rate_hz))
    return {"rate_hz": rate_hz, "bins": bins.tolist(), "g_db": gain_db.round(9).tolist()}


def levels_of(rate_hz: int, shift: int) -> dict[str, object]:
    """LAeq of one second and of ten, and LA90 of ten, at every 100 ms of a stepped noise."""
    powers = a_powers(stepped_noise(rate_hz, shift) / 32768, rate_hz)
    ends = range(STEP_FRAMES, powers.size + 1, STEP_FRAMES)
    short = power_dbfs(np.array([powers[end - STEP_FRAMES : end].mean() for end in ends]))
    laeq, laeq_10s = (
        [float(power_dbfs(powers[max(0, end - frames) : end].mean())) for end in ends]
        for frames in (SECOND_FRAMES, TEN_SECONDS_FRAMES)
    )
    la90 = [float(np.percentile(short[max(0, n - 100) : n], 10)) for n in range(1, len(short) + 1)]
    return {
        "rate_hz": rate_hz,
        "shift": shift,
        "seconds": SECONDS,
        "laeq_1s_dbfs": [round(level, 4) for level in laeq],
        "laeq_10s_dbfs": [round(level, 4) for level in laeq_10s],
        "la90_10s_dbfs": [round(level, 4) for level in la90],
    }


def stepped_noise(rate_hz: int, shift: int) -> FloatArray:
    """Codes of white noise by a 32-bit congruence; every other second is four times quieter."""
    state, codes = 1, np.empty(SECONDS * rate_hz)
    for n in range(codes.size):
        state = (1664525 * state + 1013904223) % 2**32
        codes[n] = ((state >> 16) - 32768) >> (shift + 2 * (n // rate_hz % 2))
    return codes


def a_powers(samples: FloatArray, rate_hz: int) -> FloatArray:
    """A power of each frame in float64 throughout, so that the vectors do not depend on the machine."""
    b, a = weighting.high_pass_coefficients(rate_hz)
    filtered = lfilter(b, a, samples - samples[0])
    hop = hop_samples(rate_hz)
    framed = np.lib.stride_tricks.sliding_window_view(filtered, 2 * hop)[::hop]
    spectra = np.fft.rfft(framed * sine_window(rate_hz))
    powers: FloatArray = np.square(np.abs(spectra)) @ weighting.bin_weights(rate_hz)[:, 0]
    return powers


def padded(size: int) -> int:
    """Return the power of two that holds a frame."""
    return 1 << (size - 1).bit_length()


def main() -> None:
    """Write or check both files."""
    changed = []
    for path, text in ((CONSTANTS, constants()), (VECTORS, vectors())):
        if not path.is_file() or path.read_text() != text:
            changed.append(path.name)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    sys.stdout.write(f"changed: {', '.join(changed) or 'nothing'}\n")
    sys.exit("--check" in sys.argv and bool(changed))


if __name__ == "__main__":
    main()
