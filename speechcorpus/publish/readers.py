"""Our own readers of each format: what it says of every clip, so that all formats can be compared."""

import csv
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from speechcorpus.corpus.splits import SPLITS
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.archives import Found, members
from speechcorpus.publish.parquet import read_parquet
from speechcorpus.publish.sources import LONGEST_LINE
from speechcorpus.publish.tree import Tree

TOLERANCE_S = 0.001
PARQUET_COLUMNS = ("utt_id", "text", "speaker_id", "duration", "audio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one format says of one clip; `sha256` is of the audio it leads to, None when it does not say."""

    utt_id: str
    split: str
    text: str
    speaker: str
    duration: float
    sha256: str | None

    def fault(self, other: "Entry") -> str | None:
        """Return in what the two differ, None when they agree."""
        for name in ("split", "text", "speaker"):
            if getattr(self, name) != getattr(other, name):
                return f"{name} is {getattr(self, name)!r}, not {getattr(other, name)!r}"
        if abs(self.duration - other.duration) > TOLERANCE_S:
            return f"duration is {self.duration!r} s, not {other.duration!r} s"
        if self.sha256 is not None and self.sha256 != other.sha256:
            return "leads to other audio"
        return None


def table_entries(tree: Tree) -> dict[str, Entry]:
    """Return what `clips.jsonl` says."""
    return {
        str(row["utt_id"]): Entry(
            utt_id=str(row["utt_id"]),
            split=str(row["split"]),
            text=str(row["text"]),
            speaker=str(row["speaker_id"]),
            duration=float(row["duration"] or 0),
            sha256=str(row["sha256"]),
        )
        for row in tree.sources.clips
    }


def disagreement(expected: Mapping[str, Entry], found: Iterator[Entry]) -> str | None:
    """Return the first difference between a format and the table, None when they hold the same."""
    missing = set(expected)
    for entry in found:
        if entry.utt_id not in expected:
            return f"{entry.utt_id} is not in clips.jsonl"
        if entry.utt_id not in missing:
            return f"{entry.utt_id} occurs twice"
        if fault := entry.fault(expected[entry.utt_id]):
            return f"{entry.utt_id}: {fault}"
        missing.discard(entry.utt_id)
    return f"{min(missing)} is missing" if missing else None


def _audio(tree: Tree) -> Iterator[Entry]:
    for split in SPLITS:
        with (tree.root / f"audio/{split}/metadata.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield Entry(
                    utt_id=row["utt_id"],
                    split=row["split"],
                    text=row["text"],
                    speaker=row["speaker_id"],
                    duration=float(row["duration"]),
                    sha256=_loose(tree, f"audio/{split}/{row['file_name']}"),
                )


def _parquet(tree: Tree) -> Iterator[Entry]:
    for path in tree.entries:
        if path.startswith("parquet/"):
            for row in read_parquet(tree.root / path, PARQUET_COLUMNS):
                yield Entry(
                    utt_id=row["utt_id"],
                    split=Path(path).name.partition("-")[0],
                    text=row["text"],
                    speaker=row["speaker_id"],
                    duration=row["duration"],
                    sha256=hashlib.sha256(row["audio"]["bytes"] or b"").hexdigest(),
                )


def _kaldi(tree: Tree) -> Iterator[Entry]:
    for split in SPLITS:
        tables = {name: _scp(tree, f"kaldi/{split}/{name}") for name in KALDI_TABLES}
        keys = {name: list(table) for name, table in tables.items()}
        for name in KALDI_TABLES:
            if keys[name] != sorted(keys["text"]):
                raise ReleaseError("release.layout", f"kaldi/{split}/{name}: other keys or order than text")
        for utt_id, text in tables["text"].items():
            yield Entry(
                utt_id=utt_id,
                split=split,
                text=text,
                speaker=tables["utt2spk"][utt_id],
                duration=float(tables["utt2dur"][utt_id]),
                sha256=_loose(tree, tables["wav.scp"][utt_id]),
            )


def _lhotse(tree: Tree) -> Iterator[Entry]:
    for split in SPLITS:
        for cut in _jsonl_gz(tree.root / f"lhotse/cuts_{split}.jsonl.gz"):
            (said,), recording = cut["supervisions"], cut["recording"]
            yield Entry(
                utt_id=cut["id"],
                split=split,
                text=said["text"],
                speaker=said["speaker"],
                duration=recording["num_samples"] / recording["sampling_rate"],
                sha256=_loose(tree, recording["sources"][0]["source"]),
            )


def _shar(tree: Tree) -> Iterator[Entry]:
    for path in tree.entries:
        if path.startswith("shar/") and path.endswith(".jsonl.gz"):
            audio = path.replace("/cuts.", "/recording.").replace(".jsonl.gz", ".tar")
            clips = _clips_of(tree, audio, ("flac", "json"))
            for cut, (utt_id, sha256, recording) in zip(_jsonl_gz(tree.root / path), clips, strict=True):
                (said,), told = cut["supervisions"], json.loads(recording["json"])
                if not cut["id"] == utt_id == said["id"] == told["id"]:
                    raise ReleaseError("release.layout", f"{path}: {cut['id']} stands beside {utt_id}")
                yield Entry(
                    utt_id=utt_id,
                    split=path.split("/")[1],
                    text=said["text"],
                    speaker=said["speaker"],
                    duration=told["num_samples"] / told["sampling_rate"],
                    sha256=sha256,
                )


def _webdataset(tree: Tree) -> Iterator[Entry]:
    for path in tree.entries:
        if path.startswith("webdataset/"):
            clips = _clips_of(tree, path, ("flac", "json", "txt"))
            for utt_id, sha256, texts in clips:
                row, text = json.loads(texts["json"]), texts["txt"].decode()
                if row["text"] != text or row["utt_id"] != utt_id:
                    raise ReleaseError("release.layout", f"{path}: {utt_id}: .json and .txt do not agree")
                yield Entry(
                    utt_id=utt_id,
                    split=Path(path).name.partition("-")[0],
                    text=text,
                    speaker=row["speaker_id"],
                    duration=row["duration"],
                    sha256=sha256,
                )


def _clips_of(
    tree: Tree, path: str, suffixes: tuple[str, ...]
) -> Iterator[tuple[str, str, dict[str, bytes]]]:
    try:
        yield from grouped(members(tree.root / path), suffixes)
    except ReleaseError as error:
        raise ReleaseError(error.code, f"{path}: {error}") from error


def grouped(found: Iterator[Found], suffixes: tuple[str, ...]) -> Iterator[tuple[str, str, dict[str, bytes]]]:
    """Yield key, digest of the audio and texts of each clip of an archive.

    Raises
    ------
    ReleaseError : `release.layout` where the members of a clip do not lie together, in this order
    """
    for first in found:
        key, digest, texts = first.path.partition(".")[0], "", dict[str, bytes]()
        for number, suffix in enumerate(suffixes):
            member = first if number == 0 else next(found, None)
            if member is None or member.path != f"{key}.{suffix}":
                place = "the end" if member is None else f"byte {member.offset}: {member.path}"
                raise ReleaseError("release.layout", f"{place} where {key}.{suffix} belongs")
            if suffix == "flac":
                digest = member.sha256()
            else:
                texts[suffix] = member.read(LONGEST_LINE)
        yield key, digest, texts


def _nemo(tree: Tree) -> Iterator[Entry]:
    for split in SPLITS:
        for said in _json_lines(tree.root / f"nemo/{split}.jsonl"):
            yield Entry(
                utt_id=said["utt_id"],
                split=split,
                text=said["text"],
                speaker=said["speaker"],
                duration=said["duration"],
                sha256=_loose(tree, said["audio_filepath"].removeprefix("../")),
            )


KALDI_TABLES = ("text", "wav.scp", "wav_pipe.scp", "utt2spk", "utt2dur", "reco2dur", "utt2lang")
READERS: Mapping[str, Callable[[Tree], Iterator[Entry]]] = {
    "audio": _audio,
    "parquet": _parquet,
    "kaldi": _kaldi,
    "lhotse": _lhotse,
    "shar": _shar,
    "webdataset": _webdataset,
    "nemo": _nemo,
}


def _loose(tree: Tree, path: str) -> str | None:
    """Return the listed digest of a loose file, None when the audio is not downloaded."""
    if "audio" not in tree.bundles:
        return None
    return tree.listed.get(path, "not in the tree")


def _scp(tree: Tree, path: str) -> dict[str, str]:
    pairs = (line.partition(" ") for line in tree.read(path).decode().splitlines())
    return {key: value for key, _, value in pairs}


def _jsonl_gz(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rb") as file:
        yield from _lines(file, path.name)


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        yield from _lines(file, path.name)


def _lines(file: BinaryIO | gzip.GzipFile, name: str) -> Iterator[dict[str, Any]]:
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise ReleaseError("release.layout", f"{name}: a line longer than 1 MiB")
        yield json.loads(line)
