"""A server process and the people who send to it: what `benchmarks.ingest` times."""

import base64
import hashlib
import http.client
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

from sqlalchemy import update

from recorder_web.server import listening_socket
from recorder_web.settings import utc_now
from speechcorpus.audio.wav import canonical_header
from speechcorpus.record.upload import CHUNK_S
from speechcorpus.store.models import Sitting
from speechcorpus.store.store import Store
from speechcorpus.workflows.people import create_contributor
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor

RATE_HZ = 48_000
CHUNK_BYTES = CHUNK_S * RATE_HZ * 2
PIECE_BYTES = 16_384
START_S = 60
PAUSE_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """PCM of one chunk with its hash, made before the clock runs."""

    data: bytes
    sha256: str
    digest: str


def body(seed: int, size: int = CHUNK_BYTES) -> Body:
    """Return a chunk unlike any other seed's."""
    data = random.Random(seed).randbytes(size)
    digest = hashlib.sha256(data).digest()
    return Body(data=data, sha256=digest.hex(), digest=f"sha-256=:{base64.b64encode(digest).decode()}:")


@dataclass(slots=True, kw_only=True)
class Person:
    """A signed-in contributor in a sitting of their own, on one connection."""

    address: tuple[str, int]
    headers: dict[str, str]
    sitting: str
    numbers: "count[int]" = field(default_factory=count)
    connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> dict[str, object]:
        """Send one request; anything but success ends the benchmark."""
        self.connection = self.connection or http.client.HTTPConnection(*self.address, timeout=120)
        self.connection.request(method, f"/api/v1{path}", body=data, headers=self.headers | headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        found: dict[str, object] = json.loads(text)
        return found

    def say(self, method: str, path: str, said: object) -> dict[str, object]:
        """Send JSON."""
        return self.ask(method, path, json.dumps(said).encode(), {"Content-Type": "application/json"})

    def new_take(self) -> str:
        """Register a take on a fresh connection and return its id: the server closes one that was idle."""
        self.connection = None
        take = str(uuid4())
        said = {"sitting": self.sitting, "sequence": next(self.numbers), "track": "check", "prompt_ids": []}
        shape = {"rate_hz": RATE_HZ, "channels": 1, "format": "s16le", "capture_path": "mstp"}
        self.say("PUT", f"/takes/{take}", said | shape | {"first_sitting_sample": 0})
        return take

    def send(self, take: str, index: int, chunk: Body, *, bytes_a_second: float | None = None) -> None:
        """Send one chunk, at once or no faster than that."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(len(chunk.data)),
            "Content-Digest": chunk.digest,
            "Speechcorpus-First-Sample": str(index * CHUNK_S * RATE_HZ),
            "Speechcorpus-Frames": str(len(chunk.data) // 2),
        }
        data = chunk.data if bytes_a_second is None else paced(chunk.data, bytes_a_second)
        self.ask("PUT", f"/takes/{take}/chunks/{index}", data, headers)  # type: ignore[arg-type]  # or pieces

    def finish(self, take: str, chunks: list[Body]) -> None:
        """Finish a take of these chunks."""
        self.say("POST", f"/takes/{take}/finish", manifest(take, self.sitting, chunks))


def paced(data: bytes, bytes_a_second: float) -> Iterator[bytes]:
    """Yield pieces of the data, each no sooner than it is due."""
    began = time.monotonic()
    for at in range(0, len(data), PIECE_BYTES):
        time.sleep(max(0.0, began + at / bytes_a_second - time.monotonic()))
        yield data[at : at + PIECE_BYTES]
    time.sleep(max(0.0, began + len(data) / bytes_a_second - time.monotonic()))


def manifest(take: str, sitting: str, chunks: list[Body]) -> dict[str, object]:
    """Return the manifest of a take that lost nothing."""
    frames = sum(len(chunk.data) for chunk in chunks) // 2
    digest = hashlib.sha256(canonical_header(rate_hz=RATE_HZ, channels=1, frames=frames))
    for chunk in chunks:
        digest.update(chunk.data)
    settings = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
    counts = dict.fromkeys(("seen", "delivered", "total"), frames)
    capture = {"path": "mstp", **counts, "lost_frames": 0, "recorder": "0", "ended_by": "stop"}
    return {
        "schema": "speechcorpus-take/1",
        "take": take,
        "sitting": sitting,
        "rate_hz": RATE_HZ,
        "channels": 1,
        "frames": frames,
        "chunks": [chunk.sha256 for chunk in chunks],
        "take_sha256": digest.hexdigest(),
        "capture": {**capture, "settings": settings},
        "markers": [],
        "events": [],
        "clock": {"windows": [], "exchanges": []},
        "meter": [],
        "calibration": None,
        "device_check": None,
    }


def people(store: Store, address: tuple[str, int], number: int) -> list[Person]:
    """Return so many contributors, each in a sitting that began an hour ago."""
    made = [_person(store, address) for _ in range(number)]
    with store.catalogue.write() as session:
        session.execute(update(Sitting).values(opened_at=utc_now() - timedelta(hours=1)))
    return made


def _person(store: Store, address: tuple[str, int]) -> Person:
    now = utc_now()
    contributor = create_contributor(store, locale="en", variety="nan-TW", now=now)
    signed = exchange_invite(store, invite_contributor(store, contributor, now=now), now=now)
    headers = {"Cookie": f"sc_contributor={signed.session_token}", "X-CSRF-Token": signed.csrf_token}
    person = Person(address=address, headers=headers, sitting=str(uuid4()))
    nobody: dict[str, object] = {"claim": None, "calibration": None}
    person.say(
        "PUT",
        f"/sittings/{person.sitting}",
        nobody | {"band": "low", "device": {}, "started_offline": False},
    )
    return person


@contextmanager
def server_on(data: Path) -> Iterator[tuple[str, int]]:
    """Serve a data folder in a process of its own; yields its address once it answers."""
    with listening_socket("127.0.0.1", 0) as listening, (data / "serve.log").open("ab") as log:
        number, address = str(listening.fileno()), listening.getsockname()[:2]
        command = [sys.executable, "-m", "recorder_web", "--data", str(data), "--reserve-bytes", "0"]
        process = subprocess.Popen(
            [*command, "--listening-fd", number], pass_fds=[listening.fileno()], stderr=log
        )
        try:
            _wait(address, process)
            yield address
        finally:
            process.kill()
            process.wait()


def health_s(address: tuple[str, int]) -> float:
    """Return how long the health check takes."""
    connection, began = http.client.HTTPConnection(*address, timeout=60), time.monotonic()
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    finally:
        connection.close()
    return time.monotonic() - began


def _wait(address: tuple[str, int], process: "subprocess.Popen[bytes]") -> None:
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            health_s(address)
            return
        time.sleep(PAUSE_S)
    raise RuntimeError("the server did not start")
