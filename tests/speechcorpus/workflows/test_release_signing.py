"""Approval signs: with a key of its own, over exactly what was looked at, and never afterwards."""

import hashlib
import json
from contextlib import closing

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from speechcorpus.cli import cli
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.keys import fingerprint, read_public_key
from speechcorpus.publish.signature import check
from speechcorpus.publish.tar import pieces_of
from speechcorpus.publish.tree import Tree
from speechcorpus.store.models import Job
from speechcorpus.workflows.release_keys import key_list, release_key, rotate_release_key, sign_bytes
from speechcorpus.workflows.views.releases import open_bundle, published_release
from tests.accepted import accepted_clips
from tests.published import approve, built, read
from tests.stage import set_stage


def on_disk(stage, found, folder) -> Tree:
    for path, entry in found.manifest.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(stage.store.blobs.read(entry["sha256"]))
    return Tree(folder)


def test_a_release_is_signed_when_it_is_approved_and_its_core_bundle_holds_the_signature(house, tmp_path):
    stage, (first, *_) = house
    trusted = read_public_key(key_list(stage.store)[-1]["pem"].encode())
    assert check(on_disk(stage, first, tmp_path / "tree"), trusted)[0] == "PASS"
    named = json.loads(stage.store.blobs.read(first.manifest["release.json"]["sha256"]))["key_fingerprint"]
    assert named == fingerprint(trusted) == first.summary["key_fingerprint"]
    with closing(open_bundle(stage.store, "test-corpus", "1.0.0", "core")) as archive:
        core = b"".join(pieces_of(archive))
    (listed,) = (
        b for b in published_release(stage.store, "test-corpus", "1.0.0").bundles if b.name == "core"
    )
    assert (listed.bytes, listed.sha256) == (len(core), hashlib.sha256(core).hexdigest())
    assert b"SHA256SUMS.sig" in core
    assert listed.files == sum(entry["bundle"] == "core" for entry in first.manifest.values())


def test_the_release_key_is_not_the_receipt_key_and_is_for_its_owner_alone(sqlite_store):
    key = release_key(sqlite_store)
    path = sqlite_store.data_dir / "keys" / "release.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert fingerprint(key.public_key()) != fingerprint(sqlite_store.receipt_key().public_key())
    key.public_key().verify(sign_bytes(sqlite_store, b"a feed"), b"a feed")


def test_after_a_rotation_the_list_tells_both_keys_and_what_was_built_before_is_built_anew(sqlite_store, now):
    stage = set_stage(sqlite_store, now)
    accepted_clips(stage, speakers=3, clips=6)
    found, old = built(stage), release_key(stage.store)
    assert "SHA256SUMS.sig" not in found.manifest
    said = CliRunner().invoke(cli, ["release", "keys", "show", "--data", str(stage.store.data_dir)])
    assert [key["fingerprint"] for key in json.loads(said.output)["keys"]] == [fingerprint(old.public_key())]
    name = rotate_release_key(stage.store, revoke=True, now=stage.now)
    listed = key_list(stage.store)
    assert [key["fingerprint"] for key in listed] == [fingerprint(old.public_key()), name]
    assert [key["revoked_at"] for key in listed] == ["2026-03-02T08:30:00Z", None]
    with pytest.raises(ReleaseError, match="key was changed after the build"):
        approve(stage, found)
    assert read(stage, found.id).state == "planned"
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(Job.kind)).all()[-1] == "build_release"
