"""Trees made in no time: what a delta knows of one is paths and bytes, so any kind will do."""

import hashlib
import io
import json
from pathlib import Path

from speechcorpus.publish.bundles import UNLISTED, listing
from speechcorpus.publish.tar import TarWriter


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def flac(seed: int) -> bytes:
    head = b"fLaC" + hashlib.sha256(b"%d" % seed).digest() + bytes(6)
    return head + hashlib.shake_128(b"%d" % seed).digest(700 + 90 * (seed % 7))


def make_tree(
    root: Path, clips: dict[int, tuple[int, int, int]], version: str, *, loose: bool = True
) -> Path:
    """Write `clips`: number → (seed of its sound, seed of its text, shard)."""
    files = dict.fromkeys(("consents.jsonl", "withdrawals.jsonl"), b"{}\n")
    formats = [*(["audio"] if loose else []), "parquet", "webdataset"]
    release = {"corpus": "test-corpus", "version": version, "formats": formats, "speakers": {}, "extra": []}
    files["release.json"] = json.dumps(release).encode()
    files["VERSION"] = version.encode()
    rows = [{"utt_id": name_of(i), "split": "train", "text": str(told)} for i, (_, told, _) in clips.items()]
    rows = sorted(rows, key=lambda row: row["utt_id"])
    files["clips.jsonl"] = b"".join(json.dumps(row).encode() + b"\n" for row in rows) or b"\n"
    if loose:
        files.update({f"audio/train/spk00001/{name_of(i)}.flac": flac(clips[i][0]) for i in clips})
    for shard in {shard for _, _, shard in clips.values()}:
        inside = sorted(i for i, clip in clips.items() if clip[2] == shard)
        files[f"webdataset/train-{shard:06d}.tar"] = archive(clips, inside)
        packed = b"".join(b"%d|" % clips[i][1] * 5 + flac(clips[i][0]) for i in inside)
        files[f"parquet/train-{shard:06d}.parquet"] = b"PAR1" + packed + b"PAR1"
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return sum_again(root)


def archive(clips, inside) -> bytes:
    file = io.BytesIO()
    tar = TarWriter(file)
    for i in inside:
        tar.add(f"{name_of(i)}.flac", flac(clips[i][0]))
        tar.add(f"{name_of(i)}.json", b"%d" % clips[i][1])
    tar.finish()
    return file.getvalue()


def name_of(i: int) -> str:
    return f"spk00001-s0001-{i:06d}"


def sum_again(root: Path) -> Path:
    summed = {path: data for path, data in contents(root).items() if path not in UNLISTED}
    digests = [(path, hashlib.sha256(data).hexdigest()) for path, data in summed.items()]
    (root / "SHA256SUMS").write_bytes(listing(digests))
    return root


def edited(clips, edits):
    found = dict(clips)
    for kind, i, value in edits:
        if kind == "add":
            found.setdefault(20 + i, (100 + value, value, value % 3))
        elif kind == "remove" and len(found) > 1:
            found.pop(i, None)
        elif i in found:
            sound, text, shard = found[i]
            found[i] = {
                "alter": (200 + value, text, shard),
                "retell": (sound, text + 10**value, shard),
                "move": (sound, text, value % 3),
            }.get(kind, found[i])
    return found
