"""What a purge came to: said to whoever ran it, and kept beside the tree as a proof."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path

from speechcorpus.corpus.documents import json_document, json_line
from speechcorpus.corpus.purging import Remaining, remaining_rows
from speechcorpus.publish.build import Built
from speechcorpus.publish.feed import Feed
from speechcorpus.publish.parquet import tool_version
from speechcorpus.publish.staging import digest_of
from speechcorpus.publish.tree import Tree

SCHEMA = "speechcorpus-purge/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """One purge, done or only planned (then `corpus_id_after` is None)."""

    corpus: str
    version_before: str
    version_after: str
    corpus_id_before: str
    corpus_id_after: str | None
    content_id_before: str
    content_id_after: str
    feed: Feed
    formats: Sequence[str]
    speakers: int
    clips: int
    deleted: Sequence[str]
    rewritten: Sequence[str]

    @property
    def matches_feed(self) -> bool:
        """Whether the table is now, byte for byte, the one that the feed's publisher has."""
        base = self.version_after.partition("+")[0]
        return self.feed.content_ids.get(base) == self.content_id_after


def purged(
    tree: Tree,
    feed: Feed,
    told: Remaining,
    *,
    deleted: Sequence[str],
    rewritten: Sequence[str],
    built: Built | None,
) -> Purged:
    """Return what was done to a tree that is still the old one; `built` is the new one, if there is one."""
    version = str(tree.sources.release["version"])
    return Purged(
        corpus=feed.corpus,
        version_before=version,
        version_after=f"{version.partition('+')[0]}+w{feed.seq}",
        corpus_id_before=digest_of(tree.root / "SHA256SUMS"),
        corpus_id_after=built.corpus_id if built else None,
        content_id_before=tree.listed["clips.jsonl"],
        content_id_after=built.content_id if built else content_id_of(tree, feed, told),
        feed=feed,
        formats=sorted(tree.bundles - {"core"}),
        speakers=len(told.speakers_gone),
        clips=told.clips_gone,
        deleted=deleted,
        rewritten=rewritten,
    )


def content_id_of(tree: Tree, feed: Feed, told: Remaining) -> str:
    """Return the SHA-256 that `clips.jsonl` will have."""
    digest = hashlib.sha256()
    for row in remaining_rows(tree.sources.clips, feed.withdrawn, told):
        digest.update(json_line(row))
    return digest.hexdigest()


def receipt_document(done: Purged, now: datetime) -> bytes:
    """Return the receipt; its paths name what is gone, and nothing of what was said there."""
    return json_document(
        {
            "schema": SCHEMA,
            "corpus": done.corpus,
            "version": {"before": done.version_before, "after": done.version_after},
            "corpus_id": {"before": done.corpus_id_before, "after": done.corpus_id_after},
            "content_id": {"before": done.content_id_before, "after": done.content_id_after},
            "feed": {"sha256": done.feed.sha256, "seq": done.feed.seq, "released_on": done.feed.released_on},
            "formats": list(done.formats),
            "speakers": done.speakers,
            "clips": done.clips,
            "deleted": list(done.deleted),
            "rewritten": list(done.rewritten),
            "tools": {"speechcorpus": package_version("speechcorpus"), "pyarrow": tool_version()},
            "finished_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "matches_feed": done.matches_feed,
        }
    )


def read_receipt(path: Path) -> Mapping[str, Mapping[str, object]]:
    """Return the document of a receipt that we wrote ourselves."""
    found: Mapping[str, Mapping[str, object]] = json.loads(path.read_bytes())
    return found
