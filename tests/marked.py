"""A small corpus of which one voice says a word that nobody else says, and feeds that withdraw from it."""

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from speechcorpus.corpus.plan import Plan
from speechcorpus.corpus.settings import FORMATS
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.feed import Feed, feed_document, read_feed
from speechcorpus.publish.purge import Request, apply_withdrawals
from speechcorpus.publish.purge_receipt import Purged
from speechcorpus.publish.signature import sign
from speechcorpus.publish.staging import digest_of
from speechcorpus.publish.verify import Options, verify
from tests.release_corpus import MadeClip, blob_reader, made_clip, planned, sentence

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
MARKER = "鼕"  # said by the one who withdraws, and by nobody else
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """A tree with every format, signed; and who withdraws from it."""

    tree: Path
    speaker: str
    clips: list[MadeClip]
    plan: Plan

    @property
    def utterances(self) -> list[str]:
        """What the one who withdraws has said in the tree."""
        return [str(row["utt_id"]) for row in self.plan.rows if row["speaker_id"] == self.speaker]

    @property
    def flacs(self) -> list[bytes]:
        """Their sound."""
        return [clip.flac for clip in self.clips if MARKER in str(clip.candidate.facts["text"])]

    def copy(self, folder: Path, *bundles: str) -> Path:
        """A copy with some bundles only."""
        here = folder / "copy"
        unwanted = set(FORMATS) - set(bundles or FORMATS)
        shutil.copytree(self.tree, here, ignore=lambda at, _: unwanted if Path(at) == self.tree else ())
        return here

    def others(self) -> list[str]:
        """What all others have said."""
        return [str(row["utt_id"]) for row in self.plan.rows if row["speaker_id"] != self.speaker]


def marked_clips() -> list[MadeClip]:
    """Nine speakers, 36 clips; the words of the first hold the marker."""
    return [
        made_clip(i, speaker=i % 9, text=sentence(i).replace("，", f"{MARKER}，") if i % 9 == 0 else None)
        for i in range(36)
    ]


def marked_corpus(folder: Path) -> Corpus:
    """Build it."""
    clips = marked_clips()
    plan = planned(clips, include_synthetic=True)
    speaker, corrected = next(
        (str(row["speaker_id"]), row["utt_id"]) for row in plan.rows if MARKER in str(row["text"])
    )
    plan = replace(
        plan, changelog=f"{plan.changelog}- 2 transcripts corrected: {corrected}, spk99999-s0001-000001.\n"
    )
    tree = build_tree(plan, folder, blob_reader(clips).__getitem__).root
    sign(tree, KEY)
    return Corpus(tree=tree, speaker=speaker, clips=clips, plan=plan)


def feed_bytes(*names: str, content_ids: dict[str, str] | None = None, corpus: str = "test-corpus") -> bytes:
    """A feed that withdraws these speakers and clips."""
    rows = [
        {
            "seq": number,
            "utt_id" if "-" in name else "speaker_id": name,
            "withdrawn_at": "2026-11-25",
            "first_absent_version": None,
        }
        for number, name in enumerate(names, 1)
    ]
    return feed_document(corpus, rows, released_on="2026-11-26", content_ids=content_ids or {})


def feed(*names: str, corpus: str = "test-corpus") -> Feed:
    """What such a feed says."""
    return read_feed(feed_bytes(*names, corpus=corpus))


def signed_feed(folder: Path, data: bytes, key: Ed25519PrivateKey = KEY) -> Path:
    """Write a feed with its signature beside it."""
    path = folder / "withdrawals.jsonl"
    path.write_bytes(data)
    path.with_name(path.name + ".sig").write_bytes(key.sign(data))
    return path


def purge(root: Path, told: Feed, *, receipt: Path | None = None) -> Purged | None:
    """Take out of a copy what a feed names."""
    return apply_withdrawals(Request(root=root, feed=told, now=NOW, receipt=receipt))


def outcomes(root: Path) -> dict[str, str]:
    """How each check of a tree came out, without decoding."""
    return {o.check: o.status for o in verify(root, None, Options(quick=True, consumers=False))}


def names_in(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def snapshot(root: Path) -> dict[Path, str]:
    """The digest of every file, by its path from the root."""
    return {path.relative_to(root): digest_of(path) for path in root.rglob("*") if path.is_file()}
