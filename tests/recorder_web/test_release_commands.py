"""The lines that the release page shows, run by a shell against a real server."""

import hashlib
import html
import os
import random
import re
import subprocess
import sys
import tarfile
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from recorder_web.settings import utc_now
from speechcorpus.workflows.download_tokens import create_token, revoke_token, tokens_of
from tests.recorder_web.released import CORPUS, member_of_ml
from tests.rig.server import web_server

BASE = f"/releases/{CORPUS}/1.0.1"
CUTS = 4


@pytest.fixture(scope="module")
def served(released, tmp_path_factory):
    """A house, a server on it in a process of its own, a reader, and their token."""
    house = released.house(tmp_path_factory.mktemp("served"))
    house.clock[0] = utc_now()
    actor = member_of_ml(house)
    token = create_token(house.store, actor, CORPUS, now=house.now)
    with web_server(house.store.data_dir) as server:
        yield house, server.url, actor, token


def lines(served, name: str, query: str = "") -> str:
    """The text of one block of the page."""
    house, url, actor, _ = served
    page = house.sign_in(actor).get(f"{BASE}/{query}", base_url=url).get_data(as_text=True)
    block = re.search(rf'<pre[^>]* id="{name}"[^>]*><code>(.*?)</code>', page, re.DOTALL)
    return html.unescape(block.group(1))


def run(script: str, folder: Path, token: str) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "TOKEN": token, "PATH": path}
    command = ["bash", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def fetched(url: str, token: str, span: str | None = None) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    if span is not None:
        request.add_header("Range", f"bytes={span}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def test_the_page_s_lines_fetch_check_and_verify_a_release(served, tmp_path):
    fetch = lines(served, "fetch", "?tool=Kaldi")
    assert "for b in core audio kaldi" in fetch
    for _ in range(2):  # the second time everything is there already
        done = run(fetch, tmp_path, served[3])
        assert done.returncode == 0, done.stderr
    checked = run(lines(served, "check"), tmp_path, served[3])
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "FAIL" not in checked.stdout
    signature = lines(served, "signature")
    signed = run(signature, tmp_path / f"{CORPUS}-1.0.1", served[3])
    assert "Signature Verified Successfully" in signed.stdout, signed.stderr
    assert signature.rpartition("# ")[2].strip() in signed.stdout


def test_a_bundle_is_what_tar_makes_of_its_tree(served, tmp_path):
    data = fetched(f"{served[1]}{BASE}/bundles/audio.tar", served[3])
    (tmp_path / "audio.tar").write_bytes(data)
    subprocess.run(["tar", "-xf", "audio.tar"], cwd=tmp_path, check=True)
    root = tmp_path / f"{CORPUS}-1.0.1"
    with tarfile.open(tmp_path / "again.tar", "w", format=tarfile.USTAR_FORMAT) as again:
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            member = tarfile.TarInfo(path.relative_to(tmp_path).as_posix())
            member.size = path.stat().st_size
            with path.open("rb") as file:
                again.addfile(member, file)
    assert (tmp_path / "again.tar").read_bytes() == data


def test_a_download_cut_anywhere_goes_on_to_the_same_bytes(served, tmp_path):
    whole = fetched(f"{served[1]}{BASE}/bundles/audio.tar", served[3])
    curl = f'curl -f -C - -O -H "Authorization: Bearer $TOKEN" {served[1]}{BASE}/bundles/audio.tar'
    target = tmp_path / "audio.tar"
    for cut in random.Random(7).sample(range(1, len(whole)), CUTS):
        target.write_bytes(whole[:cut])
        done = run(curl, tmp_path, served[3])
        assert done.returncode == 0, done.stderr
        assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(whole).digest()


def test_ranges_fetched_at_the_same_time_make_the_whole(served):
    address = f"{served[1]}{BASE}/bundles/parquet.tar"
    whole = fetched(address, served[3])
    edges = [len(whole) * number // 4 for number in range(5)]
    spans = [f"{start}-{stop - 1}" for start, stop in pairwise(edges)]
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda span: fetched(address, served[3], span), spans))
    assert b"".join(parts) == whole


def test_a_revoked_token_leaves_no_error_page_in_place_of_the_archive(served, tmp_path):
    house, actor = served[0], member_of_ml(served[0])
    token = create_token(house.store, actor, CORPUS, now=house.now)
    (known,) = tokens_of(house.store, actor, CORPUS, now=house.now)
    revoke_token(house.store, actor, known.id, now=house.now)
    done = run(lines(served, "fetch"), tmp_path, token)
    assert "401" in done.stderr
    assert list(tmp_path.iterdir()) == []
