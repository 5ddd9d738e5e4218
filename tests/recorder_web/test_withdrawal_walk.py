"""A withdrawal carried through portal, delta, local purge and proof."""

import io
import json
import tarfile
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from speechcorpus.cli import cli
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError
from speechcorpus.publish.apply_delta import apply_delta
from speechcorpus.publish.staging import digest_of
from speechcorpus.store.models import Claim, Clip, CorpusName, Release, Segment, Tombstone
from speechcorpus.workflows.download_tokens import create_token
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.release_building import build_release
from speechcorpus.workflows.release_deltas import deltas_to
from speechcorpus.workflows.release_requests import request_build
from speechcorpus.workflows.withdrawal_patches import due_patches
from speechcorpus.workflows.withdrawals import Asked, withdraw
from speechcorpus.workflows.worker import work_once
from tests.accepted import accepted_clips

CORPUS, PORTAL = "test-corpus", "/releases/test-corpus"
SECOND = Actor(role="manager", id="another")


def work_off(house, now):
    """The janitor once, then every job that is due."""
    tidy(house.store, now)
    while work_once(house.store, owner="test", clock=lambda: now):
        pass


def release_of(house, version):
    with house.store.catalogue.read() as session:
        these = (Release.corpus == CORPUS, Release.version == version)
        return session.scalars(select(Release).where(*these)).one()


def approved(house, version, now):
    found = release_of(house, version)
    assert (found.state, found.error) == ("built", None)
    approve_release(house.store, SECOND, found.id, corpus_id=found.corpus_id, now=now)


@pytest.fixture
def published(house):
    """A house with 1.0.0 out, and somebody who loads it."""
    house.people = accepted_clips(house.stage, speakers=6, clips=12)
    release_id = request_build(
        house.store,
        house.stage.manager,
        project_id=house.stage.project_id,
        corpus=CORPUS,
        version="1.0.0",
        released_on="2026-11-23",
        settings={"formats": ["audio", "parquet"]},
        now=house.now,
    )
    build_release(house.store, release_id, now=house.now)
    approved(house, "1.0.0", house.now)
    reader = Actor(role="ml", id=create_staff(house.store, name="ML", role="ml", now=house.now))
    house.token = create_token(house.store, reader, CORPUS, now=house.now)
    return house


def get(house, path):
    with house.app.test_client().get(path, headers={"Authorization": f"Bearer {house.token}"}) as answer:
        assert answer.data is not None  # read before the file behind it is closed
        return answer


def downloaded(house, version, folder):
    for bundle in ("core", "audio", "parquet"):
        body = get(house, f"{PORTAL}/{version}/bundles/{bundle}.tar").data
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            tar.extractall(folder, filter="data")
    return folder / f"{CORPUS}-{version}"


def somebody_in_train(house):
    """A person whose clips are in the largest split, under the name they have there."""
    listed = release_of(house, "1.0.0").manifest["clips.jsonl"]["sha256"]
    rows = [json.loads(line) for line in house.store.blobs.read(listed).splitlines()]
    train = {row["speaker_id"] for row in rows if row["split"] == "train"}
    with house.store.catalogue.read() as session:
        names = select(CorpusName).where(CorpusName.kind == "speaker", CorpusName.name.in_(train))
        name = session.scalars(names.order_by(CorpusName.name)).first()
        mine = select(Clip.blob_sha256).join(Segment, Segment.id == Clip.segment_id)
        mine = mine.join(Claim, Claim.id == Segment.claim_id)
        flacs = session.scalars(mine.where(Claim.contributor_id == name.object_id)).all()
    return name.object_id, name.name, [house.store.blobs.read(sha256) for sha256 in flacs]


