"""What holders of copies are told, by the names of each corpus; and releases that are not out yet."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.corpus.documents import Row
from speechcorpus.publish.feed import feed_document
from speechcorpus.store.models import (
    Contributor,
    CorpusName,
    Release,
    ReleaseItem,
    Segment,
    Withdrawal,
    WithdrawalFeed,
)
from speechcorpus.store.store import Store
from speechcorpus.work.withdrawal import Effect
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.release_keys import sign_bytes
from speechcorpus.workflows.release_queue import plan_anew
from speechcorpus.workflows.withdrawal_contents import content_ids

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


def feed_rows(session: Session, corpus: str) -> Sequence[Row]:
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


def signed_feed(store: Store, corpus: str) -> tuple[bytes, bytes]:
    """Return the feed of a corpus and its signature by the release key; AccessError `not-found` for none.

    Its day is that of the newest withdrawal or publication, so that it changes only with what it says.
    """
    with store.catalogue.read() as session:
        out = (Release.corpus == corpus, Release.published_at.is_not(None))
        published = session.scalar(select(func.max(Release.published_at)).where(*out))
        if published is None:
            raise not_found("corpus")
        rows = feed_rows(session, corpus)
        days = [published.date().isoformat(), *(str(row["withdrawn_at"]) for row in rows)]
        data = feed_document(
            corpus, rows, released_on=max(days), content_ids=content_ids(session, corpus, len(rows))
        )
    return data, sign_bytes(store, data)


def plan_open_releases_anew(session: Session, segment_ids: Sequence[str], *, now: datetime) -> None:
    """Send every release that is built and not published back to planning if it holds one of these items."""
    holding = select(ReleaseItem.release_id).where(ReleaseItem.segment_id.in_(segment_ids))
    built = select(Release).where(Release.id.in_(holding), Release.state.in_(OPEN)).with_for_update()
    for release in session.scalars(built).all():
        plan_anew(session, release, now=now)


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
