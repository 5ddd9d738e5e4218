"""A browser in a process group of its own, so that all of it, and nothing else, can be killed or stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Error

from tests.rig.browser import FLAGS, PATIENCE_MS, chromium, driver

PATIENCE_S = 60


@dataclass(frozen=True, kw_only=True)
class BrowserGroup:
    """A running browser and the handle on all its processes."""

    process: "subprocess.Popen[bytes]"
    context: BrowserContext

    def kill(self) -> None:
        """SIGKILL: the whole browser is gone at once, as after a crash of the machine's desktop."""
        self.send(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def send(self, how: signal.Signals) -> None:
        """Send a signal to every process of this browser."""
        os.killpg(self.process.pid, how)

    def kill_renderers(self) -> int:
        """SIGKILL the processes that run pages; the browser itself stays. Returns how many there were."""
        found = [pid for pid in _members(self.process.pid) if b"--type=renderer" in _arguments(pid)]
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(found)


@contextmanager
def browser_group(
    profile: Path, microphone: Path | None, *flags: str, environment: Mapping[str, str] | None = None
) -> Iterator[BrowserGroup]:
    """Open a browser on a profile folder and attach to it; whatever happens, its group is killed at the end.

    Parameters
    ----------
    microphone : a 44.1 kHz WAV file that loops, or None for the microphones of the sound server
    environment : added to ours, e.g. which sound server to use
    """
    port = profile / "DevToolsActivePort"
    port.unlink(missing_ok=True)
    command = [chromium(), *_flags(microphone), *flags, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        [*command, "--remote-debugging-port=0", "--window-size=1280,1240"],
        start_new_session=True,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with driver.use() as playwright:
            attached = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{_port(process, port)}")
            attached.contexts[0].set_default_timeout(PATIENCE_MS)
            try:
                yield BrowserGroup(process=process, context=attached.contexts[0])
            finally:
                with suppress(Error):
                    attached.close()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_S)


def _flags(microphone: Path | None) -> list[str]:
    if microphone is not None:
        return [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
    return [flag for flag in FLAGS if flag != "--use-fake-device-for-media-stream"]


def _port(process: "subprocess.Popen[bytes]", file: Path) -> int:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s and process.poll() is None:
        with suppress(FileNotFoundError, IndexError, ValueError):
            return int(file.read_text().splitlines()[0])
        time.sleep(0.05)
    raise AssertionError(f"the browser did not come up: {process.poll()}")


def _members(group: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(state[2]) == group:
                found.append(int(folder.name))
    return found


def _arguments(pid: int) -> list[bytes]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []
