"""Within 72 hours of a withdrawal: a patch without the voice for the newest version of each major."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from speechcorpus.corpus.versions import Version, parse_version
from speechcorpus.domain.actor import Actor
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import (
    Job,
    Release,
    ReleaseItem,
    Withdrawal,
    WithdrawnItem,
)
from speechcorpus.store.store import Store
from speechcorpus.work.withdrawal import OUT_OF_RELEASES
from speechcorpus.workflows.access import require_role
from speechcorpus.workflows.desk import is_own
from speechcorpus.workflows.release_queue import audit_release, queue_build
from speechcorpus.workflows.withdrawal_contents import keep_contents, lacking

HOUSE = "house"
JOB = "withdrawal_patches"
UNDER_WAY = ("planned", "building", "built")
HOPELESS = ("release.split-empty", "release.too-few-speakers")  # a new major version has to be drawn
AGAIN_AFTER = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePatch:
    """A version that holds a withdrawn voice and is still the newest of its major."""

    corpus: str
    version: str
    due_at: datetime
    patch: str | None  # the version that is being made without the voice
    state: str | None  # of that one
    overdue: bool


def ask_for_patches(store: Store, *, now: datetime) -> int:
    """Ask for a job for every corpus that has something to do after a withdrawal; return how many."""
    with store.catalogue.read() as session:
        todo = [corpus for corpus in _corpora(session) if _has_work(session, corpus, now)]
    for corpus in todo:
        with store.catalogue.write() as session:
            if not _is_asked(session, corpus):
                enqueue(session, JOB, {"corpus": corpus}, now=now)
    return len(todo)


def make_patches(store: Store, corpus: str, *, now: datetime) -> None:
    """Keep what each version comes to now, and have the patches built; a job, safe to run again.

    The house builds them; one person, manager or operator, looks and approves. A build that came to nothing
    is tried again after some hours, unless nothing could come of it.
    """
    keep_contents(store, corpus, now=now)
    with store.catalogue.write() as session:
        for base in _held(session, corpus):
            patch = _patch_of(session, base)
            if patch is None:
                _ask(session, base, now)
            elif _is_stuck(session, patch, now):
                patch.state, patch.error = "planned", None
                queue_build(session, patch, now=now)


def due_patches(store: Store, actor: Actor, *, now: datetime) -> Sequence[DuePatch]:
    """Return what managers must still publish because of withdrawals, the most urgent first.

    Raises
    ------
    AccessError : `not-found` for anybody but managers and operators
    """
    require_role(actor, "manager", "operator")
    with store.catalogue.read() as session:
        bases = [base for corpus in _corpora(session) for base in _held(session, corpus)]
        mine = [base for base in bases if is_own(session, actor, base.project_id)]
        return sorted((_due(session, base, now) for base in mine), key=lambda due: due.due_at)


def _due(session: Session, base: Release, now: datetime) -> DuePatch:
    first = (
        select(func.min(Withdrawal.withdrawn_at))
        .join(WithdrawnItem, WithdrawnItem.withdrawal_id == Withdrawal.id)
        .join(ReleaseItem, ReleaseItem.segment_id == WithdrawnItem.segment_id)
        .where(ReleaseItem.release_id == base.id, WithdrawnItem.effect == "release")
    )
    due_at = (session.scalar(first) or now) + OUT_OF_RELEASES
    patch = _patch_of(session, base)
    return DuePatch(
        corpus=base.corpus,
        version=base.version,
        due_at=due_at,
        patch=patch.version if patch else None,
        state=patch.state if patch else None,
        overdue=now > due_at,
    )


def _corpora(session: Session) -> Sequence[str]:
    out = select(Release.corpus).where(Release.state == "published").distinct()
    return session.scalars(out.order_by(Release.corpus)).all()


def _has_work(session: Session, corpus: str, now: datetime) -> bool:
    if lacking(session, corpus):
        return True
    patches = [_patch_of(session, base) for base in _held(session, corpus)]
    return any(patch is None or _is_stuck(session, patch, now) for patch in patches)


def _held(session: Session, corpus: str) -> Iterator[Release]:
    """Yield the newest published version of each major that holds a withdrawn clip."""
    out = (Release.corpus == corpus, Release.state == "published")
    newest: dict[int, tuple[Version, Release]] = {}
    for row in session.scalars(select(Release).where(*out)):
        version = parse_version(row.version)
        if version.major not in newest or newest[version.major][0] < version:
            newest[version.major] = (version, row)
    for _, (_, row) in sorted(newest.items()):
        if holds_withdrawn(session, row.id):
            yield row


def holds_withdrawn(session: Session, release_id: str) -> bool:
    """Say whether a release holds a clip that was taken back, in its tree or beside it."""
    clips = (
        select(ReleaseItem.segment_id)
        .join(WithdrawnItem, WithdrawnItem.segment_id == ReleaseItem.segment_id)
        .where(ReleaseItem.release_id == release_id, WithdrawnItem.effect == "release")
    )
    return session.scalars(clips.limit(1)).first() is not None


def _patch_of(session: Session, base: Release) -> Release | None:
    """Return the patch that the house makes of a version, if it is not out yet."""
    mine = (Release.corpus == base.corpus, Release.built_by == HOUSE)
    version = parse_version(base.version)
    for row in session.scalars(select(Release).where(*mine, Release.state.in_((*UNDER_WAY, "failed")))):
        number = parse_version(row.version)
        if (number.major, number.minor) == (version.major, version.minor) and number > version:
            return row
    return None


def _is_stuck(session: Session, patch: Release, now: datetime) -> bool:
    """Say whether nobody builds a patch any more, though something could come of it."""
    if patch.state == "built" or (patch.error or "").startswith(HOPELESS):
        return False
    mine = (Job.kind == "build_release", Job.payload["release_id"].as_string() == patch.id)
    tried = or_(Job.state.in_(("queued", "running")), Job.created_at > now - AGAIN_AFTER)
    return session.scalars(select(Job.id).where(*mine, tried)).first() is None


def _ask(session: Session, base: Release, now: datetime) -> None:
    taken = set(session.scalars(select(Release.version).where(Release.corpus == base.corpus)))
    version = parse_version(base.version)
    numbers = (f"{version.major}.{version.minor}.{version.patch + n}" for n in range(1, len(taken) + 2))
    release = Release(
        id=str(uuid4()),
        project_id=base.project_id,
        corpus=base.corpus,
        version=next(number for number in numbers if number not in taken),
        state="planned",
        settings=base.settings,
        released_on=now.date().isoformat(),
        built_by=HOUSE,
        created_at=now,
    )
    session.add(release)
    session.flush()
    queue_build(session, release, now=now)
    audit_release(session, HOUSE, "release.asked", release, now=now)


def _is_asked(session: Session, corpus: str) -> bool:
    waiting = (Job.kind == JOB, Job.state.in_(("queued", "running")))
    return any(
        payload["corpus"] == corpus for payload in session.scalars(select(Job.payload).where(*waiting))
    )
