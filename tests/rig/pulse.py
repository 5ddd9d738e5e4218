"""A sound server of our own: a microphone that can be muted, suspended and pulled out, at any rate.

A null sink is the air of a room; what is played into it comes out of its monitor, remapped to a source that
looks like a microphone. Daemon, socket and settings live in one folder and disturb nobody's sound.
"""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig.noise import Codes

MICROPHONE = "microphone"
ROOM = "room"
PATIENCE_S = 30


@dataclass(frozen=True, kw_only=True)
class SoundServer:
    """A running daemon."""

    folder: Path
    rate_hz: int

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to find it, and nothing else."""
        return {
            "PULSE_SERVER": f"unix:{self.folder / 'socket'}",
            "PULSE_COOKIE": str(self.folder / "cookie"),
            "PULSE_RUNTIME_PATH": str(self.folder / "run"),
            "PULSE_STATE_PATH": str(self.folder / "state"),
            "PULSE_CONFIG": str(self.folder / "daemon.conf"),
        }

    def control(self, command: str) -> str:
        """Give the daemon one command, at once: a program started for it would come late."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE_S)
            line.connect(str(self.folder / "control"))
            line.sendall(f"{command}\n".encode())
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(65_536), b"")).decode()

    def mute(self, muted: bool) -> None:
        """Press the mute button of the microphone."""
        self.control(f"set-source-mute {MICROPHONE} {int(muted)}")

    def suspend(self, suspended: bool) -> None:
        """Let the microphone fall asleep: no sample comes, and nobody is told; the room goes on."""
        self.control(f"suspend-source {MICROPHONE} {int(suspended)}")

    def unplug(self) -> None:
        """Pull the microphone out; there is no other one that its listeners could be moved to."""
        self.control("unload-module module-null-sink")

    @contextmanager
    def playing(self, codes: Codes) -> Iterator[None]:
        """Play codes at the microphone's own rate, again and again."""
        options = [f"--device={ROOM}", "--raw", "--format=s16le", f"--rate={self.rate_hz}", "--channels=1"]
        player = subprocess.Popen(
            ["pacat", "--playback", *options],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **self.environment},
        )
        feeder = threading.Thread(target=_feed, args=(player, codes.tobytes()), daemon=True)
        feeder.start()
        try:
            yield
        finally:
            player.kill()
            player.wait()
            feeder.join(PATIENCE_S)


@contextmanager
def sound_server(folder: Path, *, rate_hz: int = 48_000) -> Iterator[SoundServer]:
    """Start a daemon in an empty folder; without PulseAudio the test is skipped."""
    if not all(map(shutil.which, ("pulseaudio", "pacat"))):
        pytest.skip("no PulseAudio: run tools/ensure-pulseaudio")
    server = SoundServer(folder=folder, rate_hz=rate_hz)
    for name in ("run", "state"):
        (folder / name).mkdir(parents=True, mode=0o700)
    rates = f"default-sample-rate = {rate_hz}\nalternate-sample-rate = {rate_hz}\n"
    (folder / "daemon.conf").write_text(rates)
    (folder / "start.pa").write_text(_script(server))
    options = ["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes"]
    options += ["--realtime=no", "--high-priority=no", "--fail=yes", f"--file={folder / 'start.pa'}"]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(
            ["pulseaudio", *options], env={**os.environ, **server.environment}, stdout=log, stderr=log
        )
    try:
        _wait(server, daemon)
        yield server
    finally:
        daemon.kill()
        daemon.wait()


def _script(server: SoundServer) -> str:
    rate = f"rate={server.rate_hz} channels=1"
    return f"""load-module module-native-protocol-unix auth-anonymous=1 socket={server.folder / "socket"}
load-module module-cli-protocol-unix socket={server.folder / "control"}
load-module module-null-sink sink_name={ROOM} format=s16le {rate}
load-module module-remap-source source_name={MICROPHONE} master={ROOM}.monitor {rate} remix=no
set-default-sink {ROOM}
set-default-source {MICROPHONE}
"""


def _wait(server: SoundServer, daemon: "subprocess.Popen[bytes]") -> None:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s and daemon.poll() is None:
        with suppress(OSError):
            if MICROPHONE in server.control("list-sources"):
                return
        time.sleep(0.05)
    raise AssertionError(f"the sound server did not come up: {(server.folder / 'log').read_text()[-2000:]}")


def _feed(player: "subprocess.Popen[bytes]", data: bytes) -> None:
    assert player.stdin is not None
    with suppress(OSError, ValueError), player.stdin as sound:
        while True:
            sound.write(data)
