"""The audit of dependencies fails on a known fault, and on whatever it could not audit."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "audit-dependencies"
PINS = "Flask==3.1.2 \\\n    --hash=sha256:aa\nwaitress==3.0.2\n"


def audit(
    folder: Path, *advisories: dict, covered: str = "flask\nwaitress\n"
) -> subprocess.CompletedProcess[str]:
    (folder / "requirements.txt").write_text(PINS)
    (folder / "list").mkdir()
    (folder / "list" / "names.txt").write_text(covered)
    for number, each in enumerate(advisories):
        (folder / "list" / f"{number}.json").write_text(json.dumps(each))
    command = [
        sys.executable,
        str(TOOL),
        "--advisories",
        str(folder / "list"),
        str(folder / "requirements.txt"),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def fault(name: str, *events: dict[str, str], **more: object) -> dict:
    spans = [{"type": "ECOSYSTEM", "events": list(events)}]
    return {"id": "X-1", "affected": [{"package": {"name": name}, "ranges": spans}], **more}


def test_a_list_that_knows_nothing_of_our_versions_is_silent(tmp_path: Path):
    mended = fault("flask", {"introduced": "0"}, {"fixed": "3.1.1"})
    later = fault("waitress", {"introduced": "3.0.3"})
    done = audit(tmp_path, mended, later, fault("flask", {"introduced": "0"}, withdrawn="2026-01-01"))
    assert (done.returncode, done.stdout.strip()) == (0, "2 packages, 0 with a known fault, 0 not audited")


@pytest.mark.parametrize(
    "events", [[{"introduced": "0"}], [{"introduced": "3.1"}, {"last_affected": "3.1.2"}]]
)
def test_a_known_fault_fails(tmp_path: Path, events: list[dict[str, str]]):
    done = audit(tmp_path, fault("FLASK", *events))
    assert done.returncode == 1
    assert "flask 3.1.2: X-1" in done.stdout


def test_a_package_that_the_list_does_not_speak_for_fails(tmp_path: Path):
    done = audit(tmp_path, covered="flask\n")
    assert done.returncode == 1
    assert "waitress 3.0.2: not audited" in done.stdout


def test_every_proof_that_the_page_of_security_names_is_there():
    root = Path(__file__).parents[2]
    page = (root / "docs" / "security.md").read_text("utf-8")
    named = set(re.findall(r"`((?:tests|tools|docs|deploy|recorder_web)/[^`\s]*)`", page))
    assert len(named) > 15
    assert [each for each in sorted(named) if not (root / each).exists()] == []
