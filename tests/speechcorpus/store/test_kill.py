"""A process killed at any moment loses nothing it acknowledged and leaves no row without its bytes."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from speechcorpus.store.models import Blob
from speechcorpus.store.store import Store

REPOSITORY = Path(__file__).parents[3]
KILLS = 20

# One interpreter, twenty children: each writes as fast as it can, and dies a moment after an acknowledgement.
LAUNCHER = """
import hashlib, os, random, signal, sys, time
from datetime import datetime
from pathlib import Path
from uuid import UUID
from speechcorpus.store.models import Blob
from speechcorpus.store.store import open_store

folder, url, now, kills = sys.argv[1:]

def write_until_killed(child, told):
    store, dice = open_store(Path(folder), url or None), random.Random(child)
    take = str(UUID(int=child + 1))
    for index in range(10**6):
        data = dice.randbytes(dice.randint(1, 50_000))
        sha256 = hashlib.sha256(data).hexdigest()
        store.incoming.keep(take, index, sha256, data)
        os.write(told, f"chunk {take} {index} {sha256}\\n".encode())
        store.blobs.put_bytes(data)
        with store.catalogue.write() as session:
            session.add(Blob(sha256=sha256, bytes=len(data), stored_at=datetime.fromisoformat(now)))
        os.write(told, f"blob {sha256}\\n".encode())

for child in range(int(kills)):
    heard, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        write_until_killed(child, told)
    os.close(told)
    lines = os.fdopen(heard)
    for _ in range(random.randint(3, 8)):
        print(lines.readline(), end="")
    time.sleep(random.uniform(0, 0.03))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    print(lines.read(), end="")
"""


def test_twenty_kills_lose_nothing_acknowledged(
    store: Store, database_url: str | None, now: datetime
) -> None:
    arguments = [str(store.data_dir), database_url or "", now.isoformat(), str(KILLS)]
    done = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    acknowledged = [line.split() for line in done.stdout.splitlines()]
    blobs = {fields[1] for fields in acknowledged if fields[0] == "blob"}
    chunks = [fields[1:] for fields in acknowledged if fields[0] == "chunk"]
    assert len(blobs) >= KILLS  # every child came so far that its end means something

    with store.catalogue.read() as session:
        rows = {row.sha256: row.bytes for row in session.scalars(select(Blob))}
    assert blobs <= set(rows)
    assert all(
        store.blobs.is_whole(sha256) and store.blobs.size(sha256) == size for sha256, size in rows.items()
    )
    for take_id, index, sha256 in chunks:
        assert store.incoming.read(take_id, int(index), sha256)
