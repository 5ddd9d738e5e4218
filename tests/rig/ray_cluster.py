"""A Ray cluster of two nodes on the loopback: each a `ray start` of its own, with its own folder and ports.

The nodes have addresses of their own (127.0.0.2 and 127.0.0.3), so that they are two to Ray; a machine whose
loopback has only 127.0.0.1 cannot run it.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
STORE_BYTES = 100_000_000
HEAD, SECOND = "127.0.0.2", "127.0.0.3"
CHILD = "speechcorpus.audio.child_main"
PORTS = ("--dashboard-agent-listen-port", "--metrics-export-port", "--runtime-env-agent-port")
ASK = """
import sys, time
from ray._raylet import GcsClient
address, wanted, end_s = sys.argv[1], int(sys.argv[2]), time.monotonic() + float(sys.argv[3])
while True:
    try:
        nodes = GcsClient(address=address).get_all_node_info(timeout=5).values()
        if sum(node.state == 0 for node in nodes) == wanted:
            break
    except Exception:
        if time.monotonic() > end_s:
            raise
    if time.monotonic() > end_s:
        sys.exit("too few nodes")
    time.sleep(0.3)
"""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One `ray start --block` and whatever it started."""

    host: str
    process: "subprocess.Popen[bytes]"
    folder: Path

    def measuring(self) -> list[int]:
        """The limited processes in which it measures now."""
        return [each for each in descendants(self.process.pid) if CHILD in command_of(each)]

    def kill(self) -> None:
        """End it at once, each of its processes by its number, as a host ends whose power fails."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)  # it would see them go, and clear up
        end_s = time.monotonic() + PATIENCE_S
        while family := descendants(self.process.pid):
            for each in family:
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            if all(is_gone(each) for each in family) or time.monotonic() > end_s:
                break
            time.sleep(0.05)
        self.process.kill()
        self.process.wait(PATIENCE_S)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A head and a second node."""

    head: Node
    second: Node
    environment: Mapping[str, str]
    """What a process is told that uses it."""


@contextmanager
def running_cluster(
    *, second: Mapping[str, str] | None = None, hidden: Path | None = None
) -> Iterator[Cluster]:
    """Start both nodes, one CPU each, and end every process of them.

    Parameters
    ----------
    second : what the environment of the second node has beside ours
    hidden : a folder that is empty to the second node; only where we may have a mount of our own
    """
    address, without = f"{HEAD}:{_free_port(HEAD)}", _without(hidden) if hidden else []
    first = ["--head", "--include-dashboard", "false", "--port", address.partition(":")[2]]
    with ExitStack() as stack:
        known = _let_in(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "token")
        head = stack.enter_context(_node(HEAD, first, known))
        _wait(address, head, 1, known)
        like = {**known, **(second or {})}
        other = stack.enter_context(_node(SECOND, ["--address", address], like, without))
        _wait(address, other, 2, known)
        yield Cluster(head=head, second=other, environment={**known, "RAY_ADDRESS": address})


def _let_in(token: Path) -> dict[str, str]:
    """What a process of the cluster is told, or one that uses it: nobody else gets in."""
    token.touch(mode=0o600)
    token.write_text(f"{secrets.token_hex(32)}\n")
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}


def _without(folder: Path) -> list[str]:
    """What to put before a command that shall find a folder empty."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no mount of our own here: a folder cannot be hidden from a node")
    hide = 'mount -t tmpfs none "$0" && exec "$@"'
    return ["unshare", "-m", "sh", "-c", hide, str(folder)]


@contextmanager
def _node(
    host: str, options: Sequence[str], environment: Mapping[str, str], before: Sequence[str] = ()
) -> Iterator[Node]:
    command = [*before, sys.executable, "-m", "ray.scripts.scripts", "start", "--block", *options]
    command += ["--node-ip-address", host, "--num-cpus", "1", "--object-store-memory", str(STORE_BYTES)]
    for name in PORTS:
        command += [name, str(_free_port(host))]
    # Ray's sockets need a short path
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        command += ["--temp-dir", folder, "--disable-usage-stats"]
        with (Path(folder) / "said").open("wb") as said:
            process = subprocess.Popen(
                command, stdout=said, stderr=said, cwd=ROOT, env={**os.environ, **environment}
            )
        node = Node(host=host, process=process, folder=Path(folder))
        try:
            yield node
        finally:
            node.kill()


def _wait(address: str, node: Node, nodes: int, known: Mapping[str, str]) -> None:
    """Wait until so many nodes are there."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, address, str(nodes), str(PATIENCE_S)],
        capture_output=True, text=True, check=False, env={**os.environ, **known},
    )  # fmt: skip
    if done.returncode != 0:
        said = (node.folder / "said").read_text()[-2000:]
        pytest.fail(f"the cluster has not got {nodes} nodes: {done.stderr[-2000:]}{said}")


def _free_port(host: str) -> int:
    with socket.socket() as asked:
        try:
            asked.bind((host, 0))
        except OSError:
            pytest.skip(f"the loopback has no address {host} here")
        return int(asked.getsockname()[1])


def descendants(process: int) -> list[int]:
    """The processes below one, whichever of its threads started them."""
    found: list[int] = []
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, listed.read_text().split())
    return [*found, *(below for child in found for below in descendants(child))]


def command_of(process: int) -> str:
    """What a process was started as; nothing if it is gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def is_gone(process: int) -> bool:
    """Say whether a process has ended, though its parent may not have asked for it yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True
