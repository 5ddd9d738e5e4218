"""A disk that fills up and is freed again: told before the body, and nobody has to start anything anew."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from speechcorpus.store.store import open_store
from tests.rig.server import web_server
from tests.rig.wire import registered
from tests.stage import sha256, voice

DISK_MB = 12


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    try:
        made = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no disk of our own: there is no mount")
    if made.returncode:
        pytest.skip(f"no disk of our own: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_before_the_body_and_recovers_alone(small_disk):
    store = open_store(small_disk / "data")
    store.catalogue.migrate()
    pcm = voice(8)
    with web_server(store.data_dir) as server:
        client, take = registered(store, server, pcm)
        assert client.send(take, 0)[0] == 201
        filler = small_disk / "filler"
        with pytest.raises(OSError, match="No space left"):
            filler.write_bytes(bytes(DISK_MB << 20))
        status, told = client.send(take, 1)
        assert (status, told["code"], told["retry_after_s"]) == (507, "storage.full", 60)
        assert client.json("GET", f"/takes/{take.id}/chunks")[1]["chunks"] == {"0": sha256(take.chunk(0))}
        assert server.ask("GET", "/healthz", {})[0] == 200
        filler.unlink()
        assert client.send(take, 1)[0] == 201
        chunks = client.json("GET", f"/takes/{take.id}/chunks")[1]["chunks"]
        assert chunks == {str(index): sha256(take.chunk(index)) for index in (0, 1)}
    store.catalogue.close()
