"""Many people at one real server at once: who they are, where they ask, and what each was answered."""

import hashlib
import http.client
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from flask import Flask
from sqlalchemy import text

from recorder_web.server import Room, listening_socket, make_server
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.models import Consent, Contributor, LoginSession, Qualification
from speechcorpus.store.store import Store
from speechcorpus.workflows import projects
from tests.rig.running import running
from tests.stage import PURPOSES, Stage

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENCE_S = 120
SOURCE_SHA = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Racer:
    """A signed-in contributor who may claim."""

    actor: Actor
    token: str

    def post(self, path: str, **form: str) -> Callable[[http.client.HTTPConnection], int]:
        """A request that is made when the race begins."""
        body = urlencode({"csrf_token": self.token, **form})
        headers = {"Cookie": f"sc_contributor={self.token}", **FORM}

        def send(connection: http.client.HTTPConnection) -> int:
            connection.request("POST", path, body=body, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status

        return send


def racers(stage: Stage, count: int, consent_sha256: str) -> list[Racer]:
    """People with everything a claim needs, written in one transaction."""
    made = [Racer(actor=Actor(role="contributor", id=str(uuid4())), token=uuid4().hex) for _ in range(count)]
    with stage.store.catalogue.write() as session:
        for n, racer in enumerate(made):
            who, now = racer.actor.id, stage.now
            person = Contributor(id=who, pseudonym=f"r-{n:05}", locale="zh-Hant", variety="nan-TW")
            person.state, person.created_at = "active", now
            session.add(person)
        session.flush()
        for racer in made:
            session.add_all(_rights(stage, racer, consent_sha256))
    return made


def _rights(stage: Stage, racer: Racer, consent_sha256: str) -> list[object]:
    who, now = racer.actor.id, stage.now
    signed = LoginSession(id=str(uuid4()), token_sha256=hashlib.sha256(racer.token.encode()).hexdigest())
    signed.csrf_token, signed.contributor_id, signed.created_at = racer.token, who, now
    signed.expires_at = now.replace(year=now.year + 1)
    able = Qualification(contributor_id=who, variety="nan-TW", kind="speaker", result="suitable")
    able.how, able.by, able.at = "vouched", "manager:m", now
    consents = []
    for purpose in PURPOSES:
        given = Consent(id=str(uuid4()), contributor_id=who, purpose=purpose, text_version="t")
        given.text_sha256, given.language, given.given_at = consent_sha256, "zh-Hant", now
        consents.append(given)
    return [signed, able, *consents]


def more_tasks(stage: Stage, count: int) -> None:
    """Add so many prompts, each a task of its own in every band."""
    rows = [
        {"id": f"q{n:04}", "kind": "read", "variety": "nan-TW", "text": f"第{n}句。", "reading": None}
        | {"licence": "CC0-1.0"}
        for n in range(count)
    ]
    projects.import_prompts(stage.store, stage.manager, stage.project_id, rows, stage.now)
    projects.make_tasks(stage.store, stage.manager, stage.project_id, items_per_task=1, now=stage.now)


@contextmanager
def serving(app: Flask, folder: Path) -> Iterator[tuple[str, int]]:
    """The real server on a socket of the loopback."""
    listening = listening_socket("127.0.0.1", 0)
    server = make_server(app, listening, Room(folder=folder, reserve_bytes=0))
    with running(server):
        yield listening.getsockname()[:2]


@dataclass(frozen=True, kw_only=True)
class Raced:
    """What each request was answered, how long each waited, and how long all took."""

    statuses: Sequence[int]
    waits_s: Sequence[float]
    took_s: float


def race(
    address: tuple[str, int],
    requests: Sequence[Callable[[http.client.HTTPConnection], int]],
    *others: tuple[str, int],
) -> Raced:
    """Open a connection for each request, to the addresses by turns, then let all begin together."""
    start = threading.Barrier(len(requests) + 1)
    turns = cycle((address, *others))

    def run(send: Callable[[http.client.HTTPConnection], int], to: tuple[str, int]) -> tuple[int, float]:
        connection = http.client.HTTPConnection(*to, timeout=PATIENCE_S)
        connection.connect()
        start.wait()
        began = time.monotonic()
        try:
            return send(connection), time.monotonic() - began
        finally:
            connection.close()

    with ThreadPoolExecutor(len(requests)) as pool:
        running = [pool.submit(run, send, next(turns)) for send in requests]
        start.wait()
        began = time.monotonic()
        answers = [each.result() for each in running]
        took_s = time.monotonic() - began
    return Raced(
        statuses=[status for status, _ in answers], waits_s=[wait for _, wait in answers], took_s=took_s
    )


def until_somebody_waits(store: Store) -> None:
    """Return once another thread waits for what this one holds; on SQLite writers always do."""
    waiting = 0
    while not waiting:
        time.sleep(0.05)
        with store.catalogue.read() as session:
            query = (
                "SELECT 1" if store.catalogue.is_sqlite else "SELECT COUNT(*) FROM pg_locks WHERE NOT granted"
            )
            waiting = session.scalar(text(query)) or 0


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Let all acts begin together; return what each gave, or the code it was refused with."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except SpeechCorpusError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
