"""Real kills: of a worker, of the whole run, of both; Ctrl-C. The digest is that of an undisturbed run."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.speechcorpus.cli.measured_files import make_clips

REPOSITORY = Path(__file__).parents[3]
CLIPS = 240
AT_MOST_S = 120

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="children are looked for in /proc"
)
ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="ray is not installed: pip install 'speechcorpus[ray]'"
)
pytestmark = needs_proc


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kills") / "in"
    make_clips(folder, CLIPS)
    (folder / "broken.wav").write_bytes(b"words")
    return folder


@pytest.fixture(scope="module")
def undisturbed(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return digest(measured(clips, tmp_path_factory.mktemp("undisturbed") / "j", "--jobs", "1"))


def command(clips: Path, journal: Path, *options: str) -> list[str]:
    program = [sys.executable, "-m", "speechcorpus.cli", "measure"]
    return [*program, str(clips), "--json", "--journal", str(journal), *options]


def measured(clips: Path, journal: Path, *options: str) -> str:
    """What a run that nobody disturbs says on standard error."""
    done = subprocess.run(
        command(clips, journal, *options), capture_output=True, text=True, cwd=REPOSITORY, timeout=AT_MOST_S
    )
    assert done.returncode == 1, done.stderr  # one file is broken
    return done.stderr


def digest(said: str) -> str:
    assert f"{CLIPS} ok, 1 refused\n" in said
    return said.splitlines()[-1]


@contextmanager
def under_way(clips: Path, journal: Path, *options: str, chunks: int = 1) -> Iterator[subprocess.Popen[str]]:
    """A run whose journal has some chunks, and not yet all."""
    with subprocess.Popen(
        command(clips, journal, *options), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        cwd=REPOSITORY,
    ) as run:  # fmt: skip
        deadline = time.monotonic() + AT_MOST_S
        while lines(journal) < 20 * chunks:
            assert time.monotonic() < deadline
            assert run.poll() is None
            time.sleep(0.002)
        assert lines(journal) < CLIPS
        try:
            yield run
        finally:
            run.kill()


def lines(journal: Path) -> int:
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def children(process: int) -> list[int]:
    """Limited processes that a process started, whichever of its threads did."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def test_a_killed_worker_costs_nothing(clips, undisturbed, tmp_path):
    with under_way(clips, tmp_path / "j", "--jobs", "2") as run:
        os.kill(children(run.pid)[0], signal.SIGKILL)
        said = run.communicate(timeout=AT_MOST_S)[1]
    assert digest(said) == undisturbed
    assert lines(tmp_path / "j") == CLIPS + 1


@pytest.mark.parametrize("worker_first", [False, True])
def test_a_killed_run_goes_on_where_it_was(worker_first, clips, undisturbed, tmp_path):
    with under_way(clips, tmp_path / "j", "--jobs", "2", chunks=3) as run:
        workers = children(run.pid)
        if worker_first:
            os.kill(workers[0], signal.SIGKILL)
        run.kill()
        run.wait(AT_MOST_S)
    kept = lines(tmp_path / "j")
    assert 60 <= kept < CLIPS
    with (tmp_path / "j").open("ab") as journal:
        journal.write(b'{"path": "torn')  # what a kill in the middle of a write leaves
    assert digest(measured(clips, tmp_path / "j", "--jobs", "2", "--resume")) == undisturbed
    assert lines(tmp_path / "j") == CLIPS + 1
    gone = [worker for worker in workers if not is_at_work(worker)]
    assert gone == workers, "workers end when their run is gone"


def test_ctrl_c_finishes_what_is_under_way_and_exits_2(clips, undisturbed, tmp_path):
    with under_way(clips, tmp_path / "j", "--jobs", "2") as run:
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=AT_MOST_S)[1]
    assert run.returncode == 2
    assert "batch.stopped: stopped" in said
    assert "Traceback" not in said
    kept = lines(tmp_path / "j")
    assert 20 <= kept <= CLIPS
    assert (tmp_path / "j").read_bytes().endswith(b"\n")
    assert digest(measured(clips, tmp_path / "j", "--resume")) == undisturbed


