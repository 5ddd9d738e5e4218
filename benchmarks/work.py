"""One way of working over some files, in a process of its own: `python -m benchmarks.work KIND FILE…`."""

import gc
import json
import resource
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import soundfile

BLOCK_S = 5
TRUTH = "truth.json"


def decode(path: Path) -> float | None:
    """Only decode, in blocks of 5 s, to int16."""
    with soundfile.SoundFile(path) as file:
        while file.read(BLOCK_S * file.samplerate, dtype="int16", always_2d=True).size:
            pass
    return None


def ours(depth: Literal["core", "full"]) -> Callable[[Path], float | None]:
    """Decode and analyse: the very function of the workers, in this process."""
    from speechcorpus.qc.settings import Settings
    from speechcorpus.workflows.measure import measure_in_child

    values = Settings(depth=depth).to_values()

    def measure(path: Path) -> float | None:
        row, _ = measure_in_child(str(path), values, 21_600.0)
        noise_dbfs: float | None = row["noise_laeq_dbfs"]
        return noise_dbfs

    return measure


def naive() -> Callable[[Path], float | None]:
    """The usual way."""
    from benchmarks.naive import measure

    return measure


def main(kind: str, paths: Sequence[Path]) -> None:
    """Print CPU seconds, the largest memory and the error of the noise level, as JSON."""
    makers = {
        "decode": lambda: decode,
        "core": lambda: ours("core"),
        "full": lambda: ours("full"),
        "naive": naive,
    }
    work = makers[kind]()
    if len(paths) > 1:
        work(paths[0])  # tables, compilation: paid once in a long-lived worker, so not counted
        gc.freeze()  # as a worker does
    before = resource.getrusage(resource.RUSAGE_SELF)
    levels = {path: work(path) for path in paths}
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpu_s": cpu_s, "rss_mb": _largest_mb(), "noise_error_db": _error_db(levels)}))


def _largest_mb() -> float:
    """Largest memory of this program; `ru_maxrss` would include that of the process it was forked from."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _error_db(levels: dict[Path, float | None]) -> float | None:
    """Mean absolute error where the truth is known."""
    truths = {folder: _truth(folder) for folder in {path.parent for path in levels}}
    errors = [
        abs(level - truths[path.parent][path.name])
        for path, level in levels.items()
        if level is not None and path.name in truths[path.parent]
    ]
    return statistics.mean(errors) if errors else None


def _truth(folder: Path) -> dict[str, float]:
    file = folder / TRUTH
    truth: dict[str, float] = json.loads(file.read_text()) if file.exists() else {}
    return truth


if __name__ == "__main__":
    main(sys.argv[1], [Path(name) for name in sys.argv[2:]])
