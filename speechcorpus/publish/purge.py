"""Takes what was withdrawn out of a copy of a release that lies on somebody's disk, whole or not at all."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from speechcorpus.corpus.card import formats_of
from speechcorpus.corpus.documents import json_document, json_line
from speechcorpus.corpus.purging import (
    Remaining,
    remaining,
    remaining_consents,
    remaining_release,
    remaining_rows,
)
from speechcorpus.corpus.withdrawn import applied_seq
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import Built, finish_tree
from speechcorpus.publish.feed import Feed
from speechcorpus.publish.held_clips import HeldClips
from speechcorpus.publish.purge_receipt import Purged, purged, receipt_document
from speechcorpus.publish.purge_swap import alone_beside, finish_earlier, folder_beside, swap_in, take_file
from speechcorpus.publish.shards import shard_paths, write_shards
from speechcorpus.publish.sources import Sources, read_sources
from speechcorpus.publish.staging import Staging
from speechcorpus.publish.tree import Tree
from speechcorpus.publish.verify import Options, failed, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be done to which copy.

    `receipt` is the file that the receipt becomes, by default one beside the tree; with `dry_run` nothing is
    written.
    """

    root: Path
    feed: Feed
    now: datetime
    receipt: Path | None = None
    dry_run: bool = False


def apply_withdrawals(request: Request) -> Purged | None:
    """Purge a copy of a release; return what was done, None when there was nothing to do.

    The copy is the old one or the new one, whatever happens on the way; what an earlier run could not finish
    is finished first.

    Raises
    ------
    ReleaseError : `feed.corpus`, `feed.older`; `release.modified` when the copy is not as it was published;
        `release.not-a-release`, `release.split-empty`, `release.write`, `purge.running`, `purge.receipt`
    """
    if request.root.is_symlink():
        raise ReleaseError("release.not-a-release", f"{request.root} is a link; name the folder it leads to")
    root = request.root.resolve()
    if request.receipt is not None and request.receipt.resolve().is_relative_to(root):
        raise ReleaseError(
            "purge.receipt", "the receipt belongs outside of the release, which lists its files"
        )
    try:
        with alone_beside(root):
            if not request.dry_run:
                finish_earlier(root, request.receipt)
            return _purge(root, request)
    except OSError as error:
        raise ReleaseError("release.write", f"{error.filename or root}: {error.strerror or error}") from error


def _purge(root: Path, request: Request) -> Purged | None:
    tree, feed = Tree(root), request.feed
    if feed.corpus != (theirs := tree.sources.release.get("corpus")):
        raise ReleaseError("feed.corpus", f"the feed is about {feed.corpus}, this is {theirs}")
    applied = applied_seq(tree.sources.withdrawals)
    if feed.seq < applied:
        raise ReleaseError(
            "feed.older", f"the feed ends with number {feed.seq}, {applied} is applied here already"
        )
    _check_whole(root)
    told = remaining(tree.sources.clips, feed.withdrawn)
    if feed.seq == applied and not told.clips_gone:
        return None
    return _planned(tree, feed, told) if request.dry_run else _done(tree, request, told)


def _planned(tree: Tree, feed: Feed, told: Remaining) -> Purged:
    """Return what a purge would do: of the files that hold sound; text is always written anew."""
    deleted: list[str] = []
    rewritten: list[str] = []
    for path, shard in shard_paths(tree.sources, formats_of(tree.sources.release)):
        kept = list(remaining_rows(shard.rows, feed.withdrawn, told))
        if path in tree.entries and kept != list(shard.rows):
            (rewritten if kept else deleted).append(path)
    if tree.has("audio"):
        gone = (row for row in tree.sources.clips if feed.withdrawn.holds(row["utt_id"]))
        deleted += [str(row["audio_path"]) for row in gone]
    return purged(tree, feed, told, deleted=sorted(deleted), rewritten=sorted(rewritten), built=None)


def _done(tree: Tree, request: Request, told: Remaining) -> Purged:
    folder = folder_beside(tree.root)
    try:
        built = _written(tree, request.feed, told, folder)
        _check_whole(built.root)
        done = _compared(tree, request.feed, told, built)
        swap_in(tree.root, built.root, receipt_document(done, request.now), request.receipt)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return done


def _compared(tree: Tree, feed: Feed, told: Remaining, built: Built) -> Purged:
    old = {path: digest for path, digest in tree.listed.items() if path in tree.entries}
    new = {written.path: written.sha256 for written in built.files}
    return purged(
        tree,
        feed,
        told,
        deleted=sorted(old.keys() - new.keys()),
        rewritten=sorted(path for path in new.keys() & old.keys() if old[path] != new[path]),
        built=built,
    )


def _written(tree: Tree, feed: Feed, told: Remaining, folder: Path) -> Built:
    shutil.rmtree(folder, ignore_errors=True)
    staging = Staging(folder, "tree")
    try:
        write_sources(tree, feed, told, staging)
        sources = read_sources(staging.root)
        formats = formats_of(sources.release)
        take_over(tree, sources, staging)
        shards = write_shards(sources, staging, HeldClips(tree), formats=formats)
        return finish_tree(sources, staging, shards, durable=True)
    except BaseException:
        staging.abandon()
        raise


def write_sources(tree: Tree, feed: Feed, told: Remaining, staging: Staging) -> None:
    """Write the sources of a tree without what a feed names."""
    sources, gone = tree.sources, feed.withdrawn
    version = f"{str(sources.release['version']).partition('+')[0]}+w{feed.seq}"
    formats = sorted(set(formats_of(sources.release)) & tree.bundles)
    release = remaining_release(sources.release, gone, told, version=version, formats=formats)
    staging.put("release.json", [json_document(release)])
    staging.put("clips.jsonl", map(json_line, remaining_rows(sources.clips, gone, told)))
    staging.put("consents.jsonl", map(json_line, remaining_consents(sources.consents, told)))
    staging.put("withdrawals.jsonl", feed.register)
    staging.put("LICENSE", [tree.read("LICENSE")])
    staging.put("CHANGELOG.md", [gone.hide(tree.read("CHANGELOG.md").decode()).encode()])


def take_over(tree: Tree, sources: Sources, staging: Staging) -> None:
    """Take loose audio and untouched shards as they are; verification has just read their digests."""
    before = {(shard.split, shard.number): shard for shard in tree.sources.by_shard()}
    for path, shard in shard_paths(sources, formats_of(sources.release)):
        old = before[shard.split, shard.number]
        if all(one == other for one, other in zip_longest(old.rows, shard.rows)):
            take_file(tree, path, staging)
    if tree.has("audio"):
        for row in sources.clips:
            take_file(tree, str(row["audio_path"]), staging)


def _check_whole(root: Path) -> None:
    """Refuse a tree that anybody has changed; nothing is decoded for it."""
    outcomes = list(verify(root, None, Options(quick=True, consumers=False)))
    if failed(outcomes):
        first = next(outcome for outcome in outcomes if outcome.status == "FAIL")
        raise ReleaseError("release.modified", f"this is not as it was published: {first}", check=first.check)
