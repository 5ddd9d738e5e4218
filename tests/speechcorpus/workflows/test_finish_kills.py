"""A process killed between a durable file and its row: the same requests again end in the same take."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from speechcorpus.store.models import Chunk, Receipt, Segment, Take
from speechcorpus.workflows.checkup import check_store
from tests.stage import keep_consent_text, set_stage

REPOSITORY = Path(__file__).parents[3]

# One interpreter; for every kill a child that dies where it is told, then one that does it all again.
LAUNCHER = """
import os, random, signal, sys, threading, traceback
from datetime import datetime
from pathlib import Path
from uuid import uuid4
from speechcorpus.domain.actor import Actor
from speechcorpus.store.store import open_store
from tests.stage import Recorder, SentTake, Stage, sha256, voice

folder, url, now, person, claim, sitting, kills = sys.argv[1:]
moment = datetime.fromisoformat(now)

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def after(act):
    def kept(*given, **named):
        act(*given, **named)
        die()
    return kept

class Dying:
    def __init__(self, part, name):
        self._part, self._name = part, name

    def __getattr__(self, name):
        found = getattr(self._part, name)
        return after(found) if name == self._name else found

def attempt(number, take_id, pcm, where):
    store = open_store(Path(folder), url or None)
    if where in ("keep", "put_stream"):
        part = "incoming" if where == "keep" else "blobs"
        object.__setattr__(store, part, Dying(getattr(store, part), where))
    elif where == "anywhere":
        threading.Timer(random.uniform(0, 0.05), die).start()
    stage = Stage(store=store, now=moment, manager=None, project_id="")
    recorder = Recorder(stage=stage, actor=Actor(role="contributor", id=person), claim=claim, sitting=sitting)
    take = SentTake(recorder=recorder, pcm=pcm, prompt="p0", track="main", sequence=number, id=take_id)
    take.register()
    take.send(0)
    done = take.finish()
    assert done.take_sha256 == sha256(take.master) and done.receipt == take.finish().receipt
    print(take_id, done.take_sha256, flush=True)

def in_child(*given):
    pid = os.fork()
    if pid == 0:
        try:
            attempt(*given)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]

for number in range(int(kills)):
    take_id, pcm = str(uuid4()), voice(1, seed=number)
    where = ("keep", "put_stream", "anywhere")[number % 3]
    ended = in_child(number, take_id, pcm, where)
    assert where == "anywhere" or ended == signal.SIGKILL, ended
    assert in_child(number, take_id, pcm, "") == 0
"""


@pytest.mark.parametrize("kills", [pytest.param(10), pytest.param(200, marks=pytest.mark.slow)])
def test_a_kill_between_file_and_row_costs_nothing(store, database_url, now, kills):
    keep_consent_text(store)
    recorder = set_stage(store, now).recorder()
    said = [recorder.actor.id, recorder.claim, recorder.sitting, str(kills)]
    done = subprocess.run(
        [sys.executable, "-c", LAUNCHER, str(store.data_dir), database_url or "", now.isoformat(), *said],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=kills * 10,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    told = dict(line.split() for line in done.stdout.splitlines())
    assert len(told) == kills
    with store.catalogue.read() as session:
        takes = {take.id: take for take in session.scalars(select(Take))}
        receipts = select(Receipt.id).where(Receipt.kind == "upload").subquery()
        counts = [
            session.scalar(select(func.count()).select_from(table)) for table in (Chunk, Segment, receipts)
        ]
    assert counts == [kills, kills, kills]
    for take_id, sha256 in told.items():
        assert (takes[take_id].state, takes[take_id].master_sha256) == ("stored", sha256)
        assert store.blobs.is_whole(sha256)
    assert check_store(store) == ()
