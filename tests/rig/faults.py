"""`python -m tests.rig.faults`: each fault that must be survived, tried now, one line a fault.

The rows are those of the fault table of the architecture; the figures are those that the tests measure in
this run: `record_property("measured", …)` says them. Every test is tried on each database it is written for.
The short forms take minutes; `--full` runs the long ones as well, which take an hour.
"""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOTH = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A row of the table: what goes wrong, and the tests that show that nothing follows from it."""

    name: str
    tests: tuple[str, ...]  # files, or files::test; the long forms are marked `slow` there
    passes_when: str


API, WORK, STORE = "tests/recorder_web/api", "tests/speechcorpus/workflows", "tests/speechcorpus/store"
FAULTS = {
    1: Fault(
        name="web SIGKILL, in a chunk or before the commit",
        tests=(
            f"{API}/test_acknowledged_bytes.py",
            f"{API}/test_over_the_wire.py::test_what_was_acknowledged_survives_a_kill_of_the_server",
            f"{STORE}/test_kill.py",
            f"{WORK}/test_finish_kills.py",
            f"{WORK}/test_work_kills.py",
        ),
        passes_when="0 acknowledged bytes lost, 0 orphan rows, the client resumes",
    ),
    2: Fault(
        name="worker SIGKILL, SIGSTOP past its lease",
        tests=(
            f"{WORK}/test_worker.py::test_a_killed_workers_job_is_done_once_in_effect_when_its_lease_is_over",
            f"{WORK}/test_worker.py::test_a_stopped_worker_that_wakes_late_changes_nothing",
            f"{STORE}/test_jobs.py::test_a_worker_that_wakes_late_changes_nothing",
            "tests/faults/test_workers_gone.py",
            "tests/faults/test_ray_cluster.py",
        ),
        passes_when="every job once in effect, stale completion refused, back within lease + 5 s",
    ),
    3: Fault(
        name="a clip that crashes the decoder",
        tests=(
            "tests/faults/test_decoder_crash.py",
            f"{STORE}/test_jobs.py::test_a_job_that_kills_every_worker_is_dead_in_the_end",
            f"{STORE}/test_jobs.py::test_a_dead_job_does_not_hold_up_the_queue",
            f"{WORK}/test_measure_batch.py::test_a_decoder_that_aborts_on_one_clip_among_200_costs_one_row",
        ),
        passes_when="job dead after N attempts with a reason; the queue goes on",
    ),
    4: Fault(
        name="disk full, read-only",
        tests=(f"{API}/test_disk_full.py", "tests/faults/test_read_only_disk.py"),
        passes_when="507 before the body, nothing half stored, recovers by itself",
    ),
    5: Fault(
        name="database locked, or stopped 30 s",
        tests=(
            "tests/faults/test_database_away.py",
            f"{STORE}/test_catalogue.py::test_a_catalogue_held_by_another_process_is_busy_and_recovers",
            f"{STORE}/test_catalogue.py"
            "::test_a_connection_that_postgresql_cut_is_busy_and_the_next_one_works",
        ),
        passes_when="503 + Retry-After, the sender keeps, nothing lost",
    ),
    6: Fault(
        name="200 racing claimers",
        tests=(
            "tests/recorder_web/test_claim_races.py"
            "::test_of_forty_claimers_ten_hold_the_ten_tasks_and_nobody_meets_an_error",
            "tests/recorder_web/test_claim_races.py::test_of_two_hundred_claimers_fifty_hold_the_fifty_tasks",
            "tests/faults/test_several_hosts.py::test_claims_at_two_web_processes_are_one_queue",
        ),
        passes_when="0 duplicates, 0 5xx (the waits: benchmarks/claims.py)",
    ),
    7: Fault(
        name="300 stalled or half-open connections",
        tests=(
            "tests/recorder_web/test_server.py"
            "::test_three_hundred_half_open_uploads_do_not_stop_the_health_check",
            "tests/faults/test_stalled_connections.py",
        ),
        passes_when="health check p99 < 100 ms",
    ),
    8: Fault(
        name="slow, dropped, doubled, reordered, replayed chunks",
        tests=("tests/faults/test_bad_lines.py", f"{API}/test_over_the_wire.py"),
        passes_when="byte-exact result, one effect",
    ),
    9: Fault(
        name="clock step ± 1 h",
        tests=(
            f"{WORK}/test_house_clock.py",
            f"{WORK}/test_overdue.py::test_a_jump_of_the_clock_counts_in_every_round_and_not_during_a_repair",
            f"{WORK}/test_auditions.py::test_a_clock_set_forward_makes_no_audition_late",
            "tests/faults/test_clock_step.py",
        ),
        passes_when="no mass lease loss, no double pay",
    ),
    10: Fault(
        name="bit rot",
        tests=(
            f"{WORK}/test_checkup.py::test_a_changed_blob_is_named",
            f"{WORK}/test_janitor.py::test_a_rotten_master_keeps_its_chunks",
            f"{WORK}/test_releases.py::test_a_damaged_blob_stops_the_build_with_its_name",
            f"{WORK}/test_scrub.py",
        ),
        passes_when="the scrub names it, a release of it is blocked",
    ),
    11: Fault(
        name="hostile audio",
        tests=(
            "tests/speechcorpus/audio/test_child.py",
            f"{WORK}/test_measure.py",
            "tests/speechcorpus/cli/test_measure_bad_input.py",
            "tests/security/test_hostile_audio.py",
        ),
        passes_when="web process untouched, a finding or an error code",
    ),
    12: Fault(
        name="backup during writes, restore",
        tests=(
            f"{WORK}/test_replaying.py",
            f"{WORK}/test_backup.py",
            f"{WORK}/test_restore.py",
            f"{STORE}/test_bucket.py"
            "::test_an_older_catalogue_misses_nothing_in_a_bucket_that_went_on_until_chunks_are_dropped",
        ),
        passes_when="all invariants hold after the restore",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test of one fault, as it ended."""

    test: str
    outcome: str  # passes | fails | skipped
    database: str | None  # None: a test that has no catalogue, or that names its own
    said: str  # what was measured, or why not


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One fault with everything that was tried."""

    number: int
    trials: Sequence[Trial]

    @property
    def outcome(self) -> str:
        """Fails if anything failed; passes only if something was tried and held."""
        found = {trial.outcome for trial in self.trials}
        return next((word for word in ("fails", "passes") if word in found), "skipped")

    @property
    def databases(self) -> str:
        """Where something was tried."""
        tried = {trial.database for trial in self.trials if trial.outcome != "skipped"}
        return " + ".join(name for name in BOTH if name in tried) or "–"

    @property
    def said(self) -> list[str]:
        """What was measured, what failed, what was left out and why; without any of it, how many held."""
        told = [
            (f"[{trial.database}] " if trial.database and trial.outcome == "passes" else "") + trial.said
            for trial in self.trials
            if trial.said
        ]
        held = sum(trial.outcome == "passes" for trial in self.trials)
        return [f"{held} of {len(self.trials)} tests held", *dict.fromkeys(told)]

    def __str__(self) -> str:
        name = FAULTS[self.number].name
        first, *more = self.said
        head = f"{self.number:>2}  {name:<52} {self.databases:<20} {self.outcome:<8} {first}"
        return "\n".join([head, *(f"{'':86}{each}" for each in more)])


class Collector:
    """A pytest plugin that keeps what each test of a fault measured."""

    def __init__(self) -> None:
        self.trials: dict[int, list[Trial]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result of a test's call, or of a step before or after it that went wrong."""
        if report.when != "call" and report.passed:
            return
        said = [str(value) for name, value in report.user_properties if name == "measured"]
        trial = Trial(
            test=report.nodeid,
            outcome="passes" if report.passed else "skipped" if report.skipped else "fails",
            database=database_of(report.nodeid),
            said="; ".join(said) if report.passed else _reason(report),
        )
        for number in faults_of(report.nodeid):
            self.trials[number].append(trial)

    def lines(self) -> Iterator[Line]:
        """Yield one line for each fault, in order."""
        for number in FAULTS:
            yield Line(number=number, trials=self.trials[number])


