"""The browser's self-test sees a cliff where the measuring engine does: their shared vectors are fresh."""

import shutil
import subprocess
import sys
from pathlib import Path

FRONTEND = Path(__file__).resolve().parents[3] / "recorder_web" / "frontend"
VECTORS, TOOL = Path("tests/vectors/self-test.json"), Path("tools/generate_self_test.py")


def test_vectors_that_are_stale_by_one_digit_are_named_and_written_anew(tmp_path: Path) -> None:
    for path in (VECTORS, TOOL):
        (tmp_path / path).parent.mkdir(parents=True)
        shutil.copy(FRONTEND / path, tmp_path / path)
    kept = (tmp_path / VECTORS).read_text()
    (tmp_path / VECTORS).write_text(kept.replace("3400", "3500", 1))
    command = [sys.executable, str(tmp_path / TOOL)]
    checked = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (1, "changed: self-test.json\n")
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert (tmp_path / VECTORS).read_text() == kept
