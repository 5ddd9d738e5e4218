"""Approving what somebody else built: looked at once more, signed, and published in one transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, ReleaseError
from speechcorpus.store.blob_rows import states_of
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Release
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_role
from speechcorpus.workflows.desk import is_own
from speechcorpus.workflows.factors import require_live
from speechcorpus.workflows.release_queue import audit_release, plan_anew
from speechcorpus.workflows.release_rights import clips_without_right
from speechcorpus.workflows.release_signing import Signed, sign_built
from speechcorpus.workflows.second_person import may_be_one
from speechcorpus.workflows.sign_in import SignedIn, is_proven


def approve_signed_in(
    store: Store, signed: SignedIn, release_id: str, *, corpus_id: str, now: datetime
) -> None:
    """Approve in a browser, by who just showed what they alone have: what is published cannot be called back.

    Raises
    ------
    AccessError : `release.sign-in` unless a passkey or a password was shown in the last 10 minutes
    As `approve_release`
    """
    require_role(signed.actor, "manager", "operator")
    with store.catalogue.read() as session:
        require_live(session, signed.session_token)
    if not is_proven(signed, now):
        raise AccessError("release.sign-in", "this wants a passkey or a password of the last 10 minutes")
    approve_release(store, signed.actor, release_id, corpus_id=corpus_id, now=now)


def approve_release(store: Store, actor: Actor, release_id: str, *, corpus_id: str, now: datetime) -> None:
    """Sign and publish what somebody else built; the approval names the corpus id, so nothing changes in
    between.

    Raises
    ------
    AccessError : `not-found` for anybody but managers and operators
    ReleaseError : `release.state` unless it is built, `release.two-people` for the builder and for whoever
        may be the same person (`second_person`), `release.corpus-id`, `release.rotten` while one of its
        files is not whole;
        `release.consent-withdrawn` or `release.key-rotated`: it is then planned and built anew
    """
    require_role(actor, "manager", "operator")
    with store.catalogue.read() as session:
        built = _approvable(session, actor, release_id, corpus_id)
        _refuse_second_name(session, actor, built)
        _refuse_rot(session, store, built)
    signed = sign_built(store, built)
    with store.catalogue.write() as session:
        release = _approvable(session, actor, release_id, corpus_id)
        withdrawn = clips_without_right(session, release_id)
        if withdrawn or signed is None:
            plan_anew(session, release, now=now)
        else:
            _publish(session, release, actor, signed, now)
    if withdrawn:
        raise ReleaseError(
            "release.consent-withdrawn",
            f"{withdrawn} clips lost their consent since the build or are private; they are left out now",
            clips=withdrawn,
        )
    if signed is None:
        raise ReleaseError("release.key-rotated", "the key was changed after the build; it is built anew")


def _approvable(session: Session, actor: Actor, release_id: str, corpus_id: str) -> Release:
    release = session.get(Release, release_id)
    if release is None or not is_own(session, actor, release.project_id):
        raise not_found("release")
    _check_approval(release, actor, corpus_id)
    return release


def _check_approval(release: Release, actor: Actor, corpus_id: str) -> None:
    if release.state != "built":
        raise ReleaseError("release.state", f"it is {release.state}, not built", state=release.state)
    if release.built_by == actor.name_for_audit:
        raise ReleaseError("release.two-people", "whoever built a release does not approve it")
    if release.corpus_id != corpus_id:
        raise ReleaseError("release.corpus-id", "this is not the corpus id of what was built")


def _refuse_second_name(session: Session, actor: Actor, release: Release) -> None:
    if may_be_one(session, release.built_by, actor):
        said = "by an invite link one person may be both; a link that is made at the shell ends that"
        raise ReleaseError("release.two-people", said, invited=True)


def _refuse_rot(session: Session, store: Store, release: Release) -> None:
    """Refuse to publish while a file is missing or was found changed: a scrub names it."""
    files = {str(entry["sha256"]) for entry in (release.manifest or {}).values()}
    kept = states_of(session, files)
    # what was erased for a withdrawal is no rot: the release is then planned anew
    here = {each for each in files if kept.get(each) == "erased" or store.blobs.exists(each)}
    rotten = sorted(each for each in files if kept.get(each) == "quarantined" or each not in here)
    if rotten:
        said = (
            f"{len(rotten)} files are not whole, the first is {rotten[0][:12]}: put them back, or build anew"
        )
        raise ReleaseError("release.rotten", said, files=len(rotten), first=rotten[0])


def _publish(session: Session, release: Release, actor: Actor, signed: Signed, now: datetime) -> None:
    signed.put_into(session, release, now=now)
    release.state, release.approved_by, release.published_at = "published", actor.name_for_audit, now
    enqueue(session, "make_deltas", {"release_id": release.id}, now=now)
    session.flush()
    audit_release(session, actor, "release.published", release, now=now)
