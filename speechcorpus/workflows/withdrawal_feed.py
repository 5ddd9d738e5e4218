"""What holders of copies are told, by the names of each corpus; and releases that are not out yet."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import (
    Contributor,
    CorpusName,
    Release,
    ReleaseItem,
    Segment,
    Withdrawal,
    WithdrawalFeed,
)
from speechcorpus.work.withdrawal import Effect

OPEN = ("built",)


def add_to_feed(
    session: Session,
    person: Contributor,
    withdrawal: Withdrawal,
    ended: Sequence[tuple[Segment, Effect]],
    *,
    now: datetime,
) -> None:
    """Add a row for what a corpus knows by name: the whole speaker, or each item that leaves it.

    Call it after `append_audit`, whose lock keeps the numbers of a corpus without gaps.
    """
    items = {segment.id for segment, effect in ended if effect == "release"}
    speaker = {person.id} if withdrawal.scope == "all" else set()
    names = session.scalars(
        select(CorpusName)
        .where(CorpusName.object_id.in_(items | speaker), CorpusName.kind.in_(("speaker", "utterance")))
        .order_by(CorpusName.corpus, CorpusName.kind, CorpusName.name)
    ).all()
    for name in names:
        _add(session, name, withdrawal, now.date())


def feed_rows(session: Session, corpus: str) -> Sequence[Mapping[str, object]]:
    """Return the cumulative feed of a corpus as its releases write it (`release.md` §5), to be signed.

    Examples of a row: `{"seq": 1, "speaker_id": "spk00001", "withdrawn_at": "2026-11-23",
    "first_absent_version": None}`; never a speaker beside a clip.
    """
    rows = session.scalars(
        select(WithdrawalFeed).where(WithdrawalFeed.corpus == corpus).order_by(WithdrawalFeed.seq)
    )
    return [
        {
            "seq": row.seq,
            "speaker_id" if row.kind == "speaker" else "utt_id": row.name,
            "withdrawn_at": row.withdrawn_on.isoformat(),
            "first_absent_version": _first_without(session, row),
        }
        for row in rows
    ]


def plan_open_releases_anew(session: Session, segment_ids: Sequence[str], *, now: datetime) -> None:
    """Send every release that is built and not published back to planning if it holds one of these items."""
    holding = select(ReleaseItem.release_id).where(ReleaseItem.segment_id.in_(segment_ids))
    built = select(Release).where(Release.id.in_(holding), Release.state.in_(OPEN)).with_for_update()
    for release in session.scalars(built).all():
        release.state, release.corpus_id, release.manifest, release.summary = "planned", None, None, None
        enqueue(session, "build_release", {"release_id": release.id}, now=now)
        session.flush()
        append_audit(
            session,
            actor="house",
            action="release.planned-anew",
            object=f"release:{release.id}",
            detail={"corpus": release.corpus, "version": release.version, "corpus_id": None},
            now=now,
        )


def _add(session: Session, name: CorpusName, withdrawal: Withdrawal, today: date) -> None:
    known = (WithdrawalFeed.corpus == name.corpus, WithdrawalFeed.kind == name.kind)
    if session.scalars(select(WithdrawalFeed).where(*known, WithdrawalFeed.name == name.name)).first():
        return
    last = session.scalar(select(func.max(WithdrawalFeed.seq)).where(WithdrawalFeed.corpus == name.corpus))
    session.add(
        WithdrawalFeed(
            corpus=name.corpus,
            seq=(last or 0) + 1,
            kind=name.kind,
            name=name.name,
            withdrawn_on=today,
            withdrawal_id=withdrawal.id,
        )
    )
    session.flush()


def _first_without(session: Session, row: WithdrawalFeed) -> str | None:
    """Return the first version published after a withdrawal: nothing that was taken back enters it."""
    withdrawn_at = session.get_one(Withdrawal, row.withdrawal_id).withdrawn_at
    later = (Release.corpus == row.corpus, Release.state == "published", Release.published_at > withdrawn_at)
    return session.scalars(select(Release.version).where(*later).order_by(Release.published_at)).first()