def faults_of(test: str) -> list[int]:
    """Return the numbers of the faults that a test shows."""
    return [
        number
        for number, fault in FAULTS.items()
        if any(test.partition("[")[0] == name or test.startswith(f"{name}::") for name in fault.tests)
    ]


def database_of(test: str) -> str | None:
    """Return the database a test ran on: of its parameters, else the one its name speaks of."""
    words = test.partition("[")[2].rstrip("]").split("-")
    return next((name for name in BOTH if name in words or f"_{name}_" in f"{test.partition('[')[0]}_"), None)


def missing(fault: Fault) -> list[str]:
    """Return the files a row names that are not here."""
    return [name for name in fault.tests if not (ROOT / name.split("::")[0]).is_file()]


def main() -> int:
    """Run the tests of the faults named, all by default; print one line each; 1 if any failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.rig.faults", description=__doc__)
    parser.add_argument("faults", nargs="*", type=int, choices=[[], *FAULTS], help="numbers; all unless said")
    parser.add_argument("--full", action="store_true", help="the long forms too: an hour")
    parser.add_argument("--verbose", action="store_true", help="what pytest says, before the lines")
    options = parser.parse_args()
    os.environ.setdefault("SOAK", "1")  # what is alike on both databases is tried on both
    wanted = options.faults or list(FAULTS)
    absent = {number: missing(FAULTS[number]) for number in wanted}
    tests = [str(ROOT / t) for n in wanted for t in FAULTS[n].tests if t not in absent[n]]
    arguments = ["-p", "no:cacheprovider", "-q", *([] if options.full else ["-m", "not slow"])]
    arguments += [] if options.verbose else ["--no-header", "--no-summary", "--tb=short"]
    collector = Collector()
    status = pytest.main([*arguments, *dict.fromkeys(tests)], plugins=[collector])
    for line in collector.lines():
        if line.number in wanted:
            sys.stdout.write(f"\n{line}" if line.number == wanted[0] else f"{line}")
            sys.stdout.write("".join(f"\n{'':86}no test here: {name}" for name in absent[line.number]) + "\n")
    return int(status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED))


def _reason(report: pytest.TestReport) -> str:
    """Why a test was skipped, or the last line of what went wrong."""
    name = report.nodeid.split("::")[-1]
    if report.skipped and isinstance(report.longrepr, tuple):
        return f"{name} skipped: {str(report.longrepr[2]).removeprefix('Skipped: ')}"
    lines = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
    return f"{name}: {lines[0][1:].strip() if lines else 'failed'}"


if __name__ == "__main__":
    sys.exit(main())
