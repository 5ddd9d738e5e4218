"""Speed of measuring as ratios: decode, ours and the usual way take turns, each in a fresh process.

`python -m benchmarks.engine [--audio DIR] [--rounds 5] [--json]`. Seconds of one machine mean nothing on
another, and little on the same one an hour later; ratios within one round do.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.corpus import make_clips, make_hour

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
NAIVE_CLIPS = 60  # of all clips; its CPU time is scaled up


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

    def line(self) -> str:
        """For people."""
        listed = " ".join(f"{ratio:.2f}" for ratio in self.rounds)
        return (
            f"{self.name:32} {self.median:6.2f}   [{min(self.rounds):.2f}, {max(self.rounds):.2f}]   {listed}"
        )


def run(kind: str, files: Sequence[Path]) -> Turn:
    """Return what a fresh process of this kind used for these files."""
    command = [sys.executable, "-m", "benchmarks.work", kind, *map(str, files)]
    shown = subprocess.run(
        command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=True
    )
    return Turn(**json.loads(shown.stdout))


def rounds_over(files: Sequence[Path], *, rounds: int, naive: bool) -> list[dict[str, Turn]]:
    """Return the turns of every round; a first round is thrown away."""
    kinds = ["decode", "core", *(["naive"] if naive else [])]
    made = [
        {kind: run(kind, files[:NAIVE_CLIPS] if kind == "naive" else files) for kind in kinds}
        for _ in range(rounds + 1)
    ]
    return made[1:]


def compare(
    title: str, files: Sequence[Path], *, rounds: int, naive: bool
) -> tuple[list[Comparison], dict[str, Turn]]:
    """Return the ratios over some files, and the last round."""
    made = rounds_over(files, rounds=rounds, naive=naive)
    scale = len(files) / min(NAIVE_CLIPS, len(files))
    found = [
        Comparison(name=f"{title}: core / decode", rounds=[r["core"].cpu_s / r["decode"].cpu_s for r in made])
    ]
    if naive:
        usual = [r["naive"].cpu_s * scale for r in made]
        found += [
            Comparison(
                name=f"{title}: usual way / decode",
                rounds=[cpu_s / r["decode"].cpu_s for cpu_s, r in zip(usual, made, strict=True)],
            ),
            Comparison(
                name=f"{title}: usual way / core",
                rounds=[cpu_s / r["core"].cpu_s for cpu_s, r in zip(usual, made, strict=True)],
            ),
        ]
    return found, made[-1]


def main() -> None:
    """Make the corpus unless one is given, take turns, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.engine", description=__doc__)
    parser.add_argument("--audio", type=Path, help="a folder of FLAC or WAV files instead of the made ones")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sc-bench-") as made:
        comparisons, turns = _all(options.audio, Path(made), options.rounds)
    if options.json:
        ratios = [{"name": c.name, "median": c.median, "rounds": c.rounds} for c in comparisons]
        usage = {title: {kind: asdict(turn) for kind, turn in last.items()} for title, last in turns.items()}
        print(json.dumps({"ratios": ratios, "last_round": usage, "load": os.getloadavg()}))
        return
    print(f"{'ratio of CPU time':32} median   [least, most]   each round")
    for comparison in comparisons:
        print(comparison.line())
    for title, last in turns.items():
        for kind, turn in last.items():
            wrong = (
                "" if turn.noise_error_db is None else f", noise level off by {turn.noise_error_db:.2f} dB"
            )
            print(f"{title}, {kind}: {turn.rss_mb:.0f} MB at most{wrong}")
    print(f"load of the machine: {' '.join(f'{load:.1f}' for load in os.getloadavg())}")


def _all(audio: Path | None, made: Path, rounds: int) -> tuple[list[Comparison], dict[str, dict[str, Turn]]]:
    if audio is not None:
        files = sorted(path for path in audio.rglob("*") if path.suffix in (".flac", ".wav"))
        found, last = compare(audio.name, files, rounds=rounds, naive=True)
        return found, {audio.name: last}
    make_clips(made)
    clips, clips_last = compare(
        "720 x 5 s, 16 kHz", sorted(made.glob("clip-*.flac")), rounds=rounds, naive=True
    )
    make_hour(made)
    hour, hour_last = compare("1 h, 48 kHz", [made / "hour.flac"], rounds=rounds, naive=False)
    return [*clips, *hour], {"720 x 5 s, 16 kHz": clips_last, "1 h, 48 kHz": hour_last}


if __name__ == "__main__":
    main()
