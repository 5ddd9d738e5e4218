"""Building a release: planned, written, verified and kept; one worker at a time, again after a crash."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from speechcorpus.audio.check import decode_checks
from speechcorpus.corpus.plan import Plan
from speechcorpus.corpus.settings import settings_from_mapping
from speechcorpus.domain.errors import ReleaseError, StoreError
from speechcorpus.publish.build import Built, build_tree
from speechcorpus.publish.extra import build_extra
from speechcorpus.publish.keys import fingerprint
from speechcorpus.publish.shard_workers import worth_starting
from speechcorpus.publish.verify import Options, Outcome, failed, verify
from speechcorpus.store.blob_rows import in_pages, note_blob
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.models import Release, ReleaseItem
from speechcorpus.store.store import Store
from speechcorpus.workflows.patch_plans import patch_plan
from speechcorpus.workflows.release_bundles import manifest_of, summary_of
from speechcorpus.workflows.release_extra import EXTRA, KeptExtra, keep_extra
from speechcorpus.workflows.release_keys import release_key
from speechcorpus.workflows.release_plans import Asked, keep_names, plan_from_catalogue
from speechcorpus.workflows.release_queue import audit_release
from speechcorpus.workflows.withdrawal_patches import HOUSE

FINAL = ("built", "approved", "published")


def build_release(store: Store, release_id: str, *, now: datetime) -> None:
    """Plan, write, verify and store a release; a job, safe to run again after a worker died.

    What cannot be built ends in state `failed` with the reason; what may work next time is raised.
    """
    asked = _begin(store, release_id)
    if asked is None:
        return
    folder = store.data_dir / "releases" / ".staging" / release_id
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder):
        try:
            name = fingerprint(release_key(store).public_key())
            plan = _plan(store, release_id, asked, name)
            with store.catalogue.write() as session:
                keep_names(session, asked.corpus, plan)
            workers = worth_starting(plan.audio_bytes)
            built = build_tree(plan, folder, store.blobs.read, durable=False, workers=workers)
            self_verify(built)
            extra = build_extra(plan, folder / "extra", store.blobs.read, durable=False)
        except ReleaseError as error:
            _fail(store, release_id, error, now)
        else:
            beside = keep_extra(store, extra, clips=len(plan.extra_rows))
            _store_built(store, release_id, plan, built, beside, now)
        shutil.rmtree(folder, ignore_errors=True)


def self_verify(built: Built) -> list[Outcome]:
    """Return the outcomes of verifying what was just written; `release.self-verify` when one fails."""
    outcomes = list(verify(built.root, decode_checks, Options(consumers=False)))
    if failed(outcomes):
        first = next(outcome for outcome in outcomes if outcome.status == "FAIL")
        raise ReleaseError("release.self-verify", str(first), check=first.check)
    return outcomes


def _begin(store: Store, release_id: str) -> Asked | None:
    with store.catalogue.write() as session:
        release = session.get(Release, release_id)
        if release is None or release.state in (*FINAL, "draft", "failed"):
            return None
        release.state = "building"
        return Asked(
            project_id=release.project_id,
            corpus=release.corpus,
            version=release.version,
            released_on=release.released_on,
            settings=settings_from_mapping(release.settings),
        )


def _plan(store: Store, release_id: str, asked: Asked, key_fingerprint: str) -> Plan:
    """Return the plan of what a person asked for, or of the patch that the house owes after a withdrawal."""
    with store.catalogue.read() as session:
        by_house = session.get_one(Release, release_id).built_by == HOUSE
    if by_house:
        return patch_plan(store, release_id, key_fingerprint=key_fingerprint)
    return plan_from_catalogue(store, asked, key_fingerprint=key_fingerprint)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep a worker that outlived its lease and the next one from writing into one folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StoreError("release.building", "another process is building this release") from error
    finally:
        os.close(descriptor)


def _fail(store: Store, release_id: str, error: ReleaseError, now: datetime) -> None:
    with store.catalogue.write() as session:
        release = session.get_one(Release, release_id)
        release.state, release.error = "failed", f"{error.code}: {error}"
        audit_release(session, "worker", "release.failed", release, now=now)


def _store_built(
    store: Store, release_id: str, plan: Plan, built: Built, beside: KeptExtra | None, now: datetime
) -> None:
    for written in built.files:  # blobs first: an orphan harms nobody
        if not store.blobs.exists(written.sha256):  # the audio is there already, and was verified
            store.blobs.put_file(built.root / written.path)
    summary = summary_of(plan, built) | ({"extra_tree": beside.said} if beside else {})
    with store.catalogue.write() as session:
        for written in {written.sha256: written for written in built.files}.values():
            note_blob(session, written.sha256, size=written.bytes, now=now)
        if beside is not None:
            beside.note(session, now=now)
        mine = (Release.id == release_id, Release.state == "building")
        taken = session.execute(
            update(Release)
            .where(*mine)
            .values(
                state="built",
                corpus_id=built.corpus_id,
                summary=summary,
                manifest=manifest_of(built),
                error=None,
            )
        )
        if changed_rows(taken) != 1:
            raise ReleaseError("release.state", "another worker has finished this build")
        _keep_items(session, release_id, plan)
        audit_release(session, "worker", "release.built", session.get_one(Release, release_id), now=now)


def _keep_items(session: Session, release_id: str, plan: Plan) -> None:
    """Write down which clip is where, in place of what an earlier try has written."""
    session.query(ReleaseItem).filter(ReleaseItem.release_id == release_id).delete()
    split = {str(row["utt_id"]): str(row["split"]) for row in plan.rows}
    for page in in_pages(list(plan.segments.items())):
        rows = [
            {"segment_id": segment, "utt_id": utt_id, "split": split.get(utt_id, EXTRA)}
            for utt_id, segment in page
        ]
        session.execute(insert(ReleaseItem), [{"release_id": release_id, **row} for row in rows])
