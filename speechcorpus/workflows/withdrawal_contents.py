"""What the table of each published version comes to without what was withdrawn: the proof of a purge."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.corpus.documents import json_line
from speechcorpus.corpus.purging import remaining, remaining_rows
from speechcorpus.corpus.withdrawn import Withdrawn
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.sources import RowFile
from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.models import Release, ReleaseContent, WithdrawalFeed
from speechcorpus.store.store import Store

TABLE = "clips.jsonl"


def content_ids(session: Session, corpus: str, seq: int) -> dict[str, str]:
    """Return version → content id after a purge up to this number of the feed, where it is known."""
    rows = session.execute(
        select(Release.version, ReleaseContent.content_id)
        .join(ReleaseContent, ReleaseContent.release_id == Release.id)
        .where(Release.corpus == corpus, Release.state == "published", ReleaseContent.seq == seq)
    )
    return {version: content_id for version, content_id in rows if content_id is not None}


def table_of(store: Store, session: Session, release: Release) -> str:
    """Return the digest of the table of a version: as it was published, or what is left of it."""
    listed = str((release.manifest or {})[TABLE]["sha256"])
    if store.blobs.exists(listed):
        return listed
    kept = select(ReleaseContent.content_id).where(ReleaseContent.release_id == release.id)
    newest = session.scalars(kept.order_by(ReleaseContent.seq.desc()).limit(1)).first()
    if newest is None or not store.blobs.exists(newest):
        raise ReleaseError("release.erased", f"nothing is left of the table of {release.version}")
    return newest


def lacking(session: Session, corpus: str) -> Sequence[Release]:
    """Return the published versions whose content after a purge is not known yet."""
    seq = newest_seq(session, corpus)
    known = select(ReleaseContent.release_id).where(ReleaseContent.seq == seq)
    out = (Release.corpus == corpus, Release.state == "published", Release.id.not_in(known))
    return session.scalars(select(Release).where(*out).order_by(Release.created_at, Release.id)).all()


def newest_seq(session: Session, corpus: str) -> int:
    """Return the last number of a corpus's feed, 0 while nothing was withdrawn."""
    return session.scalar(select(func.max(WithdrawalFeed.seq)).where(WithdrawalFeed.corpus == corpus)) or 0


def keep_contents(store: Store, corpus: str, *, now: datetime) -> int:
    """Keep what each published version comes to now, as a blob of that name; return how many were new."""
    with store.catalogue.read() as session:
        seq = newest_seq(session, corpus)
        gone = withdrawn_names(session, corpus)
        todo = [(release.id, table_of(store, session, release)) for release in lacking(session, corpus)]
    for release_id, table in todo:
        content_id, size = _kept(store, store.blobs.path_of(table), gone)
        with store.catalogue.write() as session:
            if session.get(ReleaseContent, (release_id, seq)) is None:
                session.add(ReleaseContent(release_id=release_id, seq=seq, content_id=content_id))
            if content_id is not None:
                note_blob(session, content_id, size=size, now=now)
    return len(todo)


def withdrawn_names(session: Session, corpus: str) -> Withdrawn:
    """Return everybody and everything that the feed of a corpus names."""
    rows = session.execute(
        select(WithdrawalFeed.kind, WithdrawalFeed.name).where(WithdrawalFeed.corpus == corpus)
    ).all()
    return Withdrawn(
        speakers=frozenset(name for kind, name in rows if kind == "speaker"),
        clips=frozenset(name for kind, name in rows if kind != "speaker"),
    )


def _kept(store: Store, table: Path, gone: Withdrawn) -> tuple[str | None, int]:
    rows = RowFile(table)
    try:
        told = remaining(rows, gone)
    except ReleaseError as error:
        if error.code != "release.split-empty":
            raise
        return None, 0  # no purge comes to a release
    with NamedTemporaryFile(dir=store.data_dir, prefix="table-") as file:
        file.writelines(map(json_line, remaining_rows(rows, gone, told)))
        file.flush()
        return store.blobs.put_file(Path(file.name)), file.tell()
