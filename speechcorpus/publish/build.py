"""Writes a release tree from its plan: sources first, then audio and shards, then all that follows."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from speechcorpus.corpus.card import formats_of
from speechcorpus.corpus.documents import Row, json_document, json_line
from speechcorpus.corpus.identifiers import path_fault
from speechcorpus.corpus.plan import Plan
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.bundles import bundle_of, listing
from speechcorpus.publish.core import column_names, derived_files, licence_text
from speechcorpus.publish.parquet import parquet_schema, write_parquet
from speechcorpus.publish.sources import Sources, read_sources
from speechcorpus.publish.staging import Staging, Written

OpenBlob = Callable[[str], bytes]
MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A finished tree on disk, not yet verified."""

    root: Path
    corpus_id: str  # SHA-256 of SHA256SUMS
    content_id: str  # SHA-256 of clips.jsonl
    files: tuple[Written, ...]  # all of them, SHA256SUMS too, by path


def tree_name(corpus: str, version: str) -> str:
    """Return the name of the root folder: `taigi-noise-1.2.0`."""
    return f"{corpus}-{version}"


def build_tree(plan: Plan, folder: Path, open_blob: OpenBlob, *, durable: bool = True) -> Built:
    """Write the tree of a plan into `folder`; a run that was killed is continued.

    Parameters
    ----------
    folder : staging folder of this build; the tree becomes `folder/<corpus>-<version>`
    open_blob : gives the bytes of a blob by its SHA-256
    durable : False when the files are copied to a durable place next, and this folder is then removed

    Raises
    ------
    ReleaseError : `release.fixity` when a blob is not what it is called, `release.space`, `release.path`
    """
    staging = Staging(folder, tree_name(str(plan.release["corpus"]), str(plan.release["version"])))
    try:
        _check_space(plan, folder)
        _write_sources(plan, staging)
        sources = read_sources(staging.root)
        shards = _write_shards(sources, staging, open_blob)
        for derived in derived_files(sources):
            staging.put(derived.path, derived.chunks)
        staging.put("shards.json", [json_document(shards)])
        digests = [(written.path, written.sha256) for written in staging.files.values()]
        sums = staging.put("SHA256SUMS", [listing(digests)])
        _check_paths(staging)
        staging.finish(durable=durable)
    except BaseException:
        staging.abandon()
        raise
    return Built(
        root=staging.root,
        corpus_id=sums.sha256,
        content_id=staging.files["clips.jsonl"].sha256,
        files=tuple(staging.files[path] for path in sorted(staging.files)),
    )


def bundles_of(built: Built) -> dict[str, list[Written]]:
    """Return the files of each bundle, by path."""
    found: dict[str, list[Written]] = {}
    for written in built.files:
        found.setdefault(bundle_of(written.path), []).append(written)
    return found


def _check_space(plan: Plan, folder: Path) -> None:
    seconds = sum(float(row["duration"] or 0) for row in plan.rows)
    rate = plan.release["sample_rate"]
    copies = sum(name in formats_of(plan.release) for name in ("audio", "parquet"))
    planned = int(seconds * (rate if isinstance(rate, int) else 0) * 2 * copies * 1.1) + MIB
    free = shutil.disk_usage(folder).free
    if free < planned:
        raise ReleaseError(
            "release.space",
            f"the build may need {planned} bytes, {free} are free",
            planned=planned,
            free=free,
        )


def _write_sources(plan: Plan, staging: Staging) -> None:
    staging.put("release.json", [json_document(plan.release)])
    staging.put("clips.jsonl", map(json_line, plan.rows))
    staging.put("consents.jsonl", map(json_line, plan.consents))
    staging.put("withdrawals.jsonl", map(json_line, plan.withdrawals))
    staging.put("LICENSE", [licence_text(str(plan.release["license"]))])
    staging.put("CHANGELOG.md", [plan.changelog.encode()])


def _write_shards(sources: Sources, staging: Staging, open_blob: OpenBlob) -> list[dict[str, object]]:
    """Write loose audio and parquet, reading each blob once; return the rows of `shards.json`."""
    formats, described = formats_of(sources.release), []
    for split, number, rows in sources.by_shard():
        feed = _Feed(staging, open_blob, loose="audio" in formats)
        if "parquet" in formats:
            described.append(_write_parquet_shard(sources, staging, split, number, rows, feed))
        for row in rows:
            feed.finish(row)
    return described


class _Feed:
    """Gives the audio of each clip of a shard, and writes its loose copy on the way."""

    def __init__(self, staging: Staging, open_blob: OpenBlob, *, loose: bool) -> None:
        self._staging, self._open_blob, self._loose = staging, open_blob, loose

    def __call__(self, row: Row) -> bytes:
        data = self._open_blob(str(row["sha256"]))
        if hashlib.sha256(data).hexdigest() != row["sha256"]:
            raise ReleaseError(
                "release.fixity",
                f"clip {row['utt_id']}: the blob's bytes do not hash to its name",
                clip=str(row["utt_id"]),
            )
        path = str(row["audio_path"])
        if self._loose and not self._staging.reuse(path, made_of=str(row["sha256"])):
            self._staging.put(path, [data], made_of=str(row["sha256"]))
        return data

    def finish(self, row: Row) -> None:
        """Write the loose copy of a clip that no other format has asked for."""
        path = str(row["audio_path"])
        if not self._loose or path in self._staging.files:
            return
        if not self._staging.reuse(path, made_of=str(row["sha256"])):
            self(row)


def _write_parquet_shard(
    sources: Sources, staging: Staging, split: str, number: int, rows: Sequence[Row], feed: _Feed
) -> dict[str, object]:
    path = f"parquet/{split}-{number:06d}.parquet"
    made_of = hashlib.sha256(b"".join(map(json_line, rows))).hexdigest()
    if not staging.reuse(path, made_of=made_of):
        rate = sources.release["sample_rate"]
        schema = parquet_schema(column_names(sources.release), rate if isinstance(rate, int) else 0)
        with staging.sink(path, made_of=made_of) as file:
            write_parquet(file, schema, rows, feed)
    written = staging.files[path]
    return shard_row(path, split, number, rows, written.bytes, written.sha256)


def shard_row(
    path: str, split: str, number: int, rows: Sequence[Row], size: int, sha256: str
) -> dict[str, object]:
    """Return what `shards.json` says of one file."""
    return {
        "path": path,
        "format": path.partition("/")[0],
        "split": split,
        "shard": number,
        "clips": len(rows),
        "duration_s": round(sum(float(row["duration"] or 0) for row in rows), 3),
        "bytes": size,
        "sha256": sha256,
        "first_utt": rows[0]["utt_id"],
        "last_utt": rows[-1]["utt_id"],
    }


def _check_paths(staging: Staging) -> None:
    folded: dict[str, str] = {}
    for path, written in staging.files.items():
        fault = path_fault(path) or ("is empty" if written.bytes == 0 else None)
        if fault is not None:
            raise ReleaseError("release.path", f"{path}: {fault}", path=path)
        if folded.setdefault(path.lower(), path) != path:
            raise ReleaseError("release.path", f"{path} and another path differ only in case", path=path)
