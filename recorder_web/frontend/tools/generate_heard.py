"""Write what the measuring engine hears in made signals: clipped runs, mains hum, bursts.

python recorder_web/frontend/tools/generate_heard.py          writes the file
python recorder_web/frontend/tools/generate_heard.py --check  exits 1 if it would change by one byte

All signals are integer formulas that any language repeats exactly; the browser's tests make them again.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from speechcorpus.dsp.arrays import HOPS_PER_S
from speechcorpus.dsp.defects.burst import bursts
from speechcorpus.dsp.defects.clipping import ClipFinder
from speechcorpus.dsp.defects.hum import HumFinder
from speechcorpus.dsp.defects.voicing import Voicing
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.low_octaves import LowOctaves, low_rate_hz
from speechcorpus.noise.floor import FloorSettings, gap_frames

VECTORS = Path(__file__).resolve().parents[1] / "tests" / "vectors" / "heard.json"
RATES_HZ = (16_000, 44_100, 48_000)
CLIP_SAMPLES = 40_000
PREFIXES = (5_000, 20_000, CLIP_SAMPLES)
BLOCK = 1_000
HUM_S, BURST_S = 5, 6

Codes = NDArray[np.int16]
Part = tuple[float, float, str, int]

WORD: Part = (2.0, 2.8, "square", 2_000)
TIMELINES: dict[str, list[Part]] = {
    "a cup beside a word": [WORD, (3.0, 3.3, "noise", 5)],
    "a short word beside a word": [WORD, (3.0, 3.3, "square", 2_000)],
    "something that lasts": [WORD, (3.0, 4.5, "noise", 5)],
    "the end of a word": [WORD, (3.0, 3.04, "noise", 5)],
    "a cup that rattles": [WORD, (3.0, 3.2, "noise", 5), (3.26, 3.46, "noise", 5)],
    "a cup out of a murmur": [WORD, (2.9, 3.0, "noise", 8), (3.0, 3.3, "noise", 5)],
    "a breath": [WORD, *((3 + 0.08 * n, 3.08 + 0.08 * n, "noise", 9 - n) for n in range(5))],
}


def vectors() -> str:
    """JSON of all signals and what is heard in them."""
    document = {
        "clips": [clip_vector(*case) for case in clip_cases()],
        "hums": [hum_vector(rate_hz, *case) for rate_hz in RATES_HZ for case in hum_cases()],
        "bursts": [burst_vector(rate_hz, name) for rate_hz in RATES_HZ for name in TIMELINES],
    }
    return json.dumps(document, indent=1) + "\n"


def clip_cases() -> list[tuple[str, int, int, int, int]]:
    """Name, gain in sixteenths, samples for which each value is held, highest and lowest code."""
    return [
        ("held at full scale now and then", 16, 4, 32_767, 32_768),
        ("driven far over full scale", 40, 1, 32_767, 32_768),
        ("never three in a row", 16, 1, 32_767, 32_768),
        ("clipped above, then turned down", 24, 1, 20_000, 32_768),
        ("clipped on both sides, then turned down", 24, 2, 20_000, 15_000),
        ("just below full scale", 24, 3, 32_735, 32_735),
        ("too quiet to tell", 16, 5, 300, 300),
        ("the rounded foot of a clean slope", 0, 1, 32_767, 32_768),
    ]


def clip_vector(name: str, gain: int, hold: int, top: int, bottom: int) -> dict[str, object]:
    """Runs in the first samples, as many as each prefix has."""
    codes = held_noise(gain, hold, top, bottom)
    runs = [clipped_runs(codes[:size]) for size in PREFIXES]
    case = {"name": name, "gain": gain, "hold": hold, "top": top, "bottom": bottom}
    return {**case, "prefixes": PREFIXES, "runs": runs}


def held_noise(gain: int, hold: int, top: int, bottom: int) -> Codes:
    """White noise, each value held, cut off at a highest and a lowest code; without gain a wave of slopes."""
    if gain == 0:
        return ((np.abs(np.arange(CLIP_SAMPLES) % 4_000 - 2_000) >> 2) - 500).astype(np.int16)
    values = np.fromiter(noise(-(-CLIP_SAMPLES // hold)), dtype=np.int64)
    held = np.repeat(values * gain >> 4, hold)[:CLIP_SAMPLES]
    return np.clip(held, -bottom, top).astype(np.int16)


def clipped_runs(codes: Codes) -> int:
    """What the measuring engine counts."""
    finder = ClipFinder()
    for block in np.split(codes, range(BLOCK, codes.size, BLOCK)):
        finder.push(block, low=float(block.min()) / 32768, high=float(block.max()) / 32768)
    return finder.finish().runs


def hum_cases() -> list[tuple[int, int]]:
    """Mains frequency and amplitude in codes."""
    return [(50, 0), (50, 2), (60, 12), (50, 40), (60, 400)]


def hum_vector(rate_hz: int, mains_hz: int, amplitude: int) -> dict[str, object]:
    """How far the mains stands out of a quiet room, or null."""
    size = HUM_S * rate_hz
    wave = square(np.arange(size), rate_hz, mains_hz, amplitude)
    codes = wave + (np.fromiter(noise(size), dtype=np.int64) >> 9)
    finder = HumFinder(low_rate_hz(rate_hz))
    finder.push(LowOctaves(rate_hz).push((codes / 32768).astype(np.float32)))
    found = finder.finish(np.zeros(HUM_S * HOPS_PER_S, dtype=np.bool_))
    heard = None if found is None or found.hum_hz is None else round(found.hum_db)
    case = {"rate_hz": rate_hz, "seconds": HUM_S, "mains_hz": mains_hz, "amplitude": amplitude}
    return {**case, "hum_db": heard}


def burst_vector(rate_hz: int, name: str) -> dict[str, object]:
    """When bursts begin and end in a room in which somebody says a word."""
    parts = TIMELINES[name]
    samples = timeline(rate_hz, parts) / 32768
    speech = np.zeros(BURST_S * HOPS_PER_S, dtype=np.bool_)
    speech[round(1.9 * HOPS_PER_S) : 5 * HOPS_PER_S] = True  # the detector hears on for a while
    voicing = Voicing(low_rate_hz(rate_hz))
    voicing.push(LowOctaves(rate_hz).push(samples.astype(np.float32)))
    powers = frame_powers(samples, rate_hz)[:, A]
    gap = gap_frames(speech, FloorSettings())
    found = bursts(powers, speech, gap, voiced=lambda: voicing.finish(speech.size))
    spans = [[round(burst.start_s, 2), round(burst.end_s, 2)] for burst in found]
    return {"name": name, "rate_hz": rate_hz, "seconds": BURST_S, "parts": parts, "bursts": spans}


def timeline(rate_hz: int, parts: list[Part]) -> NDArray[np.int64]:
    """A quiet room with louder parts: noise of a shift, or a square wave of 125 Hz of an amplitude."""
    size = BURST_S * rate_hz
    values = np.fromiter(noise(size), dtype=np.int64)
    codes = values >> 10
    at = np.arange(size)
    for start_s, end_s, kind, size_of in parts:
        span = slice(round(start_s * rate_hz), round(end_s * rate_hz))
        louder = values[span] >> size_of if kind == "noise" else square(at[span], rate_hz, 125, size_of)
        codes[span] += louder
    return codes


def square(at: NDArray[np.int64], rate_hz: int, hz: int, amplitude: int) -> NDArray[np.int64]:
    """A square wave: above in the first half of each period."""
    return np.where(at * hz % rate_hz * 2 < rate_hz, amplitude, -amplitude)


def noise(count: int) -> Iterator[int]:
    """Codes of white noise by a 32-bit congruence."""
    state = 1
    for _ in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        yield (state >> 16) - 32768


def main() -> None:
    """Write or check the file."""
    text = vectors()
    changed = not VECTORS.is_file() or VECTORS.read_text() != text
    if "--check" not in sys.argv:
        VECTORS.parent.mkdir(parents=True, exist_ok=True)
        VECTORS.write_text(text)
    sys.stdout.write(f"changed: {VECTORS.name if changed else 'nothing'}\n")
    sys.exit("--check" in sys.argv and changed)


if __name__ == "__main__":
    main()
