"""`speechcorpus serve` keeps the house running, loses nothing, and leaves nothing behind when it stops."""

import base64
import hashlib
import http.client
import json
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from speechcorpus.store.models import Chunk
from speechcorpus.store.store import open_store
from speechcorpus.workflows.people import create_contributor
from speechcorpus.workflows.sign_in import SignedIn, exchange_invite, invite_contributor
from speechcorpus.workflows.worker import utc_now

if TYPE_CHECKING:
    from tests.speechcorpus.cli.conftest import House

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
RATE_HZ = 8000
FRAMES = 5 * RATE_HZ
KILLS = 2


def is_gone(pid: int) -> bool:
    try:
        return "zombie" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def test_it_says_where_it_is_once_it_answers_and_stops_as_a_whole(house: "House") -> None:
    assert house.is_healthy()
    house.wait_for(house.is_complete)
    children = house.children().values()
    house.supervisor.terminate()
    assert house.supervisor.wait(30) == 0
    assert all(is_gone(pid) for pid in children)
    assert not house.is_healthy()
    assert "Fatal" not in (house.data_dir.parent / "log").read_text()


class Browser:
    """Sends what the recorder sends, and again until it is acknowledged."""

    def __init__(self, port: int, signed: SignedIn) -> None:
        self._port = port
        self._headers = {
            "Cookie": f"sc_contributor={signed.session_token}",
            "X-CSRF-Token": signed.csrf_token,
        }
        self.retries = 0

    def put(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Repeat until the server says that it has it; return how it said so."""
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
            try:
                connection.request("PUT", f"/api/v1{path}", body, {**self._headers, **headers})
                answer = connection.getresponse()
                told = answer.read()
                if answer.status < 300:
                    return answer.status
                assert answer.status in (429, 503), told
            except (OSError, http.client.HTTPException):
                pass  # killed in the middle: nothing was acknowledged
            finally:
                connection.close()
            self.retries += 1
            time.sleep(0.05)

    def put_json(self, path: str, document: object) -> int:
        return self.put(path, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def put_chunk(self, take_id: str, index: int, pcm: bytes) -> int:
        return self.put(f"/takes/{take_id}/chunks/{index}", pcm, chunk_headers(index, pcm))

    def chunk_request(self, take_id: str, index: int, pcm: bytes) -> tuple[bytes, bytes]:
        """Return the bytes of the request that sends a chunk: its head and its body."""
        said = {"Host": "x", **self._headers, **chunk_headers(index, pcm), "Content-Length": str(len(pcm))}
        lines = [f"PUT /api/v1/takes/{take_id}/chunks/{index} HTTP/1.1", *map(": ".join, said.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode(), pcm


def chunk_headers(index: int, pcm: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(pcm).digest()).decode()
    return {
        "Content-Type": "application/octet-stream",
        "Content-Digest": f"sha-256=:{digest}:",
        "Speechcorpus-First-Sample": str(index * FRAMES),
        "Speechcorpus-Frames": str(FRAMES),
    }


def sound_check(browser: Browser) -> str:
    """A registered take of room tone."""
    sitting, take = str(uuid4()), str(uuid4())
    asked = {"claim": None, "band": "low", "device": {}, "calibration": None, "started_offline": False}
    browser.put_json(f"/sittings/{sitting}", asked)
    browser.put_json(
        f"/takes/{take}",
        {
            "sitting": sitting,
            "sequence": 1,
            "track": "room",
            "prompt_ids": [],
            "rate_hz": RATE_HZ,
            "channels": 1,
            "format": "s16le",
            "capture_path": "mstp",
            "first_sitting_sample": 0,
        },
    )
    return take


def kill_web_until(house: "House", finished: threading.Event, kills: list[int]) -> None:
    while not finished.wait(random.uniform(0.02, 0.3)):
        pid = house.children().get("web")
        if pid and pid not in kills and house.is_healthy():
            finished.wait(random.uniform(0.0, 0.2))
            os.kill(pid, signal.SIGKILL)
            kills.append(pid)
        if len(kills) == KILLS:
            return


def upload_under_fire(house: "House", browser: Browser, take_id: str, chunks: list[bytes]) -> None:
    """Send all chunks, and again from the first, until the web process was killed often enough."""
    finished, kills = threading.Event(), list[int]()
    killer = threading.Thread(target=kill_web_until, args=(house, finished, kills))
    killer.start()
    sent = 0
    while sent < len(chunks) or len(kills) < KILLS:
        index = sent % len(chunks)
        assert browser.put_chunk(take_id, index, chunks[index]) in (200, 201)
        sent += 1
    finished.set()
    killer.join()


@ONE_DATABASE
def test_whatever_is_killed_comes_back_and_every_acknowledged_chunk_is_there_once(house: "House") -> None:
    house.wait_for(house.is_complete)
    before = house.children()
    os.kill(before["worker"], signal.SIGKILL)
    store, now = open_store(house.data_dir), utc_now()
    contributor_id = create_contributor(store, locale="zh-Hant", now=now)
    browser = Browser(
        house.port, exchange_invite(store, invite_contributor(store, contributor_id, now=now), now=now)
    )
    take_id, dice = sound_check(browser), random.Random(1)
    chunks = [dice.randbytes(2 * FRAMES) for _ in range(30)]
    upload_under_fire(house, browser, take_id, chunks)
    assert browser.retries > 0
    with store.catalogue.read() as session:
        rows = {row.index: row for row in session.query(Chunk).filter_by(take_id=take_id)}
    assert sorted(rows) == list(range(30))
    for index, pcm in enumerate(chunks):
        assert store.incoming.read(take_id, index, rows[index].sha256) == pcm
    store.catalogue.close()

    house.wait_for(house.is_complete)
    after = house.children()
    assert not set(before.values()) & set(after.values())
    house.supervisor.kill()  # and nothing lives on without it
    house.wait_for(lambda: all(is_gone(pid) for pid in after.values()))
    assert not house.is_healthy()
