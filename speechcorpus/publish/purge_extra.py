"""Takes what was withdrawn out of the extra tree on somebody's disk: whole or not at all, with a receipt."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path

from speechcorpus.corpus.documents import Row, json_document, json_line
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.bundles import listing
from speechcorpus.publish.extra_tree import TABLE, require_whole
from speechcorpus.publish.feed import Feed
from speechcorpus.publish.purge_swap import (
    alone_beside,
    finish_earlier,
    folder_beside,
    swap_in,
    take_away,
    take_file,
)
from speechcorpus.publish.sources import RowFile
from speechcorpus.publish.staging import Staging, digest_of
from speechcorpus.publish.tree import Tree

SCHEMA = "speechcorpus-purge-extra/1"
SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgedExtra:
    """What was taken out of an extra tree, or would be.

    The ids are digests of `SHA256SUMS`; `corpus_id_after` is None when nothing is left and the tree is gone,
    or when it is only planned.
    """

    name: str
    feed: Feed
    speakers: int  # of whom it holds nothing any more
    deleted: Sequence[str]
    left: int  # clips
    corpus_id_before: str
    content_id_before: str
    corpus_id_after: str | None = None
    content_id_after: str | None = None


def purge_extra(
    root: Path, feed: Feed, *, now: datetime, receipt: Path | None = None, dry_run: bool = False
) -> PurgedExtra | None:
    """Purge an extra tree; return what was done, None when it holds nothing that was withdrawn.

    Where nothing would be left the tree goes as a whole: no release has an empty one. What an earlier run
    could not finish is finished first.

    Raises
    ------
    ReleaseError : `release.not-a-release`, `release.modified`, `release.write`, `purge.running`,
        `purge.receipt`
    """
    if root.is_symlink():
        raise ReleaseError("release.not-a-release", f"{root} is a link; name the folder it leads to")
    root = root.resolve()
    if receipt is not None and receipt.resolve().is_relative_to(root):
        raise ReleaseError("purge.receipt", "the receipt belongs outside of the tree, which lists its files")
    try:
        with alone_beside(root):
            if not dry_run:
                finish_earlier(root, receipt)
                if not root.exists():
                    return None  # an earlier run was about to take it away
            tree = require_whole(root)
            planned = _planned(tree, feed)
            return planned if dry_run or planned is None else _done(tree, planned, now, receipt)
    except OSError as error:
        raise ReleaseError("release.write", f"{error.filename or root}: {error.strerror or error}") from error


def _planned(tree: Tree, feed: Feed) -> PurgedExtra | None:
    gone: list[str] = []
    kept: list[str] = []
    for row in RowFile(tree.root / TABLE):
        (gone if feed.withdrawn.holds(row["utt_id"]) else kept).append(str(row["audio_path"]))
    if not gone:
        return None
    return PurgedExtra(
        name=tree.root.name,
        feed=feed,
        speakers=len(set(map(_folder_of, gone)) - set(map(_folder_of, kept))),
        deleted=gone,
        left=len(kept),
        corpus_id_before=digest_of(tree.root / SUMS),
        content_id_before=tree.listed[TABLE],
    )


def _done(tree: Tree, planned: PurgedExtra, now: datetime, place: Path | None) -> PurgedExtra:
    folder = folder_beside(tree.root)
    try:
        if not planned.left:
            take_away(tree.root, _receipt(planned, now), place)
            return planned
        done = _written(tree, planned, folder)
        require_whole(folder / "tree")
        swap_in(tree.root, folder / "tree", _receipt(done, now), place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return done


def _written(tree: Tree, planned: PurgedExtra, folder: Path) -> PurgedExtra:
    shutil.rmtree(folder, ignore_errors=True)
    staging = Staging(folder, "tree")
    try:
        table = staging.put(TABLE, map(json_line, _rows_left(tree, planned.feed)))
        for row in _rows_left(tree, planned.feed):
            take_file(tree, str(row["audio_path"]), staging)
        digests = [(written.path, written.sha256) for written in staging.files.values()]
        sums = staging.put(SUMS, [listing(digests)])
        staging.finish(durable=True)
    finally:
        staging.abandon()
    return replace(planned, corpus_id_after=sums.sha256, content_id_after=table.sha256)


def _folder_of(path: str) -> str:
    """Return the folder of a clip's file: one a speaker."""
    return path.rpartition("/")[0]


def _rows_left(tree: Tree, feed: Feed) -> Iterator[Row]:
    return (row for row in RowFile(tree.root / TABLE) if not feed.withdrawn.holds(row["utt_id"]))


def _receipt(done: PurgedExtra, now: datetime) -> bytes:
    return json_document(
        {
            "schema": SCHEMA,
            "tree": done.name,
            "corpus": done.feed.corpus,
            "corpus_id": {"before": done.corpus_id_before, "after": done.corpus_id_after},
            "content_id": {"before": done.content_id_before, "after": done.content_id_after},
            "feed": {"sha256": done.feed.sha256, "seq": done.feed.seq, "released_on": done.feed.released_on},
            "speakers": done.speakers,
            "clips": len(done.deleted),
            "clips_left": done.left,
            "deleted": list(done.deleted),
            "tools": {"speechcorpus": package_version("speechcorpus")},
            "finished_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )
