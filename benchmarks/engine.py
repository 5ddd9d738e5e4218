"""Speed of measuring as ratios: decode, core, full and the usual way take turns, each in a fresh process.

`python -m benchmarks.engine [--audio DIR] [--rounds 5] [--json] [--check]`. Seconds of one machine mean
nothing on another, and little on the same one an hour later; ratios within one round do.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.corpus import make_clips, make_hour, make_long
from speechcorpus.audio.child import CHILD_ENVIRONMENT

NAIVE_CLIPS = 60  # of all clips; its CPU time is scaled up
MOST_MEMORY_MB = 150.0

AT_MOST = {
    "720 x 5 s, 16 kHz: core / decode": 3.5,
    "720 x 5 s, 16 kHz: full / decode": 5.0,
    "1 h, 48 kHz: core / decode": 4.5,
    "1 h, 48 kHz: full / decode": 6.0,
}
AT_LEAST = {"720 x 5 s, 16 kHz: usual way / core": 3.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one process used."""

    cpu_s: float
    rss_mb: float
    noise_error_db: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One ratio over all rounds."""

    name: str
    rounds: list[float]

    @property
    def median(self) -> float:
        """Median of the rounds."""
        return statistics.median(self.rounds)

    @property
    def missed(self) -> bool:
        """Whether the bar, if there is one, is missed."""
        return self.median > AT_MOST.get(self.name, float("inf")) or self.median < AT_LEAST.get(
            self.name, 0.0
        )

    def line(self) -> str:
        """For people."""
        listed = " ".join(f"{ratio:.2f}" for ratio in self.rounds)
        spread = f"[{min(self.rounds):.2f}, {max(self.rounds):.2f}]"
        return f"{self.name:36} {self.median:6.2f}   {self._bar():24} {spread:16} {listed}"

    def _bar(self) -> str:
        if self.name in AT_MOST:
            bar = f"at most {AT_MOST[self.name]:g}"
        elif self.name in AT_LEAST:
            bar = f"at least {AT_LEAST[self.name]:g}"
        else:
            return ""
        return f"{bar}: {'MISSED' if self.missed else 'held'}"


@dataclass(slots=True, kw_only=True)
class Report:
    """All ratios, and what the processes of each last round used."""

    comparisons: list[Comparison] = field(default_factory=list)
    turns: dict[str, dict[str, Turn]] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """Bars that are missed."""
        memory = [
            f"{title}, {kind}: {turn.rss_mb:.0f} MB"
            for title, last in self.turns.items()
            for kind, turn in last.items()
            if kind in ("core", "full") and turn.rss_mb > MOST_MEMORY_MB
        ]
        return [one.name for one in self.comparisons if one.missed] + memory


def run(kind: str, files: Sequence[Path]) -> Turn:
    """Return what a fresh process of this kind, in the environment of a worker, used for these files."""
    command = [sys.executable, "-m", "benchmarks.work", kind, *map(str, files)]
    environment = {**os.environ, **CHILD_ENVIRONMENT}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return Turn(**json.loads(shown.stdout))


def rounds_over(files: Sequence[Path], *, rounds: int, kinds: Sequence[str]) -> list[dict[str, Turn]]:
    """Return the turns of every round; a first round is thrown away."""
    made = [
        {kind: run(kind, files[:NAIVE_CLIPS] if kind == "naive" else files) for kind in kinds}
        for _ in range(rounds + 1)
    ]
    return made[1:]


def compare(report: Report, title: str, files: Sequence[Path], *, rounds: int, naive: bool) -> None:
    """Add the ratios over some files, and the last round."""
    made = rounds_over(files, rounds=rounds, kinds=["decode", "core", "full", *(["naive"] if naive else [])])
    scale = len(files) / min(NAIVE_CLIPS, len(files))
    decode = [turns["decode"].cpu_s for turns in made]
    core = [turns["core"].cpu_s for turns in made]
    found = {"core / decode": _ratios(core, decode)}
    found["full / decode"] = _ratios([turns["full"].cpu_s for turns in made], decode)
    if naive:
        usual = [turns["naive"].cpu_s * scale for turns in made]
        found |= {"usual way / decode": _ratios(usual, decode), "usual way / core": _ratios(usual, core)}
    report.comparisons += [
        Comparison(name=f"{title}: {name}", rounds=ratios) for name, ratios in found.items()
    ]
    report.turns[title] = made[-1]


def main() -> None:
    """Make the corpus unless one is given, take turns, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.engine", description=__doc__)
    parser.add_argument("--audio", type=Path, help="a folder of FLAC or WAV files instead of the made ones")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sc-bench-") as made:
        report = _all(options.audio, Path(made), options.rounds)
    _print_json(report) if options.json else _print(report)
    if options.check and report.faults:
        sys.exit(1)


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def _all(audio: Path | None, made: Path, rounds: int) -> Report:
    report = Report()
    if audio is not None:
        files = sorted(path for path in audio.rglob("*") if path.suffix in (".flac", ".wav"))
        compare(report, audio.name, files, rounds=rounds, naive=True)
        return report
    make_clips(made)
    compare(report, "720 x 5 s, 16 kHz", sorted(made.glob("clip-*.flac")), rounds=rounds, naive=True)
    make_hour(made)
    compare(report, "1 h, 48 kHz", [made / "hour.flac"], rounds=rounds, naive=False)
    (made / "hour.flac").unlink()
    make_long(made)
    report.turns["6 h, 48 kHz"] = {"full": run("full", [made / "long.flac"])}
    return report


def _print_json(report: Report) -> None:
    ratios = [{"name": c.name, "median": c.median, "rounds": c.rounds} for c in report.comparisons]
    usage = {
        title: {kind: asdict(turn) for kind, turn in last.items()} for title, last in report.turns.items()
    }
    print(
        json.dumps({"ratios": ratios, "last_round": usage, "load": os.getloadavg(), "missed": report.faults})
    )


def _print(report: Report) -> None:
    print(f"{'ratio of CPU time':36} median   {'bar':24} {'[least, most]':16} each round")
    for comparison in report.comparisons:
        print(comparison.line())
    for title, last in report.turns.items():
        for kind, turn in last.items():
            off = "" if turn.noise_error_db is None else f", noise level off by {turn.noise_error_db:.2f} dB"
            print(f"{title}, {kind}: {turn.rss_mb:.0f} MB at most{off}")
    print(f"load of the machine: {' '.join(f'{load:.1f}' for load in os.getloadavg())}")


if __name__ == "__main__":
    main()
