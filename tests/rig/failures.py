"""`python -m tests.rig.failures`: each way to lose a word, tried now, one line a failure.

The figures are those that the tests measure in this run: `record_property("measured", …)` says them.
The short forms take minutes; `--full` runs the long ones as well, which take hours.
"""

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = {
    1: "silent drop or insert",
    2: "server down, slow, restarted in a take",
    3: "tab or browser killed",
    4: "network cut, doubled, reordered, reply lost",
    5: "microphone stalls or vanishes without event",
    6: "tab closed as if done",
    7: "processing switched on",
    8: "rate not 48 k, or changes",
    9: "muted, zero gain",
    10: "clipping",
    11: "two tabs, two sittings",
    12: "storage full, evicted",
    13: "a sitting of three hours",
    14: "same index, other bytes",
    15: "sign-in expires",
    16: "sleep, clock jump",
    17: "partner drops, rejoins",
    18: "page updated during a sitting",
    19: "main thread hangs 10 s",
    20: "power loss",
}
HEARD_LIVE = "tests/journeys/test_what_the_recorder_hears_live.py"
ELSEWHERE = {  # tests that are about something else as well
    1: ("tests/journeys/test_a_browser_that_hands_over_no_blocks.py",),
    2: ("tests/recorder_web/api/test_acknowledged_bytes.py",),
    10: (f"{HEARD_LIVE}::test_the_clipped_runs_shown_are_the_evaluators_of_the_samples_so_far",),
    12: ("tests/journeys/test_local_space.py",),
}
MODE = re.compile(r"test_failure_(\d\d)_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test of one failure, as it ended."""

    test: str
    outcome: str  # ok | failed | skipped
    form: str  # short | full
    said: str  # what was measured, or why not


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One failure with everything that was tried against it."""

    number: int
    trials: Sequence[Trial]

    @property
    def outcome(self) -> str:
        """Failed if anything failed; ok only if something was tried and held."""
        found = {trial.outcome for trial in self.trials}
        return next((word for word in ("failed", "ok") if word in found), "skipped")

    @property
    def form(self) -> str:
        """Which forms were tried."""
        forms = sorted({trial.form for trial in self.trials if trial.outcome != "skipped"}, reverse=True)
        return " + ".join(forms) or "–"

    def __str__(self) -> str:
        reasons = [trial.said for trial in self.trials if trial.said]
        untold = "held" if self.outcome == "ok" else "no test yet"
        reasons = reasons or [untold]
        said = "\n".join([reasons[0], *(f"{'':70}{reason}" for reason in reasons[1:])])
        return f"{self.number:>2}  {NAMES[self.number]:<44} {self.form:<12} {self.outcome:<8} {said}"


class Collector:
    """A pytest plugin that keeps what each test of a failure measured."""

    def __init__(self) -> None:
        self.trials: dict[int, list[Trial]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result of a test's call, or of a step before or after it that went wrong."""
        number = _number(report.nodeid)
        if number is None or (report.when != "call" and report.passed):
            return
        said = [
            str(value) if name == "measured" else f"{name}: {value}" for name, value in report.user_properties
        ]
        self.trials[number].append(
            Trial(
                test=report.nodeid,
                outcome="ok" if report.passed else "skipped" if report.skipped else "failed",
                form="full" if "slow" in report.keywords else "short",
                said="; ".join(said) if report.passed else _reason(report),
            )
        )

    def lines(self) -> Iterator[Line]:
        """Yield one line for each failure, in order."""
        for number in NAMES:
            yield Line(number=number, trials=self.trials[number])


def main() -> int:
    """Run the tests of the failures named, all by default; print one line each; 1 if any failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.rig.failures", description=__doc__)
    parser.add_argument("modes", nargs="*", type=int, choices=[[], *NAMES], help="numbers; all unless said")
    parser.add_argument("--full", action="store_true", help="the long forms too: hours")
    parser.add_argument("--verbose", action="store_true", help="what pytest says, before the lines")
    options = parser.parse_args()
    wanted = options.modes or list(NAMES)
    collector = Collector()
    arguments = ["-p", "no:cacheprovider", "-q", *([] if options.full else ["-m", "not slow"])]
    arguments += [] if options.verbose else ["--no-header", "--no-summary", "--tb=no"]
    tests = [test for number in wanted for test in _tests(number)]
    status = pytest.main([*arguments, *tests], plugins=[collector]) if tests else 0
    lines = [str(line) for line in collector.lines() if line.number in wanted]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    return int(status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED))


def _tests(number: int) -> list[str]:
    journeys = (ROOT / "tests/journeys").glob(f"test_failure_{number:02}_*.py")
    elsewhere = [name for name in ELSEWHERE.get(number, ()) if (ROOT / name.split("::")[0]).is_file()]
    return [*map(str, sorted(journeys)), *(str(ROOT / name) for name in elsewhere)]


def _number(test: str) -> int | None:
    found = MODE.search(test)
    if found:
        return int(found[1])
    return next((number for number, names in ELSEWHERE.items() if test.startswith(names)), None)


def _reason(report: pytest.TestReport) -> str:
    """Why a test was skipped, or the last line of what went wrong."""
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    lines = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
    return f"{report.nodeid.split('::')[-1]}: {lines[0][1:].strip() if lines else 'failed'}"


if __name__ == "__main__":
    sys.exit(main())
