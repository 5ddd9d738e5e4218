"""Building, approving and publishing a release: two people, one corpus id, nothing half published."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from speechcorpus.audio.check import decode_check
from speechcorpus.corpus.identifiers import check_corpus_name
from speechcorpus.corpus.plan import Plan
from speechcorpus.corpus.settings import settings_from_mapping
from speechcorpus.corpus.versions import check_follows, parse_version
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import ReleaseError, StoreError
from speechcorpus.publish.build import Built, build_tree
from speechcorpus.publish.verify import Options, Outcome, failed, verify
from speechcorpus.store.audit import append_audit
from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import (
    Claim,
    ClaimPartner,
    Job,
    Release,
    ReleaseItem,
    Segment,
    SittingPeer,
    Take,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_role
from speechcorpus.workflows.desk import is_own
from speechcorpus.workflows.events import private_within
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.release_bundles import manifest_of, summary_of
from speechcorpus.workflows.release_candidates import active_consents
from speechcorpus.workflows.release_plans import (
    Asked,
    keep_names,
    latest_release,
    plan_from_catalogue,
)
from speechcorpus.workflows.withdrawn_items import withdrawn_from

FINAL = ("built", "approved", "published")


def request_build(
    store: Store,
    actor: Actor,
    *,
    project_id: str,
    corpus: str,
    version: str,
    released_on: str,
    settings: Mapping[str, object],
    now: datetime,
    by_worker: bool = True,
) -> str:
    """Ask for a version to be built by a worker; return the release's id. One that failed, or that
    nobody builds any more, may be asked anew.

    Parameters
    ----------
    settings : keys of `ReleaseSettings`; what is not named has its default
    by_worker : False when the caller builds it next, in its own process

    Raises
    ------
    AccessError : `not-found` for anybody but managers and operators, or an unknown project
    ReleaseError : `release.corpus-name`, `release.version`, `release.date`, `release.version-taken`
    """
    require_role(actor, "manager", "operator")
    check_corpus_name(corpus)
    check_date(released_on)
    kept = settings_from_mapping(settings).to_json()
    with store.catalogue.write() as session:
        if not is_own(session, actor, project_id):
            raise not_found("project")
        last = latest_release(session, corpus)
        check_follows(parse_version(version), parse_version(last.version) if last else None, adds=False)
        release = _row_for(session, project_id, corpus, version, now)
        release.project_id, release.released_on = project_id, released_on
        release.settings, release.built_by = kept, actor.name_for_audit
        release.state, release.error = "planned", None
        session.flush()
        if by_worker:
            enqueue(session, "build_release", {"release_id": release.id}, now=now)
        _audit(session, actor, "release.asked", release, now)
        return release.id


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
            plan = plan_from_catalogue(store, asked)
            with store.catalogue.write() as session:
                keep_names(session, asked.corpus, plan)
            built = build_tree(plan, folder, store.blobs.read, durable=False)
            self_verify(built)
        except ReleaseError as error:
            _fail(store, release_id, error, now)
        else:
            _store_built(store, release_id, plan, built, now)
        shutil.rmtree(folder, ignore_errors=True)


def self_verify(built: Built) -> list[Outcome]:
    """Return the outcomes of verifying what was just written; `release.self-verify` when one fails."""
    outcomes = list(verify(built.root, decode_check, Options(consumers=False)))
    if failed(outcomes):
        first = next(outcome for outcome in outcomes if outcome.status == "FAIL")
        raise ReleaseError("release.self-verify", str(first), check=first.check)
    return outcomes


def approve_release(store: Store, actor: Actor, release_id: str, *, corpus_id: str, now: datetime) -> None:
    """Publish what somebody else built; the approval names the corpus id, so nothing changes in between.

    Raises
    ------
    AccessError : `not-found` for anybody but managers and operators
    ReleaseError : `release.state` unless it is built, `release.two-people` for the builder,
        `release.corpus-id`, or `release.consent-withdrawn`: it is then planned and built anew
    """
    require_role(actor, "manager", "operator")
    with store.catalogue.write() as session:
        release = session.get(Release, release_id)
        if release is None or not is_own(session, actor, release.project_id):
            raise not_found("release")
        _check_approval(release, actor, corpus_id)
        withdrawn = (
            _without_consent(session, release_id)
            + _made_private(session, release_id)
            + _taken_back(session, release_id)
        )
        if withdrawn:
            _plan_anew(session, release, now)
        else:
            _publish(session, release, actor, now)
    if withdrawn:
        raise ReleaseError(
            "release.consent-withdrawn",
            f"{withdrawn} clips lost their consent since the build or are private; they are left out now",
            clips=withdrawn,
        )


def check_date(released_on: str) -> None:
    """Raise `release.date` unless this is a day, as YYYY-MM-DD."""
    try:
        date.fromisoformat(released_on)
    except ValueError as error:
        raise ReleaseError("release.date", f"{released_on!r} is no date YYYY-MM-DD") from error


def _row_for(session: Session, project_id: str, corpus: str, version: str, now: datetime) -> Release:
    """Return the row of this version: a new one, or one whose build failed."""
    found = session.scalar(select(Release).where(Release.corpus == corpus, Release.version == version))
    if found is None:
        found = Release(
            id=str(uuid4()), project_id=project_id, corpus=corpus, version=version, created_at=now
        )
        session.add(found)
    elif found.state != "failed" and not _is_abandoned(session, found):
        raise ReleaseError(
            "release.version-taken",
            f"{corpus} {version} is already {found.state}, by {found.built_by}",
            state=found.state,
        )
    return found


def _is_abandoned(session: Session, release: Release) -> bool:
    """Say whether a build was begun and nobody works on it any more: its job gave up, or its process died."""
    alive = (Job.kind == "build_release", Job.state.in_(("queued", "running")))
    working = {str(payload["release_id"]) for payload in session.scalars(select(Job.payload).where(*alive))}
    return release.state in ("planned", "building") and release.id not in working


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


def _begin(store: Store, release_id: str) -> Asked | None:
    with store.catalogue.write() as session:
        release = session.get(Release, release_id)
        if release is None or release.state in (*FINAL, "failed"):
            return None
        release.state = "building"
        return Asked(
            project_id=release.project_id,
            corpus=release.corpus,
            version=release.version,
            released_on=release.released_on,
            settings=settings_from_mapping(release.settings),
        )


def _fail(store: Store, release_id: str, error: ReleaseError, now: datetime) -> None:
    with store.catalogue.write() as session:
        release = session.get_one(Release, release_id)
        release.state, release.error = "failed", f"{error.code}: {error}"
        _audit(session, "worker", "release.failed", release, now)


def _store_built(store: Store, release_id: str, plan: Plan, built: Built, now: datetime) -> None:
    for written in built.files:  # blobs first: an orphan harms nobody
        if not store.blobs.exists(written.sha256):  # the audio is there already, and was verified
            store.blobs.put_file(built.root / written.path)
    summary = summary_of(plan, built)
    with store.catalogue.write() as session:
        for written in {written.sha256: written for written in built.files}.values():
            note_blob(session, written.sha256, size=written.bytes, now=now)
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
        session.query(ReleaseItem).filter(ReleaseItem.release_id == release_id).delete()
        split = {str(row["utt_id"]): str(row["split"]) for row in plan.rows}
        session.add_all(
            ReleaseItem(release_id=release_id, segment_id=segment, utt_id=utt_id, split=split[utt_id])
            for utt_id, segment in plan.segments.items()
        )
        session.flush()
        _audit(session, "worker", "release.built", session.get_one(Release, release_id), now)


def _check_approval(release: Release, actor: Actor, corpus_id: str) -> None:
    if release.state != "built":
        raise ReleaseError("release.state", f"it is {release.state}, not built", state=release.state)
    if release.built_by == actor.name_for_audit:
        raise ReleaseError("release.two-people", "whoever built a release does not approve it")
    if release.corpus_id != corpus_id:
        raise ReleaseError("release.corpus-id", "this is not the corpus id of what was built")


def _without_consent(session: Session, release_id: str) -> int:
    """Count the clips of a release in which somebody is heard who no longer agrees to it."""
    rows = session.execute(
        select(Claim.terms_sha256, Claim.contributor_id, ClaimPartner.contributor_id)
        .join(Segment, Segment.claim_id == Claim.id)
        .join(ReleaseItem, ReleaseItem.segment_id == Segment.id)
        .join(Take, Take.id == Segment.take_id)
        .outerjoin(SittingPeer, SittingPeer.sitting_id == Take.sitting_id)
        .outerjoin(ClaimPartner, ClaimPartner.id == SittingPeer.partner_id)
        .where(ReleaseItem.release_id == release_id)
    )
    clips = [(terms_sha256, frozenset(filter(None, heard))) for terms_sha256, *heard in rows]
    gone = {clip for clip in set(clips) if not _all_agree(session, *clip)}
    return sum(clip in gone for clip in clips)


def _all_agree(session: Session, terms_sha256: str, heard: frozenset[str]) -> bool:
    text_sha256 = terms_by_hash(session, terms_sha256).consent.sha256
    return all(active_consents(session, person, text_sha256) is not None for person in heard)


def _made_private(session: Session, release_id: str) -> int:
    """Count the clips of a release in which something was marked as private since it was built."""
    clips = (
        select(func.count(Segment.id.distinct()))
        .join(ReleaseItem, ReleaseItem.segment_id == Segment.id)
        .where(ReleaseItem.release_id == release_id, private_within(Segment))
    )
    return session.scalar(clips) or 0


def _taken_back(session: Session, release_id: str) -> int:
    """Count the clips of a release that were withdrawn one by one since it was built."""
    clips = (
        select(func.count(Segment.id.distinct()))
        .join(ReleaseItem, ReleaseItem.segment_id == Segment.id)
        .where(ReleaseItem.release_id == release_id, withdrawn_from("release"))
    )
    return session.scalar(clips) or 0


def _plan_anew(session: Session, release: Release, now: datetime) -> None:
    release.state, release.corpus_id, release.manifest, release.summary = "planned", None, None, None
    enqueue(session, "build_release", {"release_id": release.id}, now=now)
    _audit(session, "house", "release.planned-anew", release, now)


def _publish(session: Session, release: Release, actor: Actor, now: datetime) -> None:
    release.state, release.approved_by, release.published_at = "published", actor.name_for_audit, now
    session.flush()
    _audit(session, actor, "release.published", release, now)


def _audit(session: Session, actor: Actor | str, action: str, release: Release, now: datetime) -> None:
    append_audit(
        session,
        actor=actor,
        action=action,
        object=f"release:{release.id}",
        detail={"corpus": release.corpus, "version": release.version, "corpus_id": release.corpus_id},
        now=now,
    )
