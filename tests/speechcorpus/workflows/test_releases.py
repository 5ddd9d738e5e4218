"""A release from the catalogue: built by one, approved by another, never changed again."""

import hashlib
import json
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select

from speechcorpus.cli import cli
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import AccessError, ReleaseError
from speechcorpus.publish.tar import pieces_of
from speechcorpus.store.models import (
    Blob,
    Claim,
    ClaimTime,
    Clip,
    Consent,
    CorpusName,
    Job,
    MeasurementRow,
    Project,
    ProjectManager,
    Release,
    ReleaseItem,
    Take,
)
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.prompt_pools import held_out_speakers
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.release_building import build_release
from speechcorpus.workflows.release_extra import extra_archive, extra_manifest
from speechcorpus.workflows.release_requests import request_build
from tests.accepted import accepted_clips, withdraw
from tests.stage import set_stage

SECOND = Actor(role="manager", id="second-manager")


@pytest.fixture
def stage(sqlite_store, now):
    return set_stage(sqlite_store, now)


def asked(stage, version="1.0.0", **settings):
    return request_build(
        stage.store,
        stage.manager,
        project_id=stage.project_id,
        corpus="test-corpus",
        version=version,
        released_on="2026-11-23",
        settings=settings,
        now=stage.now,
    )


def built(stage, version="1.0.0", **settings) -> Release:
    release_id = asked(stage, version, **settings)
    build_release(stage.store, release_id, now=stage.now)
    return release(stage, release_id)


def release(stage, release_id) -> Release:
    with stage.store.catalogue.read() as session:
        return session.get_one(Release, release_id)


def approved(stage, found: Release, actor=SECOND):
    approve_release(stage.store, actor, found.id, corpus_id=found.corpus_id or "", now=stage.now)


def timed(stage):
    """Let every claim have taken some minutes, each more than the one before."""
    with stage.store.catalogue.write() as session:
        for i, claim_id in enumerate(session.scalars(select(Claim.id).order_by(Claim.id)).all(), start=1):
            known = {"editor_s": 0, "accepted": 4, "sound_ms": 20_000, "timed_at": stage.now}
            session.add(ClaimTime(claim_id=claim_id, active_s=60 * i, **known))


def assert_collection(stage, found: Release):
    """What an hour paid is told as quartiles of what was earned, from five people on."""
    document = json.loads(stage.store.blobs.read(found.manifest["release.json"]["sha256"]))
    told = document["collection"]
    assert (told["refused"], told["appeals"], told["overturned"]) == (0, 0, 0)
    assert told["timed_claims"] >= told["timed_people"] >= 5
    hourly = told["hourly_minor"]
    assert 0 < hourly["q25"] <= hourly["median"] <= hourly["q75"]
    sheet = stage.store.blobs.read(found.manifest["DATASHEET.md"]["sha256"]).decode()
    assert f"actually paid {hourly['median']} in the median" in sheet


def assert_known_as_held_out(stage, found: Release):
    """Who is in dev or test of the newest release is given the sentences kept back for them."""
    with stage.store.catalogue.read() as session:
        people = held_out_speakers(session, stage.project_id)
        speakers = select(CorpusName).where(CorpusName.corpus == found.corpus, CorpusName.kind == "speaker")
        names = {row.object_id: row.name for row in session.scalars(speakers)}
    held = {r["speaker_id"]: r["split"] for r in table(stage, found) if r["split"] in ("dev", "test")}
    assert {names[person]: split for person, split in people.items()} == held


def assert_extra_tree(stage, found: Release, utterances: set[str]):
    """The clips that would have leaked are offered beside the release: with rows, digests, signature."""
    manifest, said = extra_manifest(stage.store, found), found.summary["extra_tree"]
    blobs = stage.store.blobs
    rows = [json.loads(line) for line in blobs.read(manifest["clips.jsonl"]["sha256"]).splitlines()]
    assert {row["utt_id"] for row in rows} == utterances
    assert {manifest[row["audio_path"]]["sha256"] == row["sha256"] for row in rows} == {True}
    key = serialization.load_pem_public_key(blobs.read(manifest["SHA256SUMS.pem"]["sha256"]))
    sums = blobs.read(manifest["SHA256SUMS"]["sha256"])
    key.verify(blobs.read(manifest["SHA256SUMS.sig"]["sha256"]), sums)  # type: ignore[union-attr,call-arg]
    assert said["clips"] == len(rows)
    with stage.store.catalogue.read() as session:
        assert session.get(Blob, said["manifest_sha256"]) is not None
    archive = extra_archive(stage.store, found)
    assert hashlib.sha256(b"".join(pieces_of(archive))).hexdigest() == said["sha256"]
    archive.close()


def table(stage, found: Release):
    lines = stage.store.blobs.read(found.manifest["clips.jsonl"]["sha256"]).splitlines()
    return [json.loads(line) for line in lines]


