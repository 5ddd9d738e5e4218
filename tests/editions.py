"""Versions of a small corpus on disk, one after the other: what a delta, a diff or a bag begins with."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from speechcorpus.corpus.request import Previous
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.signature import sign
from tests.release_corpus import MadeClip, blob_reader, made_clip, made_clips, planned

SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)


def write_version(
    folder: Path,
    clips: Sequence[MadeClip],
    version: str,
    *,
    before: Path | None = None,
    names: Mapping[tuple[str, str], str] | None = None,
    withdrawn: Sequence[str] = (),
    **settings: object,
) -> tuple[Path, Mapping[tuple[str, str], str]]:
    """Build a version into a new folder; return its root and all names that are drawn by then.

    `withdrawn` are clips of the version in `before` that its register does not name yet.
    """
    previous = previous_in(before, withdrawn) if before else None
    plan = planned(clips, version=version, previous=previous, names=names or {}, **settings)
    folder.mkdir(parents=True, exist_ok=True)
    root = build_tree(plan, folder, blob_reader(clips).__getitem__, durable=False).root
    return root, {**(names or {}), **plan.new_names}


def previous_in(root: Path, withdrawn: Sequence[str] = ()) -> Previous:
    """Return what the next version must know of the one in a folder."""
    rows = {
        name: [json.loads(line) for line in (root / name).read_text("utf-8").splitlines()]
        for name in ("clips.jsonl", "withdrawals.jsonl")
    }
    told = {"withdrawn_at": "2026-11-25", "first_absent_version": None}
    register = [{"seq": n, "utt_id": name, **told} for n, name in enumerate(withdrawn, 1)]
    return Previous(
        corpus_id=hashlib.sha256((root / "SHA256SUMS").read_bytes()).hexdigest(),
        release=json.loads((root / "release.json").read_bytes()),
        clips=rows["clips.jsonl"],
        withdrawals=[*rows["withdrawals.jsonl"][1:], *register],
        changelog=(root / "CHANGELOG.md").read_text("utf-8"),
    )


def with_facts(clip: MadeClip, **facts: object) -> MadeClip:
    """Return a clip of which something is told otherwise; its audio stays."""
    candidate = replace(clip.candidate, facts={**clip.candidate.facts, **facts})
    return replace(clip, candidate=candidate)


def two_versions_in(folder: Path) -> tuple[Path, Path]:
    """Write 1.0.0 and the signed 1.1.0: two clips withdrawn, a text and a figure corrected, clips added."""
    clips = made_clips(speakers=6, clips=36)
    old, names = write_version(folder / "old", clips, "1.0.0", include_synthetic=True)
    later = [clips[0], with_facts(clips[3], text="新的文字。"), clips[4], clips[5]]
    later += [with_facts(clips[6], snr_db=11.5), *clips[7:]]
    later += [made_clip(40 + i, speaker=i % 7) for i in range(8)]
    gone = [names["utterance", clip.candidate.segment_id] for clip in clips[1:3]]
    new, _ = write_version(
        folder / "new", later, "1.1.0", before=old, names=names, withdrawn=gone, include_synthetic=True
    )
    sign(new, SIGNING_KEY)
    return old, new
