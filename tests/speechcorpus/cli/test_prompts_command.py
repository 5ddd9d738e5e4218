"""Prompts as an operator brings them in, chooses among them and looks at what is covered."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from speechcorpus.cli import cli

DEMO = Path(__file__).parents[3] / "speechcorpus" / "workflows" / "demo_data"
LINES = "𬦰（peh）起（khí）來（lâi）！\n食飽未？\n 伊足巧（khá）\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["prompts", *arguments])


def done(*arguments: str) -> Result:
    result = run(*arguments)
    assert result.exit_code == 0, result.output + str(result.exception)
    return result


@pytest.fixture
def project(tmp_path: Path) -> list[str]:
    """The options that name a project without prompts."""
    data, runner = str(tmp_path / "data"), CliRunner()
    runner.invoke(cli, ["people", "invite", "--data", data, "--role", "manager", "--name", "Lîm"])
    said = runner.invoke(cli, ["project", "create", "--data", data, str(DEMO / "terms_nan-TW.toml")]).output
    opened = re.match(r"project (\S+) is open", said)
    assert opened
    return ["--data", data, "--project", opened[1]]


@pytest.fixture
def lines(tmp_path: Path) -> str:
    path = tmp_path / "nan-tw.txt"
    path.write_text(LINES, encoding="utf-8")
    return str(path)


def bring(project: list[str], lines: str, *more: str) -> Result:
    asked = ("--form", "common-voice", "--variety", "nan-TW", "--licence", "CC0-1.0")
    return run("import", lines, *project, *asked, *more)


def test_an_import_says_by_line_what_it_changed_and_what_the_checker_says(project, lines):
    result = bring(project, lines)
    assert result.stdout == "3 prompts are new, 3 tasks were made\n"
    assert "line 3: PUN-TAIL" in result.stderr
    assert "changes: bracket 2, edge-blank 1" in result.stderr
    again = json.loads(bring(project, lines, "--json").stdout)
    assert (again["new"], again["known"], again["tasks"]) == (0, 3, 0)
    assert again["lines"][2]["line"] == " 伊足巧（khá）"


def test_a_bad_line_and_a_licence_without_derivatives_refuse_the_file(project, tmp_path, lines):
    bad = tmp_path / "bad.txt"
    bad.write_text("好。\n巧（笑）\n", encoding="utf-8")
    assert str(bring(project, str(bad)).exception).startswith("line 2 has a bracket without a reading")
    result = bring(project, lines, "--licence", "CC BY-ND 3.0 TW")
    assert "they can be no prompts" in str(result.exception)


def test_tasks_are_made_of_what_was_chosen(project, lines):
    assert bring(project, lines, "--no-tasks").stdout == "3 prompts are new, 0 tasks were made\n"
    result = done("select", *project, "--count", "5", "--tasks")
    (head, chosen) = result.stdout.splitlines()
    assert head == "speaker\tprompt\tgain\tnew\testimated"
    assert chosen.startswith("*\tp-")
    assert chosen.endswith("\t0.6931\tkhí lâi peh\t")
    assert "covered now 0 of 3 types, with these 3 (100.0%)" in result.stderr
    assert "3 tasks were made" in result.stderr
    assert "2 prompts have no whole reading and count nothing: --estimate" in result.stderr
    again = json.loads(done("select", *project, "--count", "5", "--json").stdout)
    assert [len(found) for found in again["choices"].values()] == [1]


def test_estimated_readings_are_marked(project, lines):
    pytest.importorskip("taibun")
    bring(project, lines)
    rows = done("select", *project, "--count", "5", "--estimate").stdout.splitlines()[1:]
    assert [row.split("\t")[-1] for row in rows].count("estimated") == 2


def test_coverage_is_a_table_a_json_object_and_a_page(project, lines, tmp_path):
    bring(project, lines)
    page = tmp_path / "page"
    result = done("coverage", *project, "--report", str(page), "--report-language", "zh-Hant")
    assert result.stdout.splitlines()[1] == "*\t*\t0\t0\t0/3\t0.0%\t0.0%\t–"
    assert "missing, rarest first: khí lâi peh" in result.stderr
    assert "語音涵蓋率" in (page / "index.html").read_text(encoding="utf-8")
    found = json.loads(done("coverage", *project, "--json").stdout)
    assert [one["unit"] for one in found["whole"]["missing"]] == ["khí", "lâi", "peh"]


def test_a_reference_that_is_no_table_is_refused_with_its_line(project, lines, tmp_path):
    bring(project, lines)
    table = tmp_path / "reference.tsv"
    table.write_text("unit\tcount\nkhá\tmany\n", encoding="utf-8")
    result = run("coverage", *project, "--reference", str(table))
    assert "line 2 of the reference: needs a unit, a tab and a whole number" in str(result.exception)
