"""Write the vectors of the browser's self-test: where the measuring engine sees a cliff in a spectrum.

python recorder_web/frontend/tools/generate_self_test.py          writes the file
python recorder_web/frontend/tools/generate_self_test.py --check  exits 1 if it would change by one byte
"""

import json
import sys
from pathlib import Path

import numpy as np

from speechcorpus.dsp.defects.bandwidth import bandwidth
from speechcorpus.dsp.spectrum import CELL_HZ, MeanSpectra

VECTORS = Path(__file__).resolve().parents[1] / "tests" / "vectors" / "self-test.json"
SHAPES = (  # rate, where the shelf ends, how fast it falls after that, what lies beyond, where it comes back
    (48_000, 24_000, 0.0, -60.0, 0),
    (48_000, 3_400, 12.0, -110.0, 0),
    (48_000, 4_000, 30.0, -110.0, 0),
    (48_000, 7_900, 15.0, -115.0, 0),
    (48_000, 10_900, 9.0, -110.0, 0),
    (48_000, 13_000, 9.0, -110.0, 0),
    (48_000, 15_900, 25.0, -118.0, 0),
    (48_000, 22_000, 25.0, -118.0, 0),
    (44_100, 7_000, 8.0, -100.0, 0),
    (44_100, 5_500, 5.0, -100.0, 0),
    (44_100, 19_500, 10.0, -100.0, 0),
    (16_000, 3_400, 20.0, -105.0, 0),
    (16_000, 1_500, 20.0, -105.0, 0),
    (48_000, 5_000, 20.0, -110.0, 20_000),
    (48_000, 5_000, 20.0, -110.0, 23_500),
)
SHELF_DB = -60.0


def vectors() -> str:
    """JSON of shapes and of what the engine says of them; a shape is a formula that any language repeats."""
    return json.dumps([seen(*shape) for shape in SHAPES], indent=1) + "\n"


def seen(rate_hz: int, edge_hz: int, fall_db: float, beyond_db: float, again_hz: int) -> dict[str, object]:
    """Return a shape with its cliff, and the rate it seems to come from."""
    cells = np.arange(rate_hz // 2 // CELL_HZ)
    level_db = np.maximum(SHELF_DB - fall_db * np.maximum(0, cells - edge_hz // CELL_HZ + 1), beyond_db)
    level_db[(again_hz > 0) & (cells >= again_hz // CELL_HZ)] = SHELF_DB
    power = 10 ** (level_db / 10)
    spectra = MeanSpectra(speech_power=power, gap_power=power * 1e-3, speech_frames=99, gap_frames=99)
    found = bandwidth(spectra, rate_hz)
    assert found is not None
    shape = {"rate_hz": rate_hz, "edge_hz": edge_hz, "fall_db": fall_db, "beyond_db": beyond_db}
    shape |= {"again_hz": again_hz}
    return {**shape, "cliff_hz": found.cliff_hz, "upsampled_from_hz": found.upsampled_from_hz}


def main() -> None:
    """Write or check the file."""
    changed = not VECTORS.is_file() or VECTORS.read_text() != vectors()
    if "--check" not in sys.argv:
        VECTORS.write_text(vectors())
    sys.stdout.write(f"changed: {VECTORS.name if changed else 'nothing'}\n")
    sys.exit("--check" in sys.argv and changed)


if __name__ == "__main__":
    main()
