"""The fault table has a row for each fault of the architecture, and each row has tests that are there."""

import ast
from pathlib import Path

import pytest

from tests.rig.faults import FAULTS, ROOT, Collector, Fault, Line, Trial, database_of, faults_of


def trial(outcome: str, said: str = "", database: str | None = "sqlite") -> Trial:
    return Trial(test="t", outcome=outcome, database=database, said=said)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_every_test_that_a_row_names_is_there(fault: Fault) -> None:
    for name in fault.tests:
        path, _, test = name.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        written = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        assert test in written if test else any(each.startswith("test_") for each in written), name


def test_every_test_of_a_fault_is_in_a_row() -> None:
    named = {test.split("::")[0] for fault in FAULTS.values() for test in fault.tests}
    here = {path.relative_to(ROOT).as_posix() for path in Path(ROOT / "tests/faults").glob("test_*.py")}
    assert here <= named


def test_a_test_counts_for_its_row_on_the_database_it_ran_on() -> None:
    test = "tests/faults/test_bad_lines.py::test_a_take_that_came[postgresql]"
    assert (faults_of(test), database_of(test)) == ([8], "postgresql")
    named = "tests/faults/test_database_away.py::test_a_sqlite_catalogue_that_is_held"
    assert (faults_of(named), database_of(named)) == ([5], "sqlite")
    assert faults_of("tests/speechcorpus/store/test_jobs.py::test_jobs_come_out") == []


def test_a_line_says_where_it_was_tried_and_what_was_measured() -> None:
    tried = [trial("passes", "0 lost"), trial("passes", "0 lost", "postgresql"), trial("skipped", "no disk")]
    line = Line(number=4, trials=tried)
    assert (line.databases, line.outcome) == ("sqlite + postgresql", "passes")
    assert line.said == ["2 of 3 tests held", "[sqlite] 0 lost", "[postgresql] 0 lost", "no disk"]
    assert FAULTS[4].name in str(line)


def test_one_that_failed_outweighs_all_that_held_and_what_nobody_tried_never_passes() -> None:
    assert Line(number=1, trials=[trial("passes"), trial("fails", "why")]).outcome == "fails"
    assert {line.outcome for line in Collector().lines()} == {"skipped"}
