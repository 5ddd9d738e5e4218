"""What a release waits for and what was done to it: jobs that build one, and its lines in the audit log."""

from datetime import datetime

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Release


def queue_build(session: Session, release: Release, *, now: datetime) -> None:
    """Let a worker build this release."""
    enqueue(session, "build_release", {"release_id": release.id}, now=now)


def plan_anew(session: Session, release: Release, *, now: datetime) -> None:
    """Send a release that is built and not published back to planning: what it was built from has changed."""
    release.state, release.corpus_id, release.manifest, release.summary = "planned", None, None, None
    queue_build(session, release, now=now)
    session.flush()
    audit_release(session, "house", "release.planned-anew", release, now=now)


def audit_release(
    session: Session, actor: Actor | str, action: str, release: Release, *, now: datetime
) -> None:
    """Write into the audit log what happened to a release, with the corpus id that it has now."""
    append_audit(
        session,
        actor=actor,
        action=action,
        object=f"release:{release.id}",
        detail={"corpus": release.corpus, "version": release.version, "corpus_id": release.corpus_id},
        now=now,
    )
