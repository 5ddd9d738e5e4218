"""Writes the shards of a tree in several processes; which of them writes a shard changes no byte of it."""

import os
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from pathlib import Path

from speechcorpus.domain.errors import Fact, ReleaseError, SpeechCorpusError
from speechcorpus.publish.shards import OpenClip, write_shard
from speechcorpus.publish.sources import Sources, read_sources
from speechcorpus.publish.staging import Staging, Written

BYTES_A_WORKER = 64 << 20  # are written in the time that a process takes to start


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One shard, for a process that knows nothing yet."""

    folder: Path
    name: str
    split: str
    number: int
    formats: tuple[str, ...]
    open_clip: OpenClip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """An error as it travels between processes."""

    code: str
    sentence: str
    facts: dict[str, Fact]


def worth_starting(audio_bytes: int) -> int:
    """Return how many processes pay for their start: at most one a core, and one for each 64 MiB of FLAC.

    >>> worth_starting(0)
    1
    """
    return max(1, min(len(os.sched_getaffinity(0)), audio_bytes // BYTES_A_WORKER))


@contextmanager
def shards_written(
    sources: Sources, staging: Staging, open_clip: OpenClip, *, formats: Collection[str], workers: int
) -> Iterator[None]:
    """Write all shards, and loose audio; they are in `staging` when the block is left.

    With one worker they are written before the block is entered, with more at the same time by processes
    of their own, each with a journal of its own, so that a run that was killed is continued.

    Parameters
    ----------
    open_clip : must be picklable for more than one worker

    Raises
    ------
    ReleaseError : `release.fixity`, as `write_shards`
    """
    shards = sorted(sources.by_shard(), key=lambda shard: -len(shard.rows))
    if min(workers, len(shards)) <= 1:
        for shard in shards:
            write_shard(sources, staging, shard, open_clip, formats=formats)
        yield
        return
    works = [
        _Work(
            folder=staging.folder,
            name=staging.root.name,
            split=shard.split,
            number=shard.number,
            formats=tuple(formats),
            open_clip=open_clip,
        )
        for shard in shards
    ]
    context = get_context("spawn")
    processes = min(workers, len(shards))
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_end_with_parent) as pool:
        futures = [pool.submit(_write, work) for work in works]
        try:
            yield
            for future in futures:
                staging.adopt(_files(future.result()))
        finally:
            pool.shutdown(cancel_futures=True)


def _write(work: _Work) -> list[Written] | _Refused:
    journal = f"journal-{work.split}-{work.number:06d}"
    staging = Staging(work.folder, work.name, journal=journal)
    try:
        sources = read_sources(staging.root)
        (shard,) = (s for s in sources.by_shard() if (s.split, s.number) == (work.split, work.number))
        write_shard(sources, staging, shard, work.open_clip, formats=work.formats)
    except SpeechCorpusError as error:
        return _Refused(code=error.code, sentence=str(error), facts=dict(error.facts))
    finally:
        staging.abandon()
    return list(staging.files.values())


def _files(answer: list[Written] | _Refused) -> list[Written]:
    if isinstance(answer, _Refused):
        raise ReleaseError(answer.code, answer.sentence, **answer.facts)
    return answer


def _end_with_parent() -> None:
    """End this process at once when the one that builds is gone: another may build in its place."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=(parent.sentinel,), daemon=True).start()


def _wait_for(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