def test_nothing_is_analysed_again_when_all_is_known(clips, undisturbed, tmp_path):
    first = tmp_path / "rows.parquet"
    said = measured(clips, tmp_path / "rows.parquet.journal", "--parquet", str(first))
    before = (tmp_path / "rows.parquet.journal").read_bytes()
    assert before.count(b"\n") == CLIPS + 1
    done = subprocess.run(
        [sys.executable, "-m", "speechcorpus.cli", "measure", clips, "--parquet", first, "--resume"],
        capture_output=True, text=True, cwd=REPOSITORY, timeout=AT_MOST_S,
    )  # fmt: skip
    assert done.stderr == said
    assert digest(said) == undisturbed
    assert (tmp_path / "rows.parquet.journal").read_bytes() == before


def test_resuming_what_was_never_begun_exits_2(clips, tmp_path):
    for options in (["--resume"], ["--resume", "--journal", str(tmp_path / "j")],
                    ["--resume", "--parquet", str(tmp_path / "p")]):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "speechcorpus.cli", "measure", clips, *options],
            capture_output=True, text=True, cwd=REPOSITORY, timeout=AT_MOST_S,
        )  # fmt: skip
        assert done.returncode == 2
        assert "journal" in done.stderr
        assert not done.stdout


@ray
@pytest.mark.slow
def test_ray_has_the_same_digest(clips, undisturbed, tmp_path):
    said = measured(clips, tmp_path / "j", "--jobs", "2", "--engine", "ray")
    assert digest(said) == undisturbed
    assert lines(tmp_path / "j") == CLIPS + 1


@ray
@pytest.mark.slow
def test_a_killed_worker_of_ray_costs_nothing(clips, undisturbed, tmp_path):
    with under_way(clips, tmp_path / "j", "--jobs", "2", "--engine", "ray") as run:
        os.kill(next(workers_of_ray(run.pid)), signal.SIGKILL)
        said = run.communicate(timeout=AT_MOST_S)[1]
    assert digest(said) == undisturbed


@ray
@pytest.mark.slow
def test_a_killed_run_on_ray_goes_on_and_leaves_nobody_behind(clips, undisturbed, tmp_path, monkeypatch):
    # a killed run cannot clear up its temporary files; Ray's sockets need a short path
    temporary = tempfile.mkdtemp(prefix="k-", dir="/tmp")
    monkeypatch.setenv("TMPDIR", temporary)
    with under_way(clips, tmp_path / "j", "--jobs", "2", "--engine", "ray") as run:
        family = descendants(run.pid)
        assert len(listening_addresses([run.pid, *family])) > 3
        assert set(listening_addresses([run.pid, *family])) == {"127.0.0.1"}
        os.kill(next(workers_of_ray(run.pid)), signal.SIGKILL)
        run.kill()
        run.wait(AT_MOST_S)
    said = measured(clips, tmp_path / "j", "--jobs", "2", "--engine", "ray", "--resume")
    assert digest(said) == undisturbed
    deadline = time.monotonic() + AT_MOST_S
    while any(is_at_work(process) for process in family):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    shutil.rmtree(temporary)


def workers_of_ray(process: int) -> Iterator[int]:
    """Those that hold a limited process now."""
    for one in descendants(process):
        if "speechcorpus.audio.child_main" in command_of(one):
            yield parent_of(one)


def descendants(process: int) -> list[int]:
    found = children(process)
    return [*found, *(below for child in found for below in descendants(child))]


def listening_addresses(processes: list[int]) -> list[str]:
    """Addresses at which these processes may be called."""
    sockets = {
        str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]")
        for process in processes
        for descriptor in Path(f"/proc/{process}/fd").iterdir()
        if os.path.lexists(descriptor)
    }
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and cells[9] in sockets:  # 0A: it listens
                last_word = int(cells[1].split(":")[0][-8:], 16)  # little-endian; IPv4 as it stands in IPv6
                found.append(".".join(str(last_word >> shift & 255) for shift in (0, 8, 16, 24)))
    return found


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])


def command_of(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")


def is_at_work(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
