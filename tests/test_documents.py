"""What the documents promise is there: commands, options, make targets, files, floors."""

import os
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from speechcorpus.cli import cli

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^speechcorpus ([^#\n]+)", README, flags=re.MULTILINE)


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_readme_exists_with_its_options(line: str) -> None:
    words = [word for word in line.split() if re.fullmatch(r"[a-z][a-z-]*", word)]
    path = words[: 2 if words[0] in ("release", "receipt", "certificate", "draw") else 1]
    help_page = CliRunner().invoke(cli, [*path, "--help"])
    assert help_page.exit_code == 0, help_page.output
    for option in re.findall(r"--[a-z-]+", line):
        assert option in help_page.output


def test_the_readme_names_commands_at_all() -> None:
    assert len(COMMANDS) >= 4


def test_every_command_has_a_help_page() -> None:
    for name in cli.list_commands(None):  # type: ignore[arg-type]
        page = CliRunner().invoke(cli, [name, "--help"])
        assert page.exit_code == 0, (name, page.output)
        assert "Usage:" in page.output


@pytest.mark.parametrize("target", re.findall(r"\bmake ([a-z-]+)", README))
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"])
def test_every_file_a_document_links_to_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_folder_of_the_house_is_on_the_map_and_on_a_floor() -> None:
    folders = {path.parent.name for path in (ROOT / "speechcorpus").glob("*/__init__.py")}
    chart = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    floors = " ".join(contract["layers"])
    for folder in folders:
        assert f"speechcorpus/{folder}/" in chart
        assert f"speechcorpus.{folder}" in floors


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "docs/where-to-change.md"])
def test_every_file_and_folder_the_map_names_is_there(document: str) -> None:
    here = _files_of("speechcorpus", "recorder_web", "tests", "deploy", "docs")
    named = [each for said in re.findall(r"`([^` ]+)`", (ROOT / document).read_text()) for each in _all(said)]
    places = [each for each in named if each.endswith((".py", ".ts", ".css", ".md", ".conf", "/"))]
    assert len(places) > 20
    assert [each for each in places if not _is_among(each, here)] == []


def test_the_map_is_one_page() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) <= 90


def _files_of(*folders: str) -> str:
    """Every file below these folders, one a line, beginning with a slash."""
    found: list[str] = []
    for folder in folders:
        for at, below, names in os.walk(ROOT / folder):
            below[:] = [each for each in below if each not in ("node_modules", "static", "__pycache__")]
            found += [f"/{Path(at).relative_to(ROOT).as_posix()}/{name}" for name in names]
    return "\n".join(found)


def _all(said: str) -> list[str]:
    """What `a/{b,c}.py` stands for."""
    first, brace, rest = said.partition("{")
    inside, _, last = rest.partition("}")
    return [f"{first}{each}{last}" for each in inside.split(",")] if brace else [said]


def _is_among(place: str, files: str) -> bool:
    """Whether a place is there, as it is told from some folder above it."""
    named = re.escape(place.replace("NN", "*")).replace(r"\*", r"[^/\n]*")
    end = "" if place.endswith("/") else "$"
    return re.search(f"/{named}{end}", files, flags=re.MULTILINE) is not None


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_pins_hold_hashes_and_no_address() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "://" not in text
        pins = re.findall(r"^[A-Za-z0-9][^\s=]*==", text, flags=re.MULTILINE)
        blocks = re.split(r"^(?=[A-Za-z0-9][^\s=]*==)", text, flags=re.MULTILINE)
        assert pins
        assert all("--hash=sha256:" in block for block in blocks if "==" in block.split("\n")[0])


def test_the_lock_of_the_front_end_holds_integrity_and_no_address() -> None:
    lock = (ROOT / "recorder_web" / "frontend" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "://" not in re.sub(r'"(url|funding)": "[^"]*"', "", lock)
    assert lock.count('"integrity"') > 20