def test_accepted_clips_become_a_release_that_somebody_else_publishes(stage):
    accepted_clips(stage)
    timed(stage)
    found = built(stage)
    assert (found.state, found.error) == ("built", None)
    assert_collection(stage, found)
    assert all(stage.store.blobs.exists(entry["sha256"]) for entry in found.manifest.values())
    approved(stage, found)
    assert release(stage, found.id).state == "published"
    with stage.store.catalogue.read() as session:
        items = session.execute(
            select(ReleaseItem.utt_id, ReleaseItem.split).where(ReleaseItem.release_id == found.id)
        ).all()
    assert sorted(u for u, split in items if split != "extra") == [r["utt_id"] for r in table(stage, found)]
    beside = {utt_id for utt_id, split in items if split == "extra"}
    assert beside
    assert_known_as_held_out(stage, found)
    assert_extra_tree(stage, release(stage, found.id), beside)


def test_whoever_built_it_does_not_approve_it_and_the_corpus_id_must_be_the_one_looked_at(stage):
    accepted_clips(stage)
    found = built(stage)
    with pytest.raises(ReleaseError, match="whoever built a release does not approve it"):
        approved(stage, found, stage.manager)
    with pytest.raises(ReleaseError, match="not the corpus id"):
        approve_release(stage.store, SECOND, found.id, corpus_id="0" * 64, now=stage.now)
    with pytest.raises(AccessError):
        approved(stage, found, Actor(role="ml", id="reader"))
    assert release(stage, found.id).state == "built"


def test_consent_withdrawn_after_the_build_never_gets_published(stage):
    people = accepted_clips(stage)
    found = built(stage)
    withdraw(stage.store, people[0], stage.now)
    with pytest.raises(ReleaseError, match="lost their consent since the build"):
        approved(stage, found)
    assert release(stage, found.id).state == "planned"
    build_release(stage.store, found.id, now=stage.now)
    again = release(stage, found.id)
    assert again.summary["excluded"]["release.consent-missing"]["clips"] == 4
    assert again.corpus_id != found.corpus_id
    approved(stage, again)


def test_two_speakers_are_too_few_and_the_version_may_be_asked_for_again(stage):
    accepted_clips(stage, speakers=2, clips=6)
    found = built(stage)
    assert found.state == "failed"
    assert found.error.startswith("release.too-few-speakers: train, dev and test need 3")
    assert asked(stage) == found.id


def test_a_version_that_exists_is_refused_and_so_is_a_smaller_one(stage):
    accepted_clips(stage)
    approved(stage, built(stage))
    with pytest.raises(ReleaseError, match=r"smallest permitted version is 1\.0\.1"):
        asked(stage)
    with pytest.raises(ReleaseError, match="a version is MAJOR"):
        asked(stage, "2.0")


def test_names_are_kept_and_the_next_version_has_the_same_splits_and_bytes(stage):
    accepted_clips(stage)
    first = built(stage)
    approved(stage, first)
    with stage.store.catalogue.read() as session:
        names = len(session.scalars(select(CorpusName)).all())
    second = built(stage, "1.0.1")
    keep = ("utt_id", "split", "sha256", "first_version")
    assert [[row[k] for k in keep] for row in table(stage, second)] == [
        [row[k] for k in keep] for row in table(stage, first)
    ]
    with stage.store.catalogue.read() as session:
        assert len(session.scalars(select(CorpusName)).all()) == names
    flac = [path for path in first.manifest if path.endswith(".flac")]
    assert all(first.manifest[path] == second.manifest[path] for path in flac)


def test_names_and_clips_are_written_down_once_on_either_database(store, now):
    stage = set_stage(store, now)
    accepted_clips(stage)
    first = built(stage)
    approved(stage, first)
    again = built(stage, "1.0.1")
    with store.catalogue.read() as session:
        names = [row.name for row in session.scalars(select(CorpusName)) if row.kind == "utterance"]
        held = select(ReleaseItem.utt_id).order_by(ReleaseItem.utt_id)
        clips = [
            session.scalars(held.where(ReleaseItem.release_id == one.id)).all() for one in (first, again)
        ]
    assert clips[0] == clips[1] == sorted(names)


def test_a_damaged_blob_stops_the_build_with_its_name(stage):
    accepted_clips(stage)
    with stage.store.catalogue.read() as session:
        clips = session.scalars(select(Clip)).all()
    for clip in clips:  # all of them: some clips stand outside the tree, and nobody reads those
        path = stage.store.blobs.path_of(clip.blob_sha256)
        data = bytearray(path.read_bytes())
        data[-9] ^= 4
        path.chmod(0o640)
        path.write_bytes(data)
    found = built(stage)
    assert found.state == "failed"
    assert found.error.startswith("release.fixity: clip spk")


def test_clips_that_an_older_analyser_measured_stay_in_the_release_with_its_version(stage):
    accepted_clips(stage)
    with stage.store.catalogue.write() as session:
        for kept in session.scalars(select(MeasurementRow)):
            kept.analyser_version = "0.0.1"
            kept.row = {**kept.row, "analyser_version": "0.0.1"}
    found = built(stage)
    assert (found.state, found.error) == ("built", None)
    assert {row["analyser_version"] for row in table(stage, found)} == {"0.0.1"}


