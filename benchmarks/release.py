"""Speed of writing a release as ratios: a plain tar of the same audio, each format, the whole tree, in turns.

`python -m benchmarks.release [--clips 2000] [--rounds 3] [--workers 2] [--folder DIR] [--json] [--check]`.
Every turn is a fresh process; what it imports at its top is not counted, `sync` at its end is. CPU time
stands beside the clock, for on a busy machine the clock tells of others too.
"""

import argparse
import json
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.release_turns import Turn, make_plan

FORMATS = ("audio", "parquet", "shar", "webdataset")
FORMAT_BAR, WRITE_BAR, WHOLE_BAR = 0.5, 12.0, 2.4
MEMORY_MIB, MEMORY_A_CLIP = 300, 300
WHOLE = ("build", "verified")
TURN = "from benchmarks.release_turns import main; main()"
"""Not `-m`: each process that writes shards would import the turn's module again, as no command's does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One ratio, its bar, every round of it by the clock, and the median of CPU time."""

    name: str
    bar: float
    at_least: bool
    rounds: tuple[float, ...]
    cpu: float

    @property
    def missed(self) -> bool:
        """Whether the bar of `release.md` section 18 is missed."""
        median = statistics.median(self.rounds)
        return median < self.bar if self.at_least else median > self.bar

    def line(self) -> str:
        """For people."""
        bar = f"at {'least' if self.at_least else 'most'} {self.bar:g}: {'MISSED' if self.missed else 'held'}"
        spread = f"[{min(self.rounds):.2f}, {max(self.rounds):.2f}]"
        return (
            f"{self.name:44} {statistics.median(self.rounds):7.2f}   {bar:24} {spread:16} CPU {self.cpu:.2f}"
        )


def main() -> None:
    """Make the clips, take turns, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.release", description=__doc__)
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="on which disk; the system's temporary folder by default")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sc-release-", dir=options.folder) as made:
        folder = Path(made)
        (folder / "plan").write_bytes(pickle.dumps(make_plan(folder / "blobs", clips=options.clips)))
        rounds = [take_turns(folder, options.workers) for _ in range(options.rounds)]
    figures, memory = compared(rounds), memory_faults(rounds, options.clips)
    if options.json:
        print(json.dumps({"figures": [asdict(f) for f in figures], "turns": _plain(rounds)}))
    else:
        load = tuple(round(each, 1) for each in os.getloadavg())
        print(f"{options.clips} clips, {options.rounds} rounds, load {load} on {os.cpu_count()} cores")
        print("\n".join([*(figure.line() for figure in figures), *_memory_lines(rounds), *memory]))
    sys.exit(1 if options.check and (memory or any(figure.missed for figure in figures)) else 0)


def take_turns(folder: Path, workers: int) -> dict[str, Turn]:
    """Return what each way of working used, one after the other."""
    found = {}
    for kind in ("tar", *FORMATS, "build", "decode", "verified"):
        command = [sys.executable, "-c", TURN, kind, str(folder), str(workers)]
        shown = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found[kind] = Turn(**json.loads(shown.stdout))
        shutil.rmtree(folder / kind, ignore_errors=True)
    return found


def compared(rounds: Sequence[dict[str, Turn]]) -> list[Figure]:
    """Return all ratios."""
    figures = [_figure(rounds, "tar", name, FORMAT_BAR, at_least=True) for name in FORMATS]
    figures.append(_figure(rounds, "build", "tar", WRITE_BAR, at_least=False))
    figures.append(_figure(rounds, "verified", "decode", WHOLE_BAR, at_least=False))
    return figures


def memory_faults(rounds: Sequence[dict[str, Turn]], clips: int) -> list[str]:
    """Return the turns of which a process took more memory than the bar."""
    bar = MEMORY_MIB + MEMORY_A_CLIP * clips / (1 << 20)
    return [
        f"{kind}: {turns[kind].rss_mib:.0f} MiB, bar {bar:.0f}: MISSED"
        for turns in rounds
        for kind in WHOLE
        if turns[kind].rss_mib > bar
    ]


def _figure(
    rounds: Sequence[dict[str, Turn]], over: str, under: str, bar: float, *, at_least: bool
) -> Figure:
    titles = {
        "tar": "plain tar",
        "build": "build",
        "verified": "build + full decode check",
        "decode": "decode",
    }
    return Figure(
        name=f"{titles.get(over, over)} / {titles.get(under, under)}",
        bar=bar,
        at_least=at_least,
        rounds=tuple(round(turns[over].wall_s / turns[under].wall_s, 3) for turns in rounds),
        cpu=round(statistics.median(turns[over].cpu_s / turns[under].cpu_s for turns in rounds), 3),
    )


def _memory_lines(rounds: Sequence[dict[str, Turn]]) -> list[str]:
    lines = []
    for kind in rounds[0]:
        rss = max(turns[kind].rss_mib for turns in rounds)
        wall = statistics.median(turns[kind].wall_s for turns in rounds)
        cpu = statistics.median(turns[kind].cpu_s for turns in rounds)
        lines.append(f"  {kind:12} {wall:6.2f} s   CPU {cpu:6.2f} s   largest process {rss:5.0f} MiB")
    return lines


def _plain(rounds: Sequence[dict[str, Turn]]) -> list[dict[str, dict[str, float]]]:
    return [{kind: asdict(turn) for kind, turn in turns.items()} for turns in rounds]


if __name__ == "__main__":
    main()
