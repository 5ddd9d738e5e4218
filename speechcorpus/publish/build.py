"""Writes a release tree from its plan: sources first, then audio and shards, then all that follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from speechcorpus.corpus.card import formats_of
from speechcorpus.corpus.documents import Row, json_document, json_line
from speechcorpus.corpus.identifiers import path_fault
from speechcorpus.corpus.plan import Plan
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.bundles import bundle_of, listing
from speechcorpus.publish.core import derived_files, licence_text
from speechcorpus.publish.croissant import last_files
from speechcorpus.publish.shard_workers import shards_written
from speechcorpus.publish.shards import shard_rows
from speechcorpus.publish.sources import Sources, read_sources
from speechcorpus.publish.space import check_space, planned_bytes
from speechcorpus.publish.staging import Staging, Written

OpenBlob = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A finished tree on disk, not yet verified."""

    root: Path
    corpus_id: str  # SHA-256 of SHA256SUMS
    content_id: str  # SHA-256 of clips.jsonl
    files: tuple[Written, ...]  # all of them, SHA256SUMS too, by path


@dataclass(frozen=True, slots=True)
class BlobClips:
    """Gives the FLAC of a clip out of the blob store."""

    open_blob: OpenBlob

    def __call__(self, row: Row) -> bytes:
        """Return the bytes of the blob that the row names."""
        return self.open_blob(str(row["sha256"]))


def tree_name(corpus: str, version: str) -> str:
    """Return the name of the root folder: `taigi-noise-1.2.0`."""
    return f"{corpus}-{version}"


def build_tree(
    plan: Plan, folder: Path, open_blob: OpenBlob, *, durable: bool = True, workers: int = 1
) -> Built:
    """Write the tree of a plan into `folder`; a run that was killed is continued.

    Parameters
    ----------
    folder : staging folder of this build; the tree becomes `folder/<corpus>-<version>`
    open_blob : gives the bytes of a blob by its SHA-256
    durable : False when the files are copied to a durable place next, and this folder is then removed
    workers : processes that write shards; with more than one, `open_blob` must be picklable

    Raises
    ------
    ReleaseError : `release.fixity` when a blob is not what it is called, `release.space`, `release.path`
    """
    staging = Staging(folder, tree_name(str(plan.release["corpus"]), str(plan.release["version"])))
    try:
        formats = formats_of(plan.release)
        planned = planned_bytes(audio_bytes=plan.audio_bytes, clips=len(plan.rows), formats=formats)
        check_space(folder, planned, there=staging.bytes_before)
        _write_sources(plan, staging)
        sources, clips = read_sources(staging.root), BlobClips(open_blob)
        with shards_written(sources, staging, clips, formats=formats, workers=workers):
            _write_texts(sources, staging)
        return _close_tree(sources, staging, shard_rows(sources, staging, formats), durable=durable)
    except BaseException:
        staging.abandon()
        raise


def finish_tree(
    sources: Sources, staging: Staging, shards: Sequence[Mapping[str, object]], *, durable: bool
) -> Built:
    """Write all that follows from sources and shards into a tree that holds both; return what it came to.

    Parameters
    ----------
    shards : the rows of `shards.json`

    Raises
    ------
    ReleaseError : `release.path`
    """
    _write_texts(sources, staging)
    return _close_tree(sources, staging, shards, durable=durable)


def _write_texts(sources: Sources, staging: Staging) -> None:
    for derived in derived_files(sources):
        staging.put(derived.path, derived.chunks)


def _close_tree(
    sources: Sources, staging: Staging, shards: Sequence[Mapping[str, object]], *, durable: bool
) -> Built:
    staging.put("shards.json", [json_document(shards)])
    for derived in last_files(sources, shards):
        staging.put(derived.path, derived.chunks)
    digests = [(written.path, written.sha256) for written in staging.files.values()]
    sums = staging.put("SHA256SUMS", [listing(digests)])
    check_paths(staging)
    staging.finish(durable=durable)
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


def _write_sources(plan: Plan, staging: Staging) -> None:
    staging.put("release.json", [json_document(plan.release)])
    staging.put("clips.jsonl", map(json_line, plan.rows))
    staging.put("consents.jsonl", map(json_line, plan.consents))
    staging.put("withdrawals.jsonl", map(json_line, plan.withdrawals))
    staging.put("LICENSE", [licence_text(str(plan.release["license"]))])
    staging.put("CHANGELOG.md", [plan.changelog.encode()])


def check_paths(staging: Staging) -> None:
    """Raise `release.path` for a name that no release may hold, or two that differ only in case."""
    folded: dict[str, str] = {}
    for path, written in staging.files.items():
        fault = path_fault(path) or ("is empty" if written.bytes == 0 else None)
        if fault is not None:
            raise ReleaseError("release.path", f"{path}: {fault}", path=path)
        if folded.setdefault(path.lower(), path) != path:
            raise ReleaseError("release.path", f"{path} and another path differ only in case", path=path)
