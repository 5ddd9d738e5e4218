"""Writes the shards of a tree: each clip is read once and goes into every format at the same time."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from speechcorpus.corpus.documents import Row, json_document
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.parquet import PARQUET
from speechcorpus.publish.shar import SHAR
from speechcorpus.publish.shard_format import Add, ShardFormat
from speechcorpus.publish.sources import Shard, Sources
from speechcorpus.publish.staging import Staging
from speechcorpus.publish.webdataset import WEBDATASET

OpenClip = Callable[[Row], bytes]
"""Gives the FLAC of a clip by its row."""

SHARD_WRITERS: Mapping[str, ShardFormat] = {"parquet": PARQUET, "shar": SHAR, "webdataset": WEBDATASET}
"""Every format whose files hold many clips."""


def write_shards(
    sources: Sources, staging: Staging, open_clip: OpenClip, *, formats: Collection[str]
) -> list[dict[str, object]]:
    """Write loose audio and all shards that are not in `staging` yet; return the rows of `shards.json`.

    Raises
    ------
    ReleaseError : `release.fixity` when a clip is not the one the table names
    """
    for shard in sources.by_shard():
        write_shard(sources, staging, shard, open_clip, formats=formats)
    return shard_rows(sources, staging, formats)


def write_shard(
    sources: Sources, staging: Staging, shard: Shard, open_clip: OpenClip, *, formats: Collection[str]
) -> None:
    """Write one shard in every format, and its clips as loose files."""
    made_of = shard.rows.sha256() + _digest_of_tools(sources.release)
    with ExitStack() as stack:
        sinks = [
            stack.enter_context(_opened(staging, SHARD_WRITERS[name], shard, sources.release, made_of))
            for name in SHARD_WRITERS
            if name in formats and not _are_there(staging, SHARD_WRITERS[name], shard, made_of)
        ]
        for row in shard.rows:
            loose = "audio" in formats and not _is_there(
                staging, str(row["audio_path"]), made_of=str(row["sha256"])
            )
            if sinks or loose:
                _feed(row, checked(row, open_clip(row)), sinks, staging if loose else None)


def checked(row: Row, flac: bytes) -> bytes:
    """Return the bytes of a clip; ReleaseError `release.fixity` unless they are those of the table."""
    if hashlib.sha256(flac).hexdigest() != row["sha256"]:
        raise ReleaseError(
            "release.fixity",
            f"clip {row['utt_id']}: the blob's bytes do not hash to its name",
            clip=str(row["utt_id"]),
        )
    return flac


def shard_paths(sources: Sources, formats: Collection[str]) -> Iterator[tuple[str, Shard]]:
    """Yield the path of every file of every shard with the shard it belongs to."""
    for shard in sources.by_shard():
        for name, form in SHARD_WRITERS.items():
            if name in formats:
                yield from ((path, shard) for path in form.paths(shard.split, shard.number))


def shard_rows(sources: Sources, staging: Staging, formats: Collection[str]) -> list[dict[str, object]]:
    """Return the rows of `shards.json`, by path."""
    found = []
    for path, shard in sorted(shard_paths(sources, formats), key=lambda pair: pair[0]):
        written = staging.files[path]
        found.append(shard_row(path, shard, written.bytes, written.sha256))
    return found


def shard_row(path: str, shard: Shard, size: int, sha256: str) -> dict[str, object]:
    """Return what `shards.json` says of one file."""
    return {
        "path": path,
        "format": path.partition("/")[0],
        "split": shard.split,
        "shard": shard.number,
        "clips": len(shard.rows),
        "duration_s": shard.duration_s,
        "bytes": size,
        "sha256": sha256,
        "first_utt": shard.rows[0]["utt_id"],
        "last_utt": shard.rows[-1]["utt_id"],
    }


@contextmanager
def _opened(
    staging: Staging, form: ShardFormat, shard: Shard, release: Mapping[str, object], made_of: str
) -> Iterator[Add]:
    with ExitStack() as stack:
        paths = form.paths(shard.split, shard.number)
        files = [stack.enter_context(staging.sink(path, made_of=made_of)) for path in paths]
        with form.write(files, release) as add:
            yield add


def _feed(row: Row, flac: bytes, sinks: list[Add], staging: Staging | None) -> None:
    if staging is not None:
        staging.put_whole(str(row["audio_path"]), flac, sha256=str(row["sha256"]))
    for add in sinks:
        add(row, flac)


def _are_there(staging: Staging, form: ShardFormat, shard: Shard, made_of: str) -> bool:
    paths = form.paths(shard.split, shard.number)
    if all(_is_there(staging, path, made_of=made_of) for path in paths):
        return True
    for path in paths:  # one file of a pair is of no use
        staging.files.pop(path, None)
    return False


def _is_there(staging: Staging, path: str, *, made_of: str) -> bool:
    """Say whether a file was taken over from another tree or is left from a run that was killed."""
    return path in staging.files or staging.reuse(path, made_of=made_of)


def _digest_of_tools(release: Mapping[str, object]) -> str:
    """What an earlier run wrote with other versions is not reused."""
    return hashlib.sha256(json_document(release["tools"])).hexdigest()
