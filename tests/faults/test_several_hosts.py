"""Several hosts that share a database and a bucket, and nothing else: one house to whoever comes."""

import hashlib
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import func, select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import StoreError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Claim, Clip, Job, Release, Segment, VerdictRow
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.download_tokens import create_token
from speechcorpus.workflows.items import save_transcript
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.release_keys import release_key
from speechcorpus.workflows.release_requests import request_build
from speechcorpus.workflows.submission import submit_claim
from tests.accepted import accepted_clips
from tests.racing import more_tasks, race, racers
from tests.recorder_web.house import CONSENT, consent_change
from tests.rig.bucket import running_s3
from tests.rig.server import ROOT, Server, web_server
from tests.rig.wire import Client, signed_in
from tests.stage import SentTake, calibrate, set_stage, sha256, spoken, voice

Record = Callable[[str, object], None]
UNSAMPLED = {"unflagged_pct = 5, first_two_claims_pct = 20": "unflagged_pct = 0, first_two_claims_pct = 0"}
SAID = "今仔日天氣真好，咱做伙來去公園行行。"
AGO = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """Two hosts with a web process each, and what they share; `store` is a third one's view of it."""

    store: Store
    webs: tuple[Server, Server]
    database: str
    blobs: str
    folder: Path

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Let a fourth host work through the jobs."""
        command = [sys.executable, "-m", "speechcorpus.cli", "worker", "--data", str(self.folder / "worker")]
        command += ["--database", self.database, "--blobs", self.blobs]
        with subprocess.Popen(command, cwd=ROOT) as process:
            try:
                yield
            finally:
                process.terminate()

    def until(self, ready: Callable[[], bool], at_most_s: float = 120) -> None:
        """Wait for the worker; none of its jobs may fail."""
        end_s = time.monotonic() + at_most_s
        while not ready():
            with self.store.catalogue.read() as session:
                assert session.scalars(select(Job.error).where(Job.error.is_not(None))).all() == []
            assert time.monotonic() < end_s, "it took too long"
            time.sleep(0.1)


@pytest.fixture
def hosts(
    tmp_path: Path, emptied_postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hosts]:
    url = emptied_postgres()
    with running_s3() as s3, ExitStack() as running:
        for name, value in s3.environment.items():
            monkeypatch.setenv(name, value)
        blobs = s3.make_bucket("house") + "/stage"
        store = open_store(tmp_path / "third", url, blobs)
        store.receipt_key()
        release_key(store)
        for name in ("a", "b", "worker"):  # an operator gives every host the same keys
            shutil.copytree(tmp_path / "third" / "keys", tmp_path / name / "keys")
        webs = [
            running.enter_context(web_server(tmp_path / name, database=url, options=("--blobs", blobs)))
            for name in ("a", "b")
        ]
        yield Hosts(store=store, webs=(webs[0], webs[1]), database=url, blobs=blobs, folder=tmp_path)
        store.catalogue.close()


def sent_to_either(clients: tuple[Client, Client], take: SentTake) -> None:
    """Register at one, send chunks to both by turns, finish at the other."""
    first, second = clients
    assert first.json("PUT", f"/takes/{take.id}", take.body())[0] == 201
    for index in range(take.chunk_count):
        assert clients[index % 2].send(take, index)[0] == 201
        assert clients[1 - index % 2].send(take, index)[0] == 200  # known to the other at once
    status, answer = second.json("POST", f"/takes/{take.id}/finish", take.manifest())
    assert (status, answer["take_sha256"]) == (200, sha256(take.master)), answer
    again = first.json("POST", f"/takes/{take.id}/finish", take.manifest())
    assert again == (status, answer)  # one receipt, whoever is asked


def fetched(web: Server, path: str, token: str, **headers: str) -> tuple[int, bytes]:
    connection = HTTPConnection(*web.address, timeout=60)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}", **headers})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, data


def released(hosts: Hosts, manager: Actor, project_id: str) -> Release:
    """Ask for a version, let the worker build it, have somebody else approve it."""
    now = datetime.now(UTC)
    release_id = request_build(
        hosts.store,
        manager,
        project_id=project_id,
        corpus="shared-corpus",
        version="1.0.0",
        released_on="2026-11-23",
        settings={"title": "測試語料", "formats": ["audio"]},
        now=now,
    )

    def built() -> Release | None:
        with hosts.store.catalogue.read() as session:
            found = session.get_one(Release, release_id)
            assert found.state != "failed", found.error
            return found if found.state == "built" else None

    hosts.until(lambda: built() is not None, 240)
    release = built()
    assert release is not None
    second = Actor(role="manager", id=create_staff(hosts.store, name="M2", role="manager", now=now))
    approve_release(hosts.store, second, release_id, corpus_id=str(release.corpus_id), now=now)
    with hosts.store.catalogue.read() as session:
        return session.get_one(Release, release_id)


@pytest.mark.slow
def test_what_is_spoken_at_one_host_and_measured_at_another_is_released_by_a_third(
    hosts: Hosts, shared: Path, record_property: Record
) -> None:
    began = time.monotonic()
    stage = set_stage(hosts.store, datetime.now(UTC) - AGO, **UNSAMPLED)
    accepted_clips(stage)
    actor = stage.contributor()
    recorder = stage.recorder(actor, calibration=calibrate(stage, actor))
    first = signed_in(hosts.store, hosts.webs[0], recorder)
    clients = (first, replace(first, server=hosts.webs[1]))
    with hosts.worker():
        room = SentTake(recorder=recorder, pcm=voice(12, level=0.0014), prompt=None, track="room", sequence=0)
        sent_to_either(clients, room)
        for number in (0, 1):
            pcm = spoken(shared, seed=number)
            take = SentTake(
                recorder=recorder, pcm=pcm, prompt=f"p{number}", track="main", sequence=number + 1
            )
            sent_to_either(clients, take)
        hosts.until(lambda: verdicts(hosts.store, recorder.claim) == 2)
        with hosts.store.catalogue.read() as session:
            mine = session.scalars(select(Segment.id).where(Segment.claim_id == recorder.claim)).all()
        for segment in mine:
            save_transcript(hosts.store, actor, segment, SAID, 0, now=datetime.now(UTC))
        done = submit_claim(hosts.store, actor, str(recorder.claim), now=datetime.now(UTC))
        assert (done.handed_in, done.accepted) == (2, 2)
        hosts.until(lambda: clips(hosts.store, mine) == 2)
        release = released(hosts, stage.manager, stage.project_id)
    reader = Actor(role="ml", id=create_staff(hosts.store, name="ML", role="ml", now=datetime.now(UTC)))
    token = create_token(hosts.store, reader, "shared-corpus", now=datetime.now(UTC))
    read = whole_release(hosts, release, token)
    with hosts.store.catalogue.read() as session:
        assert check_audit(session) is None
    record_property(
        "measured",
        f"{len(release.manifest or {})} files of a release, {read} bytes, the same from two web processes; "
        f"{time.monotonic() - began:.0f} s from the microphone",
    )


def verdicts(store: Store, claim: str | None) -> int:
    with store.catalogue.read() as session:
        judged = select(VerdictRow.segment_id)
        mine = select(func.count()).where(Segment.claim_id == claim, Segment.id.in_(judged))
        return session.scalar(mine) or 0


def clips(store: Store, segments: object) -> int:
    with store.catalogue.read() as session:
        return (
            session.scalar(select(func.count()).select_from(Clip).where(Clip.segment_id.in_(segments))) or 0
        )


def whole_release(hosts: Hosts, release: Release, token: str) -> int:
    """Fetch every file from one host and its middle from the other; return how many bytes that was."""
    read = 0
    for path, entry in (release.manifest or {}).items():
        place = f"/releases/shared-corpus/1.0.0/files/{path}"
        status, data = fetched(hosts.webs[0], place, token)
        assert (status, hashlib.sha256(data).hexdigest()) == (200, entry["sha256"]), path
        middle = len(data) // 2
        part = fetched(hosts.webs[1], place, token, Range=f"bytes={middle}-{middle}")
        assert part == (206, data[middle : middle + 1]), path
        read += len(data)
    return read


@pytest.mark.extended
def test_a_take_may_go_to_whichever_host_answers_and_only_keys_are_copied(
    hosts: Hosts, record_property: Record
) -> None:
    stage = set_stage(hosts.store, datetime.now(UTC) - AGO)
    recorder = stage.recorder()
    first = signed_in(hosts.store, hosts.webs[0], recorder)
    take = SentTake(recorder=recorder, pcm=voice(12), prompt="p0", track="main", sequence=0)
    sent_to_either((first, replace(first, server=hosts.webs[1])), take)
    assert hosts.store.blobs.read(sha256(take.master)) == take.master
    stray = open_store(hosts.folder / "stray", hosts.database, hosts.blobs)
    with pytest.raises(StoreError, match="copy their folder of keys") as caught:
        stray.receipt_key()
    assert caught.value.code == "key.other"
    stray.catalogue.close()
    record_property("measured", "chunks to two web processes by turns: one take, one receipt, byte-exact")


@pytest.mark.slow
def test_claims_at_two_web_processes_are_one_queue(
    tmp_path: Path, emptied_postgres: Callable[[], str], record_property: Record
) -> None:
    url, people, tasks = emptied_postgres(), 80, 20
    store = open_store(tmp_path / "a", url)
    consent = keep_consent_texts(store, CONSENT)
    stage = set_stage(store, datetime.now(UTC) - AGO, items_per_task=1, **consent_change(consent))
    more_tasks(stage, tasks)
    wanted = stage.tasks("low")[-tasks:]
    crowd = racers(stage, people, consent)
    with web_server(tmp_path / "a", database=url) as first, web_server(tmp_path / "b", database=url) as other:
        asks = [who.post(f"/tasks/{wanted[n % tasks]}/claim") for n, who in enumerate(crowd)]
        raced = Counter(race(first.address, asks, other.address).statuses)
    with store.catalogue.read() as session:
        held = select(Claim.task_id).where(Claim.state == "active")
        holders = Counter(session.scalars(held))
        assert check_audit(session) is None
    assert raced == {303: tasks, 409: people - tasks}
    assert holders == dict.fromkeys(wanted, 1)
    record_property("measured", f"{people} at two web processes: {tasks} of {tasks} tasks held once, 0 5xx")
    store.catalogue.close()
