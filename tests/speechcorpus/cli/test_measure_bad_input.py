"""Every kind of bad input has its row and its code, and the run goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from speechcorpus.cli.measure import command
from speechcorpus.domain.measurement import Measurement
from tests.speechcorpus.cli.measured_files import BAD, make_bad, silence, sound

MEASURED_MEMORY = """
import resource, sys
from pathlib import Path
from speechcorpus.audio.child import shared_children
from speechcorpus.cli.measure import command
try:
    command.main(sys.argv[1:])
except SystemExit:
    shared_children().close()
own = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """The rows of one run over all bad files, with a pipe, a loop and a link to nowhere among them."""
    folder = tmp_path_factory.mktemp("bad") / "in"
    make_bad(folder)
    (folder / "fine.wav").write_bytes(sound())
    os.mkfifo(folder / "pipe.wav")
    os.mkfifo(folder / "pipe.flac")
    (folder / "deeper" / "still").mkdir(parents=True)
    (folder / "deeper" / "up").symlink_to("..")
    (folder / "deeper" / "still" / "itself").symlink_to(".")
    (folder / "nowhere.wav").symlink_to("gone.wav")
    (folder / "around.flac").symlink_to("around.flac")
    result = CliRunner().invoke(command, [str(folder), "--json", "--depth", "core"])
    assert result.exit_code == 1, result.output
    found = [json.loads(line, parse_constant=pytest.fail) for line in result.stdout.splitlines()]
    assert [row["path"] for row in found] == sorted((row["path"] for row in found), key=os.fsencode)
    return {row["path"]: row for row in found}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_has_its_status_and_its_code(name, rows):
    _, status, code = BAD[name]
    row = rows[name]
    assert row["status"] == status
    assert row["error_code"] == code or code is None
    assert (row["error_detail"] is None) == (status == "ok")
    assert len(row["sha256"]) == 64
    assert list(row) == [key for key in Measurement.__slots__ if key in row]
    if status != "refused":
        assert row["decoded_frames"] >= 1
        assert row["peak_dbfs"] is not None


@pytest.mark.parametrize(
    ("name", "detail"),
    [("pipe.wav", "not a regular file"), ("pipe.flac", "not a regular file"),
     ("deeper/up", "leads back into itself"), ("deeper/still/itself", "leads back into itself"),
     ("nowhere.wav", "No such file"), ("around.flac", "symbolic links")],
)  # fmt: skip
def test_what_cannot_be_read_is_a_row_without_a_hash(name, detail, rows):
    row = rows[name]
    assert (row["status"], row["error_code"], row["sha256"]) == ("refused", "unreadable", None)
    assert detail in row["error_detail"]


def test_the_good_file_among_them_is_measured(rows):
    assert (rows["fine.wav"]["status"], rows["fine.wav"]["decoded_frames"]) == ("ok", 16_000)
    assert len(rows) == len(BAD) + 7


def test_what_is_too_short_for_a_level_still_has_its_peak(rows):
    for name in ("sample.wav", "sample.flac", "39-ms.wav", "39-ms.flac"):
        assert rows[name]["level_dbfs"] is None
        assert rows[name]["speech_s"] is None
        assert rows[name]["dc_ratio"] is not None


def test_silence_has_the_lowest_level_and_no_loudness(rows):
    for name in ("silence.flac", "silence-20-min.flac"):
        row = rows[name]
        assert (row["level_dbfs"], row["snr_db"], row["loudness_lufs"]) == (-120.0, None, None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path):
    (tmp_path / "x.wav").write_bytes(sound())
    (tmp_path / "x.wav").chmod(0)
    row = json.loads(CliRunner().invoke(command, [str(tmp_path), "--json"]).stdout)
    assert (row["error_code"], row["error_detail"]) == ("unreadable", "Permission denied")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("hours", [1, pytest.param(3, marks=pytest.mark.slow)])  # at once: 0.5, 1.4 GB
def test_hours_of_silence_in_a_small_file_take_little_memory(tmp_path: Path, hours: int):
    (tmp_path / "x.flac").write_bytes(silence(60 * hours))
    assert (tmp_path / "x.flac").stat().st_size < 2_500_000
    command_line = [sys.executable, "-c", MEASURED_MEMORY, tmp_path, "--json", "--depth", "core"]
    shown = subprocess.run(command_line, capture_output=True, text=True, check=True)
    row = json.loads(shown.stdout)
    assert (row["status"], row["duration_s"]) == ("ok", 3600.0 * hours)
    ours, childs = map(int, shown.stderr.split()[-2:])
    assert ours < 160_000
    assert childs < 150_000
    refused = CliRunner().invoke(command, [str(tmp_path), "--json", "--max-duration-s", "1800"])
    assert json.loads(refused.stdout)["error_code"] == "too-long"