def test_a_withdrawal_is_carried_through_portal_delta_local_purge_and_proof(published, tmp_path):
    house = published
    old = downloaded(house, "1.0.0", tmp_path)
    (head,) = map(json.loads, get(house, f"{PORTAL}/withdrawals.jsonl").text.splitlines())
    assert (head["seq"], head["corpus"]) == (0, CORPUS)
    assert house.app.test_client().get(f"{PORTAL}/withdrawals.jsonl").status_code == 401
    with pytest.raises(AccessError):
        due_patches(house.store, Actor(role="ml", id="x"), now=house.now)
    person, speaker, flacs = somebody_in_train(house)
    at = house.now + timedelta(hours=1)
    withdraw(house.store, Actor(role="contributor", id=person), Asked(scope="all"), now=at)

    gone = get(house, f"{PORTAL}/1.0.0/bundles/parquet.tar")  # at once, with or without a newer version
    assert (gone.status_code, gone.json["facts"]["successor"]) == (410, "none")
    assert get(house, f"{PORTAL}/1.0.0/files/README.md").status_code == 200

    work_off(house, at)  # what is left of each table; the patch, by the house
    (due,) = due_patches(house.store, SECOND, now=at)
    assert (due.version, due.patch, due.state, due.overdue) == ("1.0.0", "1.0.1", "built", False)
    assert due_patches(house.store, SECOND, now=at + timedelta(hours=73))[0].overdue
    manager = house.staff("manager")
    assert "test-corpus 1.0.0 裡面有人撤回了聲音" in manager.get("/staff/releases").get_data(as_text=True)
    assert "有人撤回聲音、要換新版本的語料" in manager.get("/staff/home").get_data(as_text=True)
    later = at + timedelta(hours=3)
    approved(house, "1.0.1", later)
    work_off(house, later)  # the delta, and what the patch comes to
    assert due_patches(house.store, SECOND, now=later) == []

    gone = get(house, f"{PORTAL}/1.0.0/bundles/core.tar")
    assert (gone.status_code, gone.json["facts"]["successor"]) == (410, f"{PORTAL}/1.0.1/")
    assert gone.headers["Link"] == f'<{PORTAL}/1.0.1/>; rel="successor-version"'
    (tmp_path / "withdrawals.jsonl").write_bytes(get(house, f"{PORTAL}/withdrawals.jsonl").data)
    (tmp_path / "withdrawals.jsonl.sig").write_bytes(get(house, f"{PORTAL}/withdrawals.jsonl.sig").data)
    head, *rows = map(json.loads, (tmp_path / "withdrawals.jsonl").read_text().splitlines())
    assert set(head["content_ids"]) == {"1.0.0", "1.0.1"}
    assert {row.get("speaker_id") for row in rows} == {None, speaker}
    assert {row["first_absent_version"] for row in rows} == {"1.0.1"}

    patched = downloaded(house, "1.0.1", tmp_path)
    assert speaker in (patched / "withdrawals.jsonl").read_text()
    ((before, delta, _),) = deltas_to(house.store, CORPUS, "1.0.1")
    applied = apply_delta(old, house.store.blobs.path_of(delta), tmp_path / "by-delta")
    assert (before, applied.corpus_id) == ("1.0.0", digest_of(patched / "SHA256SUMS"))

    feed = tmp_path / "withdrawals.jsonl"
    done = CliRunner().invoke(cli, ["release", "apply-withdrawals", str(old), "--feed", str(feed)])
    assert done.exit_code == 0, (done.output, done.exception)
    receipt = json.loads(next(tmp_path.glob("*.purged-w*.json")).read_bytes())
    assert receipt["matches_feed"] is True
    assert receipt["content_id"]["after"] == release_of(house, "1.0.1").summary["content_id"]
    for flac in flacs:
        assert not any(flac in path.read_bytes() for path in old.rglob("*") if path.is_file())

    month = at + timedelta(days=30)
    work_off(house, month)
    held = [path for path in house.store.blobs.root.rglob("*") if path.is_file()]
    assert not [path for path in held if any(flac in path.read_bytes() for flac in flacs)]
    manifest = release_of(house, "1.0.0").manifest
    table = manifest["clips.jsonl"]["sha256"]
    assert not house.store.blobs.exists(table)
    with house.store.catalogue.read() as session:
        assert session.get(Tombstone, table) is not None
    assert downloaded(house, "1.0.1", tmp_path / "later").is_dir()
