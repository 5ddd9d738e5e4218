"""A scrub reads everything back, names what has changed, and keeps it from going any further."""

import hashlib
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from speechcorpus.cli import cli
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Blob, Project, Release
from speechcorpus.workflows import scrubbing
from speechcorpus.workflows.checkup import Fault
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.scrubbing import readmit, scrub
from speechcorpus.workflows.upkeep import last_upkeep
from tests.stage import set_stage, voice
from tests.statements import statements
from tests.withdrawing import kept

HOUR = timedelta(hours=1)


def put(store, data, now, **row):
    sha256 = store.blobs.put_bytes(data)
    with store.catalogue.write() as session:
        session.add(Blob(sha256=sha256, bytes=len(data), stored_at=now, **row))
    return sha256


def flip_a_bit(store, sha256):
    path = store.blobs.path_of(sha256)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


def state_of(store, sha256):
    with store.catalogue.read() as session:
        return session.get_one(Blob, sha256).state


def faults(done):
    return [(rot.fault.rule, rot.fault.object) for rot in done.found]


def test_a_flipped_bit_is_named_and_put_out_of_reach_and_the_rest_is_dated(store, now):
    whole, rotten = put(store, b"whole", now), put(store, b"rotten", now)
    gone, lost = put(store, b"erased", now, state="erased"), put(store, b"lost", now)
    flip_a_bit(store, rotten)
    for each in (gone, lost):
        store.blobs.path_of(each).unlink()
    done = scrub(store, now=now + HOUR)
    assert sorted(faults(done)) == sorted(
        [("blob.rotten", f"blob:{rotten}"), ("blob.missing", f"blob:{lost}")]
    )
    assert (state_of(store, rotten), state_of(store, lost), state_of(store, whole)) == (
        "quarantined",
        "ok",
        "ok",
    )
    assert (store.blobs.exists(rotten), store.blobs.quarantined_path(rotten).exists()) == (False, True)
    with store.catalogue.read() as session:
        assert session.get_one(Blob, whole).verified_at == now + HOUR
        assert check_audit(session) is None
        assert last_upkeep(session)["scrub"].facts["blobs"] == 3
    assert faults(scrub(store, now=now + 2 * HOUR)) == [("blob.missing", f"blob:{lost}")]


def test_what_was_never_read_comes_first_and_a_stopped_scrub_goes_on_where_it_was(sqlite_store, now):
    old = [put(sqlite_store, b"%d" % n * 100, now, verified_at=now - n * HOUR) for n in range(1, 4)]
    new = put(sqlite_store, b"new" * 100, now)
    reached = []
    for _ in range(4):
        scrub(sqlite_store, now=now + HOUR, most_bytes=1)
        with sqlite_store.catalogue.read() as session:
            at = select(Blob.sha256).where(Blob.verified_at == now + HOUR)
            reached.append(set(session.scalars(at)))
    assert reached[0] == {new}
    assert reached[1] - reached[0] == {old[2]}
    assert reached[3] == {new, *old}
    assert scrub(sqlite_store, now=now + 2 * HOUR, unread_since=now + HOUR).blobs == 0


def test_a_mended_blob_is_taken_back(sqlite_store, now):
    sha256 = put(sqlite_store, b"tai-gi", now)
    flip_a_bit(sqlite_store, sha256)
    scrub(sqlite_store, now=now)
    assert readmit(sqlite_store, now=now) == 0
    sqlite_store.blobs.put_bytes(b"tai-gi")  # from a backup
    assert readmit(sqlite_store, now=now) == 1
    assert (state_of(sqlite_store, sha256), faults(scrub(sqlite_store, now=now + HOUR))) == ("ok", [])


def test_mended_blobs_are_taken_back_page_by_page_past_those_that_are_not(sqlite_store, now, monkeypatch):
    monkeypatch.setattr(scrubbing, "PAGE", 2)
    away = sorted(put(sqlite_store, b"%d" % n, now, state="quarantined") for n in range(7))
    lost = [away[0], away[1], away[4]]
    for sha256 in lost:
        sqlite_store.blobs.quarantine(sha256)
    with statements() as sent:
        assert readmit(sqlite_store, now=now) == 4
    assert [state_of(sqlite_store, sha256) for sha256 in away].count("ok") == 4
    assert {state_of(sqlite_store, sha256) for sha256 in lost} == {"quarantined"}
    asked = [each for each in sent if each.startswith("SELECT blob.sha256 \n")]
    assert len(asked) == 5
    assert all("LIMIT" in each for each in asked)


def test_a_chunk_that_waits_is_read_too(sqlite_store, now):
    take = set_stage(sqlite_store, now).recorder().record(voice(6), prompt="p0")
    path = next(iter((sqlite_store.incoming.root / take.id).glob("1.*")))
    path.chmod(0o600)
    path.write_bytes(b"other")
    assert faults(scrub(sqlite_store, now=now)) == [("chunk.rotten", f"take:{take.id}/1")]
    assert path.exists()


def test_the_command_says_what_rests_on_it_and_ends_with_1(sqlite_store, now):
    mine = kept(set_stage(sqlite_store, now))
    flip_a_bit(sqlite_store, mine.master(mine.accepted))
    result = CliRunner().invoke(cli, ["scrub", "--data", str(sqlite_store.data_dir)])
    take = mine.segment(mine.accepted).take_id
    assert result.exit_code == 1
    assert f"blob.rotten blob:{mine.master(mine.accepted)} take:{take}" in result.output
    assert ": 1 faults\n" in result.output


def test_a_release_with_a_file_that_is_not_whole_is_not_published(sqlite_store, now):
    stage = set_stage(sqlite_store, now)
    good, bad = put(sqlite_store, b"a file", now), put(sqlite_store, b"another", now)
    manifest = {"a": {"sha256": good, "bytes": 6}, "b": {"sha256": bad, "bytes": 7}}
    with sqlite_store.catalogue.write() as session:
        project = session.scalars(select(Project.id)).one()
        said = {
            "corpus": "c",
            "version": "1.0.0",
            "settings": {},
            "released_on": "2026-03-02",
            "created_at": now,
        }
        said |= {"corpus_id": hashlib.sha256(b"").hexdigest(), "built_by": "house", "manifest": manifest}
        session.add(Release(id="r", project_id=project, state="built", summary={}, **said))
    flip_a_bit(sqlite_store, bad)
    done = scrub(sqlite_store, now=now)
    assert done.found[0].touches == ("release:r",)
    assert done.found[0].fault == Fault(rule="blob.rotten", object=f"blob:{bad}")
    other = Actor(role="operator", id=create_staff(sqlite_store, name="O", role="operator", now=now))
    corpus_id = said["corpus_id"]
    with pytest.raises(ReleaseError, match=f"1 files are not whole, the first is {bad[:12]}") as refused:
        approve_release(sqlite_store, other, "r", corpus_id=corpus_id, now=stage.later)
    assert refused.value.code == "release.rotten"
