"""Batch on a Ray cluster of two nodes: the rows of one machine, also when a node dies or is unlike it."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rig.ray_cluster import Cluster, Node, running_cluster
from tests.speechcorpus.cli.measured_files import make_clips

Record = Callable[[str, object], None]
ROOT = Path(__file__).parents[2]
CLIPS = 240
AT_MOST_S = 240
LACKING = """
import sys

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "speechcorpus":
            raise ModuleNotFoundError("No module named 'speechcorpus'", name="speechcorpus")

sys.meta_path.insert(0, Lacking())
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="no Ray: pip install 'speechcorpus[ray]'"
    ),
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are looked for in /proc"),
]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster") / "in"
    make_clips(folder, CLIPS)
    (folder / "broken.wav").write_bytes(b"words")
    return folder


@pytest.fixture(scope="module")
def here(clips: Path) -> tuple[str, str]:
    """The rows and the digest of this machine alone."""
    return ended(subprocess.run(command(clips), capture_output=True, text=True, cwd=ROOT, timeout=AT_MOST_S))


def command(clips: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "speechcorpus.cli", "measure", str(clips), "--json", *options]


def ended(run: "subprocess.CompletedProcess[str]") -> tuple[str, str]:
    assert run.returncode == 1, run.stderr  # one file is broken
    assert f"{CLIPS} ok, 1 refused\n" in run.stderr
    assert len(run.stdout.splitlines()) == CLIPS + 1
    return run.stdout, run.stderr.splitlines()[-1]


@contextmanager
def under_way(cluster: Cluster, clips: Path, journal: Path) -> Iterator["subprocess.Popen[str]"]:
    options = ("--engine", "ray", "--journal", str(journal))
    with journal.with_suffix(".out").open("w") as out, subprocess.Popen(
        command(clips, *options), stdout=out, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, **cluster.environment},
    ) as run:  # fmt: skip
        try:
            yield run
        finally:
            run.kill()


def finished(run: "subprocess.Popen[str]", journal: Path) -> tuple[str, str]:
    err = run.communicate(timeout=AT_MOST_S)[1]
    rows = journal.with_suffix(".out").read_text()
    return ended(subprocess.CompletedProcess(run.args, run.returncode, rows, err))


def until(run: "subprocess.Popen[str]", ready: Callable[[], bool]) -> None:
    end_s = time.monotonic() + AT_MOST_S
    while not ready():
        assert run.poll() is None, run.stderr and run.stderr.read()
        assert time.monotonic() < end_s
        time.sleep(0.01)


def lines(journal: Path) -> int:
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def at_work(*nodes: Node) -> bool:
    return all(node.measuring() for node in nodes)


def test_two_nodes_give_the_rows_of_one_machine_and_so_does_the_one_that_is_left_when_the_other_dies(
    clips: Path, here: tuple[str, str], tmp_path: Path, record_property: Record
) -> None:
    began = time.monotonic()
    with running_cluster() as cluster:
        started_s = time.monotonic() - began
        with under_way(cluster, clips, tmp_path / "j") as run:
            until(run, lambda: at_work(cluster.head, cluster.second))  # in the same moment
            assert finished(run, tmp_path / "j") == here
        both_s = time.monotonic() - began - started_s
        with under_way(cluster, clips, tmp_path / "k") as run:
            until(run, lambda: lines(tmp_path / "k") >= 40 and at_work(cluster.second))
            kept = lines(tmp_path / "k")
            cluster.second.kill()
            assert kept < CLIPS
            assert finished(run, tmp_path / "k") == here
        killed_s = time.monotonic() - began - started_s - both_s
        assert lines(tmp_path / "k") == CLIPS + 1
    record_property(
        "measured",
        f"{CLIPS + 1} files on two nodes in {both_s:.0f} s, rows and digest of one machine; the same with "
        f"the second node killed after {kept} files, in {killed_s:.0f} s; both nodes up in {started_s:.0f} s",
    )


def test_a_node_that_does_not_see_the_files_ends_the_run_with_the_file_and_a_way_out(
    clips: Path, tmp_path: Path
) -> None:
    with running_cluster(hidden=clips) as cluster, under_way(cluster, clips, tmp_path / "j") as run:
        err = run.communicate(timeout=AT_MOST_S)[1]
    assert (run.returncode, "Traceback" in err) == (2, False), err
    assert err.startswith(f"batch.unseen: {clips}/")
    assert f"No such file or directory ({socket.gethostname()}); " in err
    assert err.rstrip().endswith("every node of the cluster needs its folder at the same path")
    rows = map(json.loads, (tmp_path / "j.out").read_text().splitlines())
    assert {row["error_code"] for row in rows} <= {None}  # no row says of a file what is true of a node


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("sitecustomize.py", LACKING, "cannot run it: System error: No module named 'speechcorpus'"),
        (
            "speechcorpus-9.9.9.dist-info/METADATA",
            "Name: speechcorpus\nVersion: 9.9.9\n",
            "has speechcorpus 9.9.9",
        ),
    ],
    ids=["none", "another"],
)
def test_a_node_without_our_speechcorpus_is_named(
    file: str, text: str, said: str, clips: Path, tmp_path: Path
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    unlike = {"PYTHONPATH": str(tmp_path)}
    with running_cluster(second=unlike) as cluster, under_way(cluster, clips, tmp_path / "j") as run:
        err = run.communicate(timeout=AT_MOST_S)[1]
    assert (run.returncode, "Traceback" in err) == (2, False), err
    assert err.startswith("batch.node: the node ")
    assert said in err


def test_an_address_where_nobody_listens_is_told_at_once(clips: Path) -> None:
    run = subprocess.run(
        command(clips, "--engine", "ray"), capture_output=True, text=True, cwd=ROOT, timeout=60,
        env={**os.environ, "RAY_ADDRESS": "127.0.0.1:1"},
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("batch.no-cluster: no Ray cluster to use at 127.0.0.1:1 (")