def test_a_contributor_cannot_ask_for_a_release(stage):
    with pytest.raises(AccessError):
        request_build(
            stage.store,
            stage.contributor(),
            project_id=stage.project_id,
            corpus="test-corpus",
            version="1.0.0",
            released_on="2026-11-23",
            settings={},
            now=stage.now,
        )


def test_a_manager_cannot_put_a_version_under_the_name_of_another_managers_corpus(stage):
    mine = {"corpus": "test-corpus", "version": "1.0.0", "released_on": "2026-11-23", "settings": {}}
    request_build(stage.store, stage.manager, project_id=stage.project_id, **mine, now=stage.now)
    other = Actor(role="manager", id=create_staff(stage.store, name="N", role="manager", now=stage.now))
    with stage.store.catalogue.write() as session:
        session.add(Project(id="theirs", title="Theirs", created_at=stage.now))
        session.flush()
        for project, person in ((stage.project_id, stage.manager.id), ("theirs", other.id)):
            session.add(ProjectManager(project_id=project, staff_id=person, since=stage.now))
    mine["version"] = "1.1.0"
    with pytest.raises(AccessError) as refused:
        request_build(stage.store, other, project_id="theirs", **mine, now=stage.now)
    assert refused.value.code == "not-found"


def test_the_command_line_builds_into_a_folder_and_verifies_it(stage, tmp_path):
    accepted_clips(stage)
    said = ["--data", str(stage.store.data_dir), "--project", stage.project_id, "--corpus", "test-corpus"]
    said += ["--version", "1.0.0", "--released-on", "2026-11-23"]
    planned = CliRunner().invoke(cli, ["release", "build", *said, "--plan-only"])
    assert json.loads(planned.stdout)["groups"] == 5
    done = CliRunner().invoke(cli, ["release", "build", *said, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    tree = tmp_path / "test-corpus-1.0.0"
    assert f"{tree}-extra: clips that would have leaked" in done.stdout
    assert (tmp_path / "test-corpus-1.0.0-extra" / "SHA256SUMS").is_file()
    verified = subprocess.run(
        [sys.executable, "-m", "speechcorpus.cli", "release", "verify", str(tree)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout
    assert "PASS derived: ok" in verified.stdout
    (tree / "VERSION").write_text("9.9.9\n")
    broken = CliRunner().invoke(cli, ["release", "verify", str(tree), "--quick", "--json"])
    outcomes = {row["check"]: row for row in map(json.loads, broken.stdout.splitlines())}
    assert (broken.exit_code, outcomes["version"]["status"]) == (1, "FAIL")
    shutil.rmtree(tree)
    missing = CliRunner().invoke(cli, ["release", "verify", str(tmp_path)])
    assert missing.exception.code == "release.not-a-release"


def agree_to_another_text(stage, person: Actor) -> None:
    with stage.store.catalogue.write() as session:
        newer = Consent(id="c2", contributor_id=person.id, purpose="release", text_version="other-v1")
        newer.text_sha256, newer.language, newer.given_at = "cd" * 32, "zh-Hant", stage.now
        session.add(newer)


def test_consent_to_another_text_does_not_release_what_was_recorded_under_the_withdrawn_one(stage):
    people = accepted_clips(stage)
    withdraw(stage.store, people[0], stage.now)
    agree_to_another_text(stage, people[0])
    found = built(stage)
    assert found.summary["excluded"]["release.consent-missing"]["clips"] == 4


def test_consent_to_another_text_does_not_let_a_build_be_published(stage):
    people = accepted_clips(stage)
    found = built(stage)
    withdraw(stage.store, people[0], stage.now)
    agree_to_another_text(stage, people[0])
    with pytest.raises(ReleaseError, match="4 clips lost their consent"):
        approved(stage, found)


def test_a_version_whose_build_gave_up_may_be_asked_for_again(stage):
    accepted_clips(stage)
    asked(stage)
    with pytest.raises(ReleaseError, match="is already planned"):
        asked(stage)
    with stage.store.catalogue.write() as session:
        session.scalars(select(Job)).one().state = "dead"
        session.scalars(select(Release)).one().state = "building"
    assert built(stage).state == "built"
    with pytest.raises(ReleaseError, match="is already built"):
        asked(stage)


@pytest.mark.parametrize("said", ["nan", "Lîm Á-hôo, 0912 345 678", "1.0" * 200, ""])
def test_what_a_browser_calls_its_recorder_is_printed_only_if_it_is_a_version(stage, said):
    accepted_clips(stage)
    with stage.store.catalogue.write() as session:
        for take in session.scalars(select(Take)):
            take.manifest = canonical_json({"capture": {"recorder": said}}).decode()
    found = built(stage)
    assert found.state == "built", found.error
    assert {row["recorder_version"] for row in table(stage, found)} == {"unknown"}
