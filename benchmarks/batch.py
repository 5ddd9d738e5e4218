"""Speed of the engines as ratios: a bare process pool, our local engine, Ray, in turns over the same clips.

`python -m benchmarks.batch [--rounds 5] [--jobs 2] [--json] [--check]`. Every turn is a fresh process; only
the run is timed, not the start of its workers. A ratio is throughput by that of the pool in the same round.
"""

import argparse
import atexit
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks.corpus import make_clips
from benchmarks.engine import Comparison
from speechcorpus.audio.child import CHILD_ENVIRONMENT

BARS = {"local / bare pool": 0.9, "ray / bare pool": 0.4}
CPU_TIME = "local / bare pool, CPU time"
WARM_CLIPS = 80
CHUNK = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How long one run over the clips took, and the CPU time of its process and of all that it waited for.

    The latter knows the start of the workers too; it says more where others use the machine.
    """

    wall_s: float
    cpu_s: float


def pool(clips: Sequence[Path], jobs: int) -> float:
    """The same analysis in a bare ProcessPoolExecutor: no limits, no journal, no patience."""
    from speechcorpus.qc.settings import DEFAULT_SETTINGS

    one = partial(_record, values=DEFAULT_SETTINGS.to_values())
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as workers:
        return _seconds(lambda files: sum(1 for _ in workers.map(one, files, chunksize=CHUNK)), clips)


def engine(clips: Sequence[Path], jobs: int, *, name: str) -> float:
    """Our engine, with limits and a journal on the disk."""
    from speechcorpus.engines.batch import run_batch
    from speechcorpus.workflows.measure_batch import HowToMeasure, Input, measure_chunk
    from speechcorpus.workflows.measure_journal import open_journal

    how = HowToMeasure()
    function = partial(measure_chunk, how=how)
    if name == "ray":
        _start_ray(jobs)

    def measure(files: Sequence[Path]) -> int:
        inputs = [Input(file=str(file), name=file.name) for file in files]
        with tempfile.TemporaryDirectory(prefix="sc-bench-") as folder:
            journal = open_journal(Path(folder) / "journal", how, resume=False)
            return sum(1 for _ in run_batch(function, inputs, engine=name, jobs=jobs, journal=journal))

    return _seconds(measure, clips)


WAYS: dict[str, Callable[[Sequence[Path], int], float]] = {
    "pool": pool,
    "local": partial(engine, name="local"),
    "ray": partial(engine, name="ray"),
}


def compare(folder: Path, *, rounds: int, jobs: int) -> list[Comparison]:
    """Return the ratio of each engine, over all rounds."""
    names = [name for name in WAYS if name != "ray" or importlib.util.find_spec("ray")]
    turns = [{name: _turn(name, folder, jobs) for name in names} for _ in range(rounds)]
    return [
        *(
            Comparison(
                name=f"{name} / bare pool", rounds=[one["pool"].wall_s / one[name].wall_s for one in turns]
            )
            for name in names[1:]
        ),
        Comparison(name=CPU_TIME, rounds=[one["pool"].cpu_s / one["local"].cpu_s for one in turns]),
    ]


def main() -> None:
    """Make the clips, take turns, print; or take one turn."""
    parser = argparse.ArgumentParser(prog="benchmarks.batch", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--audio", type=Path, help="a folder of clips instead of the made ones")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    parser.add_argument("--way", choices=WAYS, help="take one turn and print its seconds")
    options = parser.parse_args()
    if options.way:
        print(WAYS[options.way](_clips(options.audio), options.jobs))
        return
    with tempfile.TemporaryDirectory(prefix="sc-bench-") as made:
        folder = options.audio or Path(made)
        if options.audio is None:
            make_clips(folder)
        found = compare(folder, rounds=options.rounds, jobs=options.jobs)
    _show(found, as_json=options.json)
    missed = [one.name for one in found if one.median < BARS.get(one.name, 0.0)]
    if options.check and missed:
        sys.exit(f"missed: {', '.join(missed)}")


def _show(found: Sequence[Comparison], *, as_json: bool) -> None:
    if as_json:
        ratios = [{"name": one.name, "median": one.median, "rounds": one.rounds} for one in found]
        print(json.dumps({"ratios": ratios, "load": os.getloadavg()}))
        return
    print(f"{'ratio of throughput':32} median   [least, most]   each round")
    for one in found:
        print(one.line())
    if not any(one.name.startswith("ray") for one in found):
        print("ray is not installed (extra `ray`): not compared")


def _turn(name: str, folder: Path, jobs: int) -> Turn:
    before_s = _children_s()
    command = [sys.executable, "-m", "benchmarks.batch", "--way", name, "--jobs", str(jobs)]
    shown = subprocess.run(
        [*command, "--audio", folder],
        env=os.environ | CHILD_ENVIRONMENT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return Turn(wall_s=float(shown.stdout.split()[-1]), cpu_s=_children_s() - before_s)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _clips(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".flac", ".wav"))


def _seconds(measure: Callable[[Sequence[Path]], int], clips: Sequence[Path]) -> float:
    measure(clips[:WARM_CLIPS])
    begun_s = time.perf_counter()
    if measure(clips) != len(clips):
        raise RuntimeError("an engine lost a clip")
    return time.perf_counter() - begun_s


def _record(path: Path, *, values: dict[str, object]) -> dict[str, object]:
    from speechcorpus.workflows.measure import MAX_DURATION_S, measure_in_child

    return measure_in_child(str(path), values, MAX_DURATION_S)[0]


def _start_ray(jobs: int) -> None:
    """Ray that lasts for the whole turn: the adapter uses one that is running."""
    from speechcorpus.engines import ray_data

    stack = ExitStack()
    ray_data.start(jobs, stack)
    atexit.register(stack.close)


if __name__ == "__main__":
    main()
